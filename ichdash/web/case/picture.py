"""The image with its slice scores below: scrolling never asks the server, a click on a bar does."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ichdash.errors import IchdashError
from ichdash.records import Measurement, ScreeningRow
from ichdash.web import charts, parts, session, viewer
from ichdash.web.case import second
from ichdash.web.case.subject import Images
from ichdash.web.viewer import measured

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
    kept, fault = _kept(screening, slices)
    is_drawn = viewer.show(
        viewer.Scene(
            name=_name(screening),
            display=images.display,
            slice_scores=screening.slice_scores,
            heatmap=images.heatmap,
            subtypes=images.subtypes,
            identity=identity,
            notice=parts.not_for_diagnosis([screening]),
            stage_height=STAGE_HEIGHT,
            jump=st.session_state.get(jump_key, viewer.Jump()),
            measurements=kept,
            reader=session.reader(),
            beside=second,
        ),
        key=VIEWER_KEY,
        on_measured=partial(_keep, screening, slices),
    )
    if is_drawn and is_waited_for:
        st.rerun()
    if fault:
        parts.fault(fault)
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


def _fault_key(screening: ScreeningRow) -> str:
    return f"measured fault {screening.screening_id}"


def _keep(screening: ScreeningRow, slices: int) -> None:
    """Keep what the viewer tells; called before the page, also where the reader goes on at once."""
    told = st.session_state[VIEWER_KEY].get("measured")
    reader, now = session.reader(), session.now()
    changes = measured.changes(told, _name(screening), slices, reader, now)
    st.session_state[_fault_key(screening)] = ""
    try:
        with session.open_store() as store:
            place = screening.study_uid, screening.series_uid or "", slices
            store.measurements.add(*place, changes.added)
            for measure_id in changes.removed:
                store.measurements.remove(screening.study_uid, measure_id, reader, now)
    except IchdashError as error:
        st.session_state[_fault_key(screening)] = f"Measured, but not kept. {error}"


def _kept(screening: ScreeningRow, slices: int) -> tuple[tuple[Measurement, ...], str]:
    """What was measured on the series so far, and what kept it from being stored or read."""
    try:
        with session.open_store() as store:
            found = second.measurements(store, screening, slices, session.reader())
    except IchdashError as error:
        return (), str(error)
    return found, st.session_state.get(_fault_key(screening), "")


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
