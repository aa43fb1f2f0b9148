"""What the case page says of a study without a result, one sentence a state.

The page looks again every two seconds and redraws itself whole once the study's state changed.
Why nothing moves (no worker, no model) stands above every page, not here.
"""

from __future__ import annotations

import streamlit as st

from ichdash.records import ScreeningState, StudyRow
from ichdash.web import parts, reasons, session

REFRESH_S = 2


def no_study() -> None:
    """The page without `?study=`."""
    st.subheader("No study chosen")
    st.markdown("Choose a study on the worklist. The link of its page can be passed on.")


def unknown(study_uid: str) -> None:
    """The page of a study that is not in the store."""
    st.subheader("Unknown study")
    st.markdown("No study with this UID is stored here:")
    st.code(study_uid, language=None, wrap_lines=True)
    st.markdown(
        "It may never have arrived, it may have been removed, or the link may be cut off. "
        "Look for the patient on the worklist, or upload the study."
    )


def not_screened(study: StudyRow, is_hidden: bool) -> None:
    """The page of a study that was kept but could not be screened: never a negative one."""
    st.markdown(f"### {parts.mark_text(parts.Mark.NOT_SCREENED)}")
    st.text(reasons.told(study.reason, is_hidden))
    st.markdown(
        "The model says nothing about this study. It stays on the worklist above the studies "
        "that were not flagged: **read it as if there were no screening.** The files are kept."
    )


@st.fragment(run_every=REFRESH_S)
def progress(seen: StudyRow) -> None:
    """Where a study stands that is on its way; draws the page anew when that changed."""
    with parts.faults_told():
        with session.open_store() as store:
            study = store.study(seen.study_uid)
            if study.state is not seen.state:
                st.rerun()
            position = store.queue_position(study.study_uid)
        st.markdown(f"### {parts.mark_text(parts.mark(study))}")
        st.markdown(sentence(study, position))


def sentence(study: StudyRow, position: int | None) -> str:
    """What happens to a study that is received, queued or screening."""
    if study.state is ScreeningState.RECEIVED:
        return f"Still arriving: {study.instances} images so far. Screening starts once all are in."
    if study.state is ScreeningState.SCREENING:
        return "Being screened. The result appears here by itself."
    place = f"{parts.ordinal(position)} in the queue" if position else "In the queue"
    return f"{place}. All {study.instances} images are here. The result appears here by itself."
