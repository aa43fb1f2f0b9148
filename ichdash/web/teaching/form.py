"""What a learner says of a case: findings, a confidence, a mark; kept as it is typed, then once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from ichdash.errors import StoreError
from ichdash.lessons import CONFIDENCES, NO_HEMORRHAGE, SUBTYPES, Answer, Reading
from ichdash.store import Store
from ichdash.teaching.marks import distance_mm
from ichdash.web import parts, session
from ichdash.web.sessions import told
from ichdash.web.teaching import address, reveal
from ichdash.web.teaching.seat import Seat


@st.fragment
def show(seat: Seat) -> None:
    """The form beside the image; submitted, the page runs again and reveals."""
    with parts.faults_told():
        told.show()
        _remember(seat)
        keep = partial(_keep, seat)
        if seat.file.ai and seat.shows_ai:
            reveal.show_ai(seat.file.ai)
        st.pills(
            "Findings",
            [NO_HEMORRHAGE, *SUBTYPES],
            selection_mode="multi",
            key=seat.key("findings"),
            on_change=keep,
        )
        st.markdown("**Mark the spot**: click on it in the image; click again to move the mark.")
        st.checkbox(
            "I cannot place it",
            key=seat.key("nothing"),
            on_change=keep,
            disabled=NO_HEMORRHAGE in _chosen(seat),
        )
        st.segmented_control(
            "Is there a hemorrhage?",
            list(CONFIDENCES),
            format_func=CONFIDENCES.__getitem__,
            key=seat.key("sure"),
            on_change=keep,
            width=340,  # three and three: those for a hemorrhage below those against
        )
        if st.button("Submit", key=seat.key("submit"), type="primary"):
            _submit(seat)


def _remember(seat: Seat) -> None:
    """A page loaded again shows what was chosen before."""
    reading = seat.reading()
    chosen = [*reading.findings] or ([NO_HEMORRHAGE] if reading.is_none else [])
    sure = reading.confidence if reading.confidence in CONFIDENCES else None
    st.session_state.setdefault(seat.key("findings"), chosen)
    st.session_state.setdefault(seat.key("sure"), sure)
    st.session_state.setdefault(seat.key("nothing"), reading.is_nothing)


def _chosen(seat: Seat) -> list[str]:
    return list(st.session_state.get(seat.key("findings")) or [])


def _said(seat: Seat, reading: Reading) -> Reading:
    chosen = _chosen(seat)
    findings = tuple(f for f in chosen if f != NO_HEMORRHAGE)
    return replace(
        reading,
        findings=findings,
        confidence=st.session_state.get(seat.key("sure")),
        is_nothing=bool(st.session_state.get(seat.key("nothing"))),
        is_none=NO_HEMORRHAGE in chosen and not findings,
    )


def _keep(seat: Seat) -> None:
    chosen = _chosen(seat)
    if NO_HEMORRHAGE in chosen and len(chosen) > 1:  # whichever was chosen last holds
        was_none = seat.reading().is_none
        chosen = [f for f in chosen if f != NO_HEMORRHAGE] if was_none else [NO_HEMORRHAGE]
        st.session_state[seat.key("findings")] = chosen
    seat.change(partial(_said, seat))


def fault_of(reading: Reading) -> str:
    """Why an answer cannot be submitted yet; empty where it can."""
    if not reading.findings and not reading.is_none:
        return "No finding is chosen. Nothing was submitted. Choose at least one, or no hemorrhage."
    if reading.findings and reading.spot is None and not reading.is_nothing:
        return (
            "Nothing is marked in the image. Nothing was submitted. Click on the spot, or tick "
            "that you cannot place it."
        )
    if reading.confidence is None:
        return (
            "How sure you are is not chosen. Nothing was submitted. Choose one of the six steps, "
            "from “definitely not” to “definitely”."
        )
    return ""


def _submit(seat: Seat) -> None:
    with session.open_store() as store:
        reading = _said(seat, store.quizzes.serve(*seat.ids, session.now()))
        fault = fault_of(reading)
        if fault or reading.confidence is None:
            st.warning(fault)
            return
        answer = _answer(seat, reading, reading.confidence, store)
        try:
            store.quizzes.answer(answer)
        except StoreError:
            if not _is_kept(store, answer):
                raise
    address.go(case=str(seat.number))


def _is_kept(store: Store, answer: Answer) -> bool:
    """Whether Submit was pressed twice: the same was said a moment ago."""
    own = store.quizzes.answers(answer.quiz_id, answer.learner)
    return any(
        (each.file_id, each.findings, each.confidence, each.spot)
        == (answer.file_id, answer.findings, answer.confidence, answer.spot)
        for each in own
    )


def _answer(seat: Seat, reading: Reading, confidence: int, store: Store) -> Answer:
    """What was said, beside the key as it stands now."""
    now = session.now()
    newest = store.teaching.file(seat.file.file_id)
    lesson, truth = newest.lesson, seat.pictures.truth
    mark = None if reading.is_nothing or reading.is_none else reading.spot
    has_mask = truth is not None and bool(truth.any())
    return Answer(
        quiz_id=seat.quiz.quiz_id,
        file_id=newest.file_id,
        learner=seat.learner,
        version=newest.version,
        findings=reading.findings,
        confidence=confidence,
        spot=mark,
        truth=lesson.findings,
        is_placed=bool(lesson.spots) or has_mask,
        distance_mm=distance_mm(mark, seat.pictures.meta, truth, lesson.spots) if mark else None,
        with_ai=seat.shows_ai,
        seconds=reading.seconds(now),
        answered_at=now,
    )
