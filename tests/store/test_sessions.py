"""Case review sessions: what one reader does is never undone by what another does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from ichdash.domain import StudyAttributes, Window
from ichdash.errors import ChangedError, NotFoundError
from ichdash.store import Pose, SessionRow, Store, Verdict, View

NOW = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
A, B, C = "1.2.1", "1.2.2", "1.2.3"
VIEW = View(12, "subdural", Window(80, 200), Pose(2.5, 0.3, 0.6, 1, True), is_heat_on=True)


@pytest.fixture
def session(store: Store) -> SessionRow:
    """A session of three cases, A, B and C."""
    for uid in (A, B, C):
        store.receive(uid, StudyAttributes(), "upload", NOW)
    made = store.sessions.create("Tuesday", "chair", "chair", NOW)
    store.session_cases.add(made.session_id, (A, B, C), "chair", NOW)
    return store.sessions.session(made.session_id)


def order(store: Store, session: SessionRow) -> list[str]:
    return [case.study_uid for case in store.session_cases.of(session.session_id)]


def ids(store: Store, session: SessionRow) -> dict[str, int]:
    return {case.study_uid: case.case_id for case in store.session_cases.of(session.session_id)}


def test_a_session_keeps_name_chair_and_how_many_cases_it_has(
    store: Store, session: SessionRow
) -> None:
    assert (session.name, session.chair, session.cases) == ("Tuesday", "chair", 3)
    assert not session.is_closed


def test_open_sessions_come_first_and_the_newest_of_them(store: Store) -> None:
    first, second, third = (store.sessions.create(n, "c", "c", NOW) for n in ("1", "2", "3"))
    store.sessions.close(third.session_id, "c", LATER)
    assert [s.name for s in store.sessions.all()] == ["2", "1", "3"]
    assert first.session_id != second.session_id


def test_an_unknown_session_is_named_with_what_to_do(store: Store) -> None:
    with pytest.raises(NotFoundError, match=re.escape("There is no session 7 here. The link may")):
        store.sessions.session(7)


def test_a_case_added_twice_stays_where_it_is(store: Store, session: SessionRow) -> None:
    added = store.session_cases.add(session.session_id, (B,), "other", LATER)
    assert (added.added, added.already) == ((), (B,))
    assert order(store, session) == [A, B, C]


def test_of_an_unknown_study_nothing_is_added(store: Store, session: SessionRow) -> None:
    store.session_cases.remove(ids(store, session)[A], "chair", NOW)
    with pytest.raises(NotFoundError, match=re.escape("There is no study 9.9 here.")):
        store.session_cases.add(session.session_id, (A, "9.9"), "chair", NOW)
    assert order(store, session) == [B, C]


def test_two_who_reorder_at_once_both_have_their_way(store: Store, session: SessionRow) -> None:
    known = ids(store, session)
    store.session_cases.move(known[C], before=known[A])  # both saw A, B, C
    store.session_cases.move(known[A], before=None)
    assert order(store, session) == [C, B, A]


def test_a_case_goes_before_one_that_was_removed_meanwhile(
    store: Store, session: SessionRow
) -> None:
    known = ids(store, session)
    store.session_cases.remove(known[B], "other", NOW)
    store.session_cases.move(known[C], before=known[B])
    assert order(store, session) == [A, C]
    store.session_cases.restore(known[B])
    assert order(store, session) == [A, C, B]


def test_moving_a_case_that_another_removed_says_who_did(store: Store, session: SessionRow) -> None:
    known = ids(store, session)
    store.session_cases.remove(known[A], "reader 2", NOW)
    with pytest.raises(ChangedError, match=r"taken out by reader 2 meanwhile. The order stays"):
        store.session_cases.move(known[A], before=None)


def test_a_removed_case_comes_back_in_its_place_with_note_and_decision(
    store: Store, session: SessionRow
) -> None:
    case_id = ids(store, session)[B]
    store.session_cases.note(case_id, "fell", was="", reader="chair")
    store.session_cases.decide(case_id, Verdict.OTHER, "tumour", "chair", NOW)
    store.session_cases.remove(case_id, "chair", LATER)
    removed = store.session_cases.last_removed(session.session_id)
    assert removed is not None and removed.study_uid == B
    store.session_cases.restore(case_id)
    assert order(store, session) == [A, B, C]
    back = store.session_cases.case(case_id)
    assert back.note == "fell" and back.decision is not None
    assert store.session_cases.last_removed(session.session_id) is None


def test_a_note_that_another_changed_is_not_overwritten_and_yours_is_told(
    store: Store, session: SessionRow
) -> None:
    case_id = ids(store, session)[A]
    store.session_cases.note(case_id, "theirs", was="", reader="reader 2")
    with pytest.raises(ChangedError, match=r"reader 2 changed this note meanwhile.*“mine”"):
        store.session_cases.note(case_id, "mine", was="", reader="reader 3")
    assert store.session_cases.case(case_id).note == "theirs"


def test_a_later_decision_counts_and_the_earlier_one_stays(
    store: Store, session: SessionRow
) -> None:
    case_id = ids(store, session)[A]
    store.session_cases.decide(case_id, Verdict.CANNOT_TELL, "", "reader 1", NOW)
    store.session_cases.reveal(case_id, True, NOW)
    store.session_cases.reveal(case_id, False, NOW)
    store.session_cases.decide(case_id, Verdict.HEMORRHAGE, "thin", "reader 2", LATER)
    latest = store.session_cases.case(case_id).decision
    assert latest is not None and (latest.verdict, latest.reader) == ("hemorrhage", "reader 2")
    told = store.session_cases.decisions(session.session_id)
    assert [(d.verdict.value, d.is_blind) for d in told] == [
        ("cannot tell", True),
        ("hemorrhage", False),  # it was shown before, although it is hidden again
    ]


def test_a_closed_session_is_frozen_and_says_who_closed_it(
    store: Store, session: SessionRow
) -> None:
    case_id = ids(store, session)[A]
    store.sessions.close(session.session_id, "reader 2", LATER)
    sentence = "“Tuesday” was closed by reader 2. Nothing was changed. Open it again"
    cases = store.session_cases
    for change in (
        lambda: cases.add(session.session_id, (A,), "x", LATER),
        lambda: cases.remove(case_id, "x", LATER),
        lambda: cases.restore(case_id),
        lambda: cases.move(case_id, None),
        lambda: cases.note(case_id, "x", "", "x"),
        lambda: cases.reveal(case_id, True, LATER),
        lambda: cases.decide(case_id, Verdict.OTHER, "", "x", LATER),
        lambda: store.sessions.rename(session, "x", "x", "x", LATER),
    ):
        with pytest.raises(ChangedError, match=sentence):
            change()
    store.sessions.reopen(session.session_id, "chair", LATER)
    cases.remove(case_id, "chair", LATER)
    assert [e.what for e in store.sessions.events(session.session_id)] == [
        "created",
        "closed",
        "opened again",
    ]


def test_a_name_that_another_gave_meanwhile_stays(store: Store, session: SessionRow) -> None:
    store.sessions.rename(session, "Wednesday", "chair", "reader 2", NOW)
    with pytest.raises(ChangedError, match=r"renamed to “Wednesday”.*Your name for it was not"):
        store.sessions.rename(session, "Thursday", "chair", "reader 3", NOW)


def test_only_the_tab_that_presents_moves_what_is_presented(
    store: Store, session: SessionRow
) -> None:
    here, known = session.session_id, ids(store, session)
    assert store.live.now(here) is None
    store.live.start(here, "tab 1", "chair", known[A], NOW)
    assert store.live.look_at(here, "tab 1", known[A], VIEW)
    store.live.start(here, "tab 2", "reader 2", known[C], LATER)
    shown = store.live.now(here)
    assert shown is not None and (shown.presenter, shown.case_id) == ("reader 2", known[A])
    assert shown.view == VIEW
    assert not store.live.turn_to(here, "tab 1", known[B])
    assert store.live.turn_to(here, "tab 2", known[B])
    turned = store.live.now(here)
    assert turned is not None and turned.view is None and turned.moves > shown.moves


def test_a_late_word_of_the_case_before_does_not_move_the_next_one(
    store: Store, session: SessionRow
) -> None:
    here, known = session.session_id, ids(store, session)
    store.live.start(here, "tab", "chair", known[A], NOW)
    store.live.turn_to(here, "tab", known[B])
    assert not store.live.look_at(here, "tab", known[A], VIEW)


def test_a_closed_session_is_presented_no_longer(store: Store, session: SessionRow) -> None:
    here = session.session_id
    store.live.start(here, "tab", "chair", None, NOW)
    store.sessions.close(here, "chair", LATER)
    store.live.start(here, "tab", "chair", None, LATER)
    assert store.live.now(here) is None


def test_the_open_sessions_of_a_study_are_known(store: Store, session: SessionRow) -> None:
    assert [s.name for s in store.sessions.of_study(A)] == ["Tuesday"]
    store.session_cases.remove(ids(store, session)[A], "chair", NOW)
    assert store.sessions.of_study(A) == ()
