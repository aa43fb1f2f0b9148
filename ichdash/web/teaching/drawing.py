"""Synthetic cases on demand: what to draw, and how far the drawing is."""

from __future__ import annotations

import streamlit as st

from ichdash.errors import InputError
from ichdash.phantom.spec import LARGEST_ML, PLACES
from ichdash.teaching.drawing import ANY, CANNOT_DRAW, DISTRACTORS, NONE, SIDES, Wish
from ichdash.web import parts, session
from ichdash.web.teaching import jobs

DRAWER = "ichdash"  # the maker of what nobody by name has asked for
MOST = 200  # cases of one drawing


def first_ten() -> None:
    """One click where there is nothing yet."""
    if st.button("Draw ten synthetic cases", key="draw ten", type="primary"):
        _start(Wish(), 10)


@st.fragment(run_every=2)
def progress() -> None:
    """How far the newest drawing is; the page runs again once when it is done."""
    job = jobs.newest()
    seen = st.session_state.get("drawn seen")
    if job is None or (job.is_done and not job.fault and seen == job.started_at):
        return
    if job.fault:
        parts.fault(job.fault)
    elif not job.is_done:
        st.progress(job.drawn / job.count, f"Drawing: {job.drawn} of {job.count} cases are here")
        return
    if seen != job.started_at:
        st.session_state["drawn seen"] = job.started_at
        st.rerun()


def form() -> None:
    """The wish, folded."""
    with st.expander("Draw synthetic cases", expanded=False):
        first, second, third = st.columns(3)
        finding = first.selectbox("Finding", [ANY, NONE, *PLACES], key="wish finding")
        place = second.selectbox("Place", [ANY, *PLACES.get(finding, ())], key=f"place {finding}")
        side = third.selectbox("Side", SIDES, key="wish side")
        most = LARGEST_ML.get(finding, 25.0)
        volume = first.number_input(
            "Volume in ml (0: by chance)", 0.0, most, key=f"ml {finding}", disabled=finding == NONE
        )
        distractors = second.multiselect("Distractors", DISTRACTORS, key="wish distractors")
        count = third.number_input("Cases", 1, MOST, 5, key="wish count")
        st.caption(CANNOT_DRAW)
        if st.button("Draw", key="draw"):
            try:
                wish = Wish(finding, place, side, volume or None, tuple(distractors))
            except InputError as error:
                parts.fault(str(error))
                return
            _start(wish, int(count))


def _start(wish: Wish, count: int) -> None:
    jobs.start(wish, count, session.settings().data_dir, session.reader() or DRAWER)
    st.rerun()
