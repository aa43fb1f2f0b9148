"""Screening a study again: with the active model, whichever the result on the page is by."""

from __future__ import annotations

import streamlit as st

from ichdash.performance.words import by_another
from ichdash.records import ScreeningState
from ichdash.web import parts, session
from ichdash.web.case.subject import Case

SETTLED = (ScreeningState.SCREENED, ScreeningState.NOT_SCREENED)


def show(case: Case) -> None:
    """Whose result this is, where it is not the active model's, and the button that asks anew."""
    if case.active is None:
        return
    result = case.shown
    if result and (said := by_another(case.active, result.model_id, result.model_sha256)):
        st.caption(parts.plain(f"{said[:1].upper()}{said[1:]}."))
    if case.study.state not in SETTLED:
        return
    pressed = st.button(
        f"Screen again with {parts.plain(case.active.model_id)}",
        key=f"again {case.study.study_uid}",
        help="Puts the study into the queue. The results so far stay in its history.",
        type="tertiary",
    )
    if pressed:
        with parts.faults_told():
            with session.open_store() as store:
                store.screen_again(case.study.study_uid, session.now())
            st.rerun()
