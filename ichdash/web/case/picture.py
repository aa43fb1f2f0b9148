"""The image with its slice scores below: scrolling never asks the server, a click on a bar does."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ichdash.records import ScreeningRow
from ichdash.web import charts, parts, session, viewer
from ichdash.web.case import measures
from ichdash.web.case.subject import Images

VIEWER_KEY = "viewer"
CHART_HEIGHT_PX = 118
STAGE_HEIGHT = "calc(100vh - 296px)"  # what header, banner, buttons and chart leave


@st.fragment
def show(
    screening: ScreeningRow,
    images: Images,
    identity: tuple[str, ...],
    second: viewer.Beside | None = None,
    *,
    is_waited_for: bool,
) -> None:
    """The viewer and the chart; a fragment, so that a click on the chart redraws only them.

    A page that has left parts out until the image is drawn (`is_waited_for`) runs again then.
    """
    jump_key = f"jump {screening.screening_id}"
    slices = images.display.meta["slices"]
    place = measures.Place(VIEWER_KEY, _name(screening), screening, slices)
    kept, fault = measures.kept(place)
    is_drawn = viewer.show(
        viewer.Scene(
            name=place.scene_name,
            display=images.display,
            slice_scores=screening.slice_scores,
            heatmap=images.heatmap,
            subtypes=images.subtypes,
            identity=identity,
            notice=parts.not_for_diagnosis([screening]),
            stage_height=STAGE_HEIGHT,
            jump=st.session_state.get(jump_key, viewer.Jump()),
            measurements=kept,
            heard=measures.heard(place),
            reader=session.reader(),
            beside=second,
        ),
        key=VIEWER_KEY,
        on_measured=partial(measures.keep, place),
    )
    if is_drawn and is_waited_for:
        st.rerun()
    measures.tell(fault)
    if not screening.slice_scores:
        return
    if is_drawn:
        _chart(screening, jump_key)
    else:  # plotly takes a browser a second to load: the image comes first, the place is kept
        st.container(height=CHART_HEIGHT_PX, border=False, key="chart-place")


def is_settled() -> bool:
    """Whether the viewer has drawn its first image, or is known to fail, in this visit."""
    return viewer.is_settled(VIEWER_KEY)


def _name(screening: ScreeningRow) -> str:
    return f"{screening.study_uid} {screening.screening_id}"


def _chart(screening: ScreeningRow, jump_key: str) -> None:
    scores = screening.slice_scores
    key = f"slice-scores-{screening.screening_id}"
    st.plotly_chart(
        charts.slice_scores(scores, viewer.most_evidence(scores), CHART_HEIGHT_PX),
        key=key,
        on_select=lambda: _note_jump(key, jump_key),
        selection_mode="points",
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
        alt="Slice scores from feet to head; click a bar to go to its slice.",
    )


def _note_jump(chart_key: str, jump_key: str) -> None:
    """Turn the chart's selection into the next jump; a second click on a bar empties it."""
    last: viewer.Jump = st.session_state.get(jump_key, viewer.Jump())
    points = st.session_state[chart_key]["selection"]["points"]
    index = int(points[0]["x"]) - 1 if points else last.slice_index
    st.session_state[jump_key] = viewer.Jump(index, last.count + 1)
