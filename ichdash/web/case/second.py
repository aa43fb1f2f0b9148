"""The second reader: asked for on the case page, blind until they have read, settled by a third."""

from __future__ import annotations

import streamlit as st

from ichdash.records import (
    Answer,
    Measurement,
    ReviewRow,
    ScreeningRow,
    SecondRead,
    SecondReading,
    Settlement,
    StudyRow,
)
from ichdash.store import Store
from ichdash.web import parts, session
from ichdash.web.case import words

BLIND = (
    "A second, independent read is wanted. What others said is shown once you have given your "
    "own review."
)
WAITING = "A second reader is wanted; they do not see your answer before they have given theirs."
TO_ADJUDICATE = "▲ To adjudicate: two readers disagree. Settle it under Review."


def is_kept_from(reading: SecondReading | None, reader: str) -> bool:
    """Whether what others said must not be shown to `reader` yet."""
    return reading is not None and reading.is_blind(reader)


def measurements(
    store: Store, screening: ScreeningRow, slices: int, reader: str, case_id: int | None = None
) -> tuple[Measurement, ...]:
    """What was measured on the series, or in a session's room alone; others' marks are left out
    where they would tell a blind reader their answer."""
    found = store.measurements.of(screening.study_uid, screening.series_uid or "", slices, case_id)
    reading = store.second_reads.of(screening.screening_id)
    if is_kept_from(reading, reader):
        found = tuple(each for each in found if each.reader == reader)
    return found


def to_adjudicate(study: StudyRow) -> None:
    """On top, in one line, where two readers disagree."""
    if study.second_read is SecondRead.TO_ADJUDICATE:
        st.html(f'<p class="case-adjudicate">{TO_ADJUDICATE}</p>')


def show(
    study: StudyRow,
    reading: SecondReading | None,
    reviews: tuple[ReviewRow, ...],
    screening_id: int | None,
) -> None:
    """How far the second read is, and what this reader may do about it."""
    if screening_id is None:
        return
    reader = session.reader()
    if reading is None:
        if any(r.reader == reader and r.screening_id == screening_id for r in reviews):
            _ask(study.study_uid, screening_id, reader)
    elif reading.settlement:
        st.markdown(f"**{parts.plain(words.settled(reading, session.zone()))}**")
    elif study.second_read is SecondRead.TO_ADJUDICATE:
        _settle(study.study_uid, reading, reader)
    elif not is_kept_from(reading, reader) and reading.second is None:
        st.caption(WAITING)


def _ask(study_uid: str, screening_id: int, reader: str) -> None:
    pressed = st.button(
        "Ask for a second reader",
        key=f"ask-second {study_uid} {screening_id}",
        help="Another reader reads it without seeing your answer",
        type="tertiary",
    )
    if pressed:
        with session.open_store() as store:
            store.second_reads.ask(study_uid, screening_id, reader, session.now())
        st.rerun()


def _settle(study_uid: str, reading: SecondReading, reader: str) -> None:
    """The final answer: of this reader as the third, or of the two together."""
    key = f"{study_uid} {reading.screening_id}"
    two = (reading.asked_by, reading.second or "")
    with st.form(f"settle {key}", enter_to_submit=False, border=False):
        answer = st.segmented_control("Final answer", list(Answer), key=f"settle-answer {key}")
        comment = st.text_input(
            "Why", key=f"settle-comment {key}", placeholder="why", label_visibility="collapsed"
        )
        other = next((each for each in two if each != reader), "")
        together = reader in two and st.checkbox(
            parts.plain(f"together with {other}, who agrees to this"), key=f"settle-together {key}"
        )
        pressed = st.form_submit_button("Settle", key=f"settle-press {key}")
    if pressed and answer is None:
        st.caption("Choose a final answer first; nothing was stored.")
    elif pressed and answer is not None:
        readers = two if together else (session.signature(),)
        settled = Settlement(Answer(answer), comment, readers, session.now())
        with session.open_store() as store:
            store.second_reads.settle(study_uid, reading.screening_id, settled)
        st.rerun()
