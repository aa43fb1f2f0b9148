"""What became of an upload, study by study: receiving, queued, screening, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from ichdash.domain import Refusal
from ichdash.errors import NotFoundError
from ichdash.records import ScreeningState, StudyRow
from ichdash.store import IntakeRow, Store
from ichdash.web import parts, reasons, session
from ichdash.web.upload.jobs import Job, Jobs, Stage

LATEST = 8  # intakes shown
MOST_STUDIES = 20  # of one intake; the worklist shows all
MOST_REFUSALS = 200
COLUMNS = [1.5, 0.5, 6, 1.1]  # state, probability, what it is, button


def job(shown: Job, jobs: Jobs) -> None:
    """An upload under way, or one that failed."""
    with st.container(border=True):
        if shown.stage is Stage.FAILED:
            parts.fault(reasons.told(shown.fault, session.is_identity_hidden()))
            if st.button("Dismiss", key=f"dismiss {shown.started_at}"):
                jobs.forget(shown)
                st.rerun(scope="fragment")
            return
        st.markdown(_stage_text(shown))
        for study_uid, (files, of) in shown.studies.items():
            known = parts.plain(study_uid)
            st.progress(files / of, f"Study {known}: receiving, {files} of {of} files")


@dataclass(frozen=True)
class Ended:
    """An upload that ended, with those of its studies that are shown, as they stand now."""

    intake: IntakeRow
    studies: tuple[tuple[StudyRow, int | None], ...]  # with the place in the queue
    missing: tuple[str, ...]  # a sentence for each study that is no longer here


def ended(store: Store) -> list[Ended]:
    """The latest uploads that ended, newest first. Raises StoreError."""
    return [_ended(intake, store) for intake in store.intakes.latest(limit=LATEST)]


def _ended(intake: IntakeRow, store: Store) -> Ended:
    found, missing = [], []
    for study_uid in intake.studies[:MOST_STUDIES]:
        try:
            study = store.study(study_uid)
        except NotFoundError as error:
            missing.append(str(error))
            continue
        is_queued = study.state is ScreeningState.QUEUED
        found.append((study, store.queue_position(study_uid) if is_queued else None))
    return Ended(intake, tuple(found), tuple(missing))


def is_under_way(jobs: Jobs, ended: Sequence[Ended]) -> bool:
    """Whether anything shown will change by itself before long."""
    if any(job.stage is not Stage.FAILED for job in jobs.open()):
        return True
    states = {study.state for each in ended for study, _ in each.studies}
    return bool(states & {ScreeningState.RECEIVED, ScreeningState.QUEUED, ScreeningState.SCREENING})


def intake(shown: Ended, is_newest: bool) -> None:
    """An upload that ended: its studies as they stand now, and what was refused."""
    if is_newest:
        with st.container(border=True, key="newest_intake"):
            st.markdown(f"**{summary(shown.intake)}**")
            _studies(shown)
            _refusals(shown.intake.refused, is_open=True)
        return
    with st.expander(summary(shown.intake), key=f"intake {shown.intake.intake_id}"):
        _studies(shown)
        _refusals(shown.intake.refused, is_open=False)


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


def _studies(shown: Ended) -> None:
    for sentence in shown.missing:
        st.caption(parts.plain(sentence))
    for study, position in shown.studies:
        _study(study, position, shown.intake.intake_id)
    if (more := len(shown.intake.studies) - MOST_STUDIES) > 0:
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
    is_hidden = session.is_identity_hidden()
    who = parts.identity(study.attributes, is_hidden)
    said = [who.name, who.person, who.accession_number, who.description]
    said.append(_count(study.instances, "file"))
    text = " · ".join(parts.plain(part) for part in said if part)
    color = "violet" if study.state is ScreeningState.NOT_SCREENED else "gray"
    reason = parts.plain(reasons.told(study.reason, is_hidden))
    return f"{text}  \n:{color}[{reason}]" if reason else text


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
