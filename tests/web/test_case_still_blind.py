"""From a session's list to the case page: what is still blind there is not shown by a click."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from ichdash.settings import ROOT
from ichdash.store import SessionRow, Store
from tests.web import seeding
from tests.web.conftest import OpenApp, components, said

A, B = "1.2.1", "1.2.2"
NOW = seeding.NOW


@pytest.fixture
def session(store: Store) -> SessionRow:
    for uid in (A, B):
        seeding.screened(store, uid, 0.91)
    made = store.sessions.create("Tuesday", "chair", "chair", NOW)
    store.session_cases.add(made.session_id, (A, B), "chair", NOW)
    return made


def follow_the_link(open_app: OpenApp, session: SessionRow) -> AppTest:
    """Open the first case of the session's list by its link."""
    app = open_app("sessions", session=str(session.session_id))
    lists = (json.loads(each.proto.json) for each in app.get("bidi_component"))
    (shown,) = (each for each in lists if "cases" in each)
    link = urlsplit(shown["cases"][0]["link"])
    assert link.path == "case"
    return open_case(**dict(parse_qsl(link.query)))


def open_case(**query: str) -> AppTest:
    """The case page as a link in another tab opens it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("ichdash/pages/case.py").run()
    assert not app.exception, app.exception
    return app


def is_open(app: AppTest) -> bool:
    html = "\n".join(each.proto.body for each in app.get("html"))
    return "0.91" in said(app) + html and bool(components(app))


def test_a_case_that_the_session_reads_blind_opens_by_a_deliberate_step_alone(
    session: SessionRow, open_app: OpenApp
) -> None:
    app = follow_the_link(open_app, session)
    assert "This study is in the session “Tuesday”, which has not revealed" in said(app)
    assert "0.91" not in str(app) and not components(app)
    app.button(key=f"go on {A}").click().run()
    assert not app.exception
    assert is_open(app)


def test_a_case_that_was_revealed_opens_at_once(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    first = store.session_cases.of(session.session_id)[0]
    store.session_cases.reveal(first.case_id, True, NOW)
    assert is_open(follow_the_link(open_app, session))


def test_a_case_of_a_closed_session_opens_at_once(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    store.sessions.close(session.session_id, "chair", NOW)
    assert is_open(follow_the_link(open_app, session))


@pytest.mark.parametrize("named", ["", "77", "zzz", "1;drop"])
def test_a_link_that_comes_from_no_session_opens_at_once(session: SessionRow, named: str) -> None:
    assert is_open(open_case(study=A, session=named))
