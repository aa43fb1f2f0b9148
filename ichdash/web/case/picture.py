"""The image with its slice scores below: scrolling never asks the server, a click on a bar does."""

from __future__ import annotations

import streamlit as st

from ichdash.domain import Measurement, ScreeningRow
from ichdash.web import charts, parts, session, viewer
from ichdash.web.case.subject import Images
from ichdash.web.viewer import measured

VIEWER_KEY = "viewer"
CHART_HEIGHT_PX = 118
STAGE_HEIGHT = "calc(100vh - 296px)"  # what header, banner, buttons and chart leave


@st.fragment
def show(screening: ScreeningRow, images: Images, identity: tuple[str, ...]) -> None:
    """The viewer and the chart; a fragment, so that a click on the chart redraws only them."""
    jump_key = f"jump {screening.screening_id}"
    name, slices = _name(screening), images.display.meta["slices"]
    kept = _measurements(screening, name, slices)
    told = viewer.show(
        viewer.Scene(
            name=name,
            display=images.display,
            slice_scores=screening.slice_scores,
            heatmap=images.heatmap,
            identity=identity,
            notice=parts.not_for_diagnosis([screening]),
            stage_height=STAGE_HEIGHT,
            jump=st.session_state.get(jump_key, viewer.Jump()),
            measurements=kept,
            reader=session.reader(),
        ),
        key=VIEWER_KEY,
    )
    if not screening.slice_scores:
        return
    if told.is_settled:
        _chart(screening, jump_key)
    else:  # plotly takes a browser a second to load: the image comes first, the place is kept
        st.container(height=CHART_HEIGHT_PX, border=False, key="chart-place")


def _name(screening: ScreeningRow) -> str:
    return f"{screening.study_uid} {screening.screening_id}"


def _measurements(screening: ScreeningRow, name: str, slices: int) -> tuple[Measurement, ...]:
    """What was measured on the series so far, after the viewer's own changes were kept."""
    told = st.session_state.get(VIEWER_KEY, {}).get("measured")
    reader, now = session.reader(), session.now()
    changes = measured.changes(told, name, slices, reader, now)
    place = screening.study_uid, screening.series_uid or "", slices
    with session.open_store() as store:
        if changes.added:
            store.measurements.add(*place, changes.added)
        for measure_id in changes.removed:
            store.measurements.remove(screening.study_uid, measure_id, reader, now)
        return store.measurements.of(*place)


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
