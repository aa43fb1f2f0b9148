"""Minutes: case by case what was decided, nothing told before its turn, nothing that runs."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from pypdf import PdfReader

from ichdash.store import SessionRow, Store, Verdict
from ichdash.web.sessions import minutes, printed
from tests.web import seeding

A, B = "1.2.1", "1.2.2"
NOW = seeding.NOW


@pytest.fixture
def session(store: Store) -> SessionRow:
    """One case with two decisions, revealed, and one that nobody has come to yet."""
    seeding.screened(store, A, 0.91)
    seeding.screened(store, B, 0.83)
    made = store.sessions.create("Tuesday", "Dr Chair", "Dr Chair", NOW)
    cases = store.session_cases
    cases.add(made.session_id, (A, B), "Dr Chair", NOW)
    first = cases.of(made.session_id)[0].case_id
    cases.note(first, "=HYPERLINK(1)", "", "Dr Chair")
    cases.decide(first, Verdict.CANNOT_TELL, "", "reader 2", NOW)
    cases.reveal(first, True, NOW)
    cases.decide(first, Verdict.HEMORRHAGE, "thin, left", "Dr Chair", NOW + timedelta(minutes=3))
    return store.sessions.session(made.session_id)


def made(store: Store, session: SessionRow, *, is_hidden: bool = False) -> minutes.Minutes:
    return minutes.read(store, session.session_id, is_hidden, None, NOW)


def rows(told: minutes.Minutes) -> list[dict[str, str]]:
    lines = minutes.table(told).split("\r\n\r\n", maxsplit=1)[1]
    return list(csv.DictReader(io.StringIO(lines)))


def pdf_text(told: minutes.Minutes) -> str:
    pages = PdfReader(io.BytesIO(printed.pages(told))).pages
    return "\n".join(page.extract_text() for page in pages)


def test_the_later_decision_stands_with_who_and_the_earlier_one_beside_it(
    store: Store, session: SessionRow
) -> None:
    first = rows(made(store, session))[0]
    assert (first["decision"], first["in_words"], first["decided_by"], first["decided_blind"]) == (
        "hemorrhage",
        "thin, left",
        "Dr Chair",
        "no",
    )
    assert first["earlier_decisions"].startswith("cannot tell · reader 2")
    assert (first["ai_result"], first["ai_probability"]) == ("flagged 0.91", "0.9100")
    assert first["model"] == seeding.MODEL_ID


def test_a_result_that_was_not_revealed_is_told_once_the_session_is_closed(
    store: Store, session: SessionRow
) -> None:
    told = made(store, session)
    assert rows(told)[1]["ai_result"] == "not revealed"
    assert "0.83" not in minutes.table(told) + pdf_text(told)
    store.sessions.close(session.session_id, "Dr Chair", NOW)
    assert rows(made(store, session))[1]["ai_result"] == "flagged 0.83"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1"])
def test_no_cell_is_taken_for_a_formula(text: str) -> None:
    assert minutes.cell(text) == f"'{text}"


def test_a_note_that_looks_like_a_formula_is_told_as_text(
    store: Store, session: SessionRow
) -> None:
    assert rows(made(store, session))[0]["note"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("secret", ["Doe", "Jane", "00231", "A10231", "1955"])
def test_identity_that_is_hidden_is_in_neither(
    store: Store, session: SessionRow, secret: str
) -> None:
    told = made(store, session, is_hidden=True)
    assert secret not in minutes.table(told)
    assert secret not in pdf_text(told)


def test_the_printed_minutes_say_which_session_what_was_decided_and_what_they_are_not_for(
    store: Store, session: SessionRow
) -> None:
    text = pdf_text(made(store, session))
    for said in (
        "Tuesday",
        "Chair Dr Chair",
        "Not for diagnostic use",
        "not final",
        "Doe, Jane",
        "hemorrhage · thin, left · Dr Chair",
        "replaced: cannot tell",
        "AI result: flagged 0.91 · ich-test",
    ):
        assert said in text


def test_many_cases_take_more_pages_and_each_carries_the_line(store: Store) -> None:
    made_ = store.sessions.create("Long", "c", "c", NOW)
    for number in range(40):
        seeding.receive(store, f"1.3.{number}")
    uids = tuple(f"1.3.{number}" for number in range(40))
    store.session_cases.add(made_.session_id, uids, "c", NOW)
    told = minutes.read(store, made_.session_id, False, None, NOW)
    pages = PdfReader(io.BytesIO(printed.pages(told))).pages
    assert len(pages) > 1
    assert all("Not for diagnostic use" in page.extract_text() for page in pages)


def test_a_study_that_is_gone_keeps_its_line(store: Store, session: SessionRow) -> None:
    case = store.session_cases.of(session.session_id)[0]
    item = minutes.Item(case, None, None, True, ())
    told = minutes.Minutes(session, (), (item,), False, None, NOW)
    assert rows(told)[0]["case"] == "study no longer stored"
    assert "study no longer stored" in pdf_text(told)


def test_words_in_letters_that_cannot_be_printed_say_where_they_are_shown(
    store: Store, session: SessionRow
) -> None:
    greek = replace(seeding.PATIENT, patient_name="Παπαδόπουλος^Ελένη", description="ЧЕРЕП")
    seeding.screened(store, "1.2.8", 0.2, greek)
    store.session_cases.add(session.session_id, ("1.2.8",), "chair", NOW)
    printed_all = pdf_text(made(store, session))
    assert "Παπαδόπουλος" in printed_all and "ЧЕРЕП" in printed_all
    assert "other letters" not in printed_all
    chinese = replace(seeding.PATIENT, patient_name="王^小明")
    seeding.screened(store, "1.2.9", 0.2, chinese)
    store.session_cases.add(session.session_id, ("1.2.9",), "chair", NOW)
    assert "(other letters: see ichdash)" in pdf_text(made(store, session))
    assert "小明" in minutes.table(made(store, session))


def test_what_became_of_a_session_may_take_more_than_a_page(
    store: Store, session: SessionRow
) -> None:
    for _ in range(60):
        store.sessions.close(session.session_id, "chair", NOW)
        store.sessions.reopen(session.session_id, "last one to open it", NOW)
    last = PdfReader(io.BytesIO(printed.pages(made(store, session)))).pages
    assert len(last) > 2
    assert all("page" in page.extract_text() for page in last)
