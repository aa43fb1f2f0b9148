"""The sessions page on a real store: the list of sessions, and the cases of one."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from ichdash.store import SessionRow, Store
from ichdash.store.store import DATABASE
from ichdash.web import parts
from tests.web.conftest import OpenApp
from tests.web.conftest import said as page_said
from tests.web.rooms import NOW, A, B, case_ids, components, open_room, said, session

__all__ = ["session"]  # the fixture
GONE = "1.2.9"


def test_without_sessions_the_page_says_how_to_make_one(store: Store, open_app: OpenApp) -> None:
    app = open_app("sessions")
    assert "No session is open. Name one below" in said(app)


def test_a_session_is_made_by_its_name_and_opens(store: Store, open_app: OpenApp) -> None:
    app = open_app("sessions")
    app.text_input(key="new session name").input("Tuesday *1*")
    app.button(key="new session create").click().run()
    assert not app.exception
    (made,) = store.sessions.all()
    assert (made.name, made.chair) == ("Tuesday *1*", "reader 1")
    assert "Tuesday \\*1\\*" in page_said(app)
    assert "No cases yet. Search for one below" in said(app)


def test_a_session_without_a_name_is_not_made(store: Store, open_app: OpenApp) -> None:
    app = open_app("sessions")
    app.button(key="new session create").click().run()
    assert "A session needs a name. Nothing was created." in said(app)
    assert store.sessions.all() == ()


def test_an_unknown_session_in_the_link_is_named_above_the_list(
    session: SessionRow, open_app: OpenApp
) -> None:
    app = open_app("sessions", session="77")
    assert "There is no session 77 here" in app.error[0].value
    assert "Tuesday" in said(app)


@pytest.mark.parametrize("named", ["zzz", "1;drop", "-1", "1 ", "9" * 30, "x" * 5000])
def test_a_link_that_names_no_session_is_quoted_above_the_list(
    session: SessionRow, open_app: OpenApp, named: str
) -> None:
    for query in ({}, {"view": "present"}):
        app = open_app("sessions", session=named, **query)
        told = app.error[0].value.replace("\\", "")
        assert f"The link names “{named[:40].strip()}" in told and len(told) < 300
        assert "Tuesday" in said(app)


def test_a_name_that_no_page_could_show_is_refused_on_the_page(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app("sessions")
    app.text_input(key="new session name").input("x" * 10_000)
    app.button(key="new session create").click().run()
    assert not app.exception
    assert "name has 10,000 characters; at most" in app.error[0].value
    assert app.text_input(key="new session name")


def test_a_name_that_turns_the_line_around_does_not(store: Store, open_app: OpenApp) -> None:
    store.sessions.create("mri \u202ereveal\u2066", "chair", "chair", NOW)
    assert f"**{parts.isolated('mri reveal')}**" in said(open_app("sessions"))


def test_the_list_of_cases_tells_nothing_of_the_result(
    session: SessionRow, open_app: OpenApp
) -> None:
    app = open_app("sessions", session=str(session.session_id))
    (shown,) = (each for each in components(app) if "cases" in each)
    assert [each["number"] for each in shown["cases"]] == [1, 2, 3]
    assert shown["cases"][0]["title"] == "Doe, Jane"
    text = json.dumps(shown) + said(app)
    assert "0.91" not in text and "flagged" not in text
    assert "two slices seem to be missing" in shown["cases"][2]["sub"]


def test_identity_that_is_hidden_is_not_in_the_list(session: SessionRow, open_app: OpenApp) -> None:
    app = open_app("sessions", session=str(session.session_id), hide="true")
    text = json.dumps(components(app)) + said(app)
    assert "Series 2: two slices seem to be missing" in text
    for secret in ("Doe", "Jane", "00231", "A10231", "1955", "DOE"):
        assert secret not in text


def test_a_study_is_found_and_added_and_a_second_time_it_says_so(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    store.session_cases.remove(case_ids(store, session)[1], "reader 2", NOW)
    app = open_app("sessions", session=str(session.session_id))
    app.text_input(key=f"session search {session.session_id}").input("A10231").run()
    stale = app.button(key=f"add {session.session_id} {B}")
    stale.click().run()
    assert "Added to “Tuesday”: 1 study" in said(app)
    assert len(case_ids(store, session)) == 3
    assert app.button(key=f"add {session.session_id} {B}").disabled


def test_a_case_that_was_taken_out_comes_back_by_undo(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    removed = case_ids(store, session)[0]
    store.session_cases.remove(removed, "reader 2", NOW)
    app = open_app("sessions", session=str(session.session_id))
    assert "Taken out by reader 2" in said(app)
    app.button(key=f"undo {removed}").click().run()
    assert case_ids(store, session)[0] == removed


def test_a_closed_session_is_frozen_until_it_is_opened_again(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    here = session.session_id
    app = open_app("sessions", session=str(here))
    app.button(key=f"Close {here}").click().run()
    assert "Closed by reader 1. Cases, notes and decisions are frozen." in said(app)
    assert [each["frozen"] for each in components(app) if "cases" in each] == [True]
    app.button(key=f"Reopen {here}").click().run()
    assert not store.sessions.session(here).is_closed


def test_a_study_that_is_no_longer_stored_loses_neither_note_nor_place(
    store: Store, session: SessionRow, data_dir: Path, open_app: OpenApp
) -> None:
    with sqlite3.connect(data_dir / DATABASE) as database:
        database.execute(
            "UPDATE session_cases SET study_uid = ?, note = 'fell' WHERE study_uid = ?", (GONE, A)
        )
    database.close()
    app = open_app("sessions", session=str(session.session_id))
    (shown,) = (each for each in components(app) if "cases" in each)
    assert shown["cases"][0]["title"] == "study no longer stored"
    assert shown["cases"][0]["sub"] == (
        "Its images are gone; note and decisions stay in the minutes."
    )
    assert shown["cases"][0]["note"] == "fell"
    room = open_room(open_app, session)
    assert "Its images are gone" in said(room) and "Case 1 of 3" in said(room)
