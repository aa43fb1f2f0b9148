"""What became of an upload, study by study: receiving, queued, screening, and what came of it."""

from __future__ import annotations

import streamlit as st

from ichdash.domain import Refusal, StudyRow
from ichdash.errors import NotFoundError
from ichdash.store import IntakeRow, Store
from ichdash.web import parts, session
from ichdash.web.upload.jobs import Job, Jobs, Stage

LATEST = 8  # intakes shown
MOST_STUDIES = 20  # of one intake; the worklist shows all
MOST_REFUSALS = 200
COLUMNS = [1.5, 0.5, 6, 1.1]  # state, probability, what it is, button


def job(shown: Job, jobs: Jobs) -> None:
    """An upload under way, or one that failed."""
    with st.container(border=True):
        if shown.stage is Stage.FAILED:
            parts.fault(shown.fault)
            if st.button("Dismiss", key=f"dismiss {shown.started_at}"):
                jobs.forget(shown)
                st.rerun(scope="fragment")
            return
        st.markdown(_stage_text(shown))
        for study_uid, (files, of) in shown.studies.items():
            known = parts.plain(study_uid)
            st.progress(files / of, f"Study {known}: receiving, {files} of {of} files")


def intake(shown: IntakeRow, store: Store, is_newest: bool) -> None:
    """An upload that ended: its studies as they stand now, and what was refused."""
    if is_newest:
        with st.container(border=True, key="newest_intake"):
            st.markdown(f"**{summary(shown)}**")
            _studies(shown, store)
            _refusals(shown.refused, is_open=True)
        return
    with st.expander(summary(shown), key=f"intake {shown.intake_id}"):
        _studies(shown, store)
        _refusals(shown.refused, is_open=False)


def summary(shown: IntakeRow) -> str:
    """When, from where, how many: "upload 4 min ago · 2 studies · 3 files refused"."""
    when = parts.ago(shown.taken_at, session.now())
    said = [f"{shown.source} {when}", _count(len(shown.studies), "study", "studies")]
    if shown.refused:
        said.append(f"{_count(len(shown.refused), 'file')} refused")
    return " · ".join(said)


def state_text(study: StudyRow, position: int | None) -> str:
    """The state in words; `position` is 1 for the next to be screened."""
    text = parts.mark_text(parts.mark(study))
    return f"{text} ({parts.ordinal(position)})" if position else text


def _stage_text(shown: Job) -> str:
    if shown.source == "demo":
        return "Drawing twelve synthetic heads. They appear on the worklist in a minute or two."
    if shown.stage is Stage.SAVING:
        return f"Receiving: {shown.files_saved} of {_count(shown.files, 'file')}"
    return f"Reading {_count(shown.files, 'file')}"


def _studies(shown: IntakeRow, store: Store) -> None:
    for study_uid in shown.studies[:MOST_STUDIES]:
        try:
            study = store.study(study_uid)
        except NotFoundError as error:
            st.caption(parts.plain(str(error)))
            continue
        _study(study, store.queue_position(study_uid), shown.intake_id)
    if (more := len(shown.studies) - MOST_STUDIES) > 0:
        st.caption(f"{_count(more, 'more study', 'more studies')} on the worklist")


def _study(study: StudyRow, position: int | None, intake_id: int) -> None:
    state, probability, what, button = st.columns(COLUMNS, vertical_alignment="center")
    state.markdown(state_text(study, position))
    if study.probability is not None:
        probability.markdown(parts.plain(parts.probability_text(study.probability)))
    what.markdown(_description(study))
    if button.button("Open case", key=f"open {intake_id} {study.study_uid}", width="stretch"):
        session.open_case(study.study_uid)


def _description(study: StudyRow) -> str:
    who = parts.identity(study.attributes, session.is_identity_hidden())
    said = [who.name, who.person, who.accession_number, who.description]
    said.append(_count(study.instances, "file"))
    text = " · ".join(parts.plain(part) for part in said if part)
    return f"{text}  \n:violet[{parts.plain(study.reason)}]" if study.reason else text


def _refusals(refused: tuple[Refusal, ...], is_open: bool) -> None:
    if not refused:
        return
    if session.is_identity_hidden():
        st.caption("The names of refused files are hidden with the identity.")
        return
    shown = "\n".join(f"- {parts.plain(refusal.reason)}" for refusal in refused[:MOST_REFUSALS])
    more = len(refused) - MOST_REFUSALS
    tail = f"\n- and {more:,} more" if more > 0 else ""
    if is_open and len(refused) > 3:
        with st.expander(f"{_count(len(refused), 'file')} refused"):
            st.markdown(shown + tail)
    else:
        st.markdown(f"Refused:\n{shown}{tail}")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
