"""A session of three cases in a real store, and what its pages send: for the tests of its rooms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ichdash.store import SessionRow, Store
from tests.web import seeding
from tests.web.conftest import OpenApp
from tests.web.conftest import said as page_said

A, B, BROKEN = "1.2.1", "1.2.2", "1.2.3"
NOW = seeding.NOW


@pytest.fixture
def session(store: Store) -> SessionRow:
    """Two screened studies and one that was not screened, in this order."""
    seeding.screened(store, A, 0.91)
    seeding.screened(store, B, 0.08)
    seeding.not_screened(
        store, BROKEN, 'Series 2 "DOE_JANE": two slices seem to be missing. Not screened.'
    )
    made = store.sessions.create("Tuesday", "chair", "chair", NOW)
    store.session_cases.add(made.session_id, (A, B, BROKEN), "chair", NOW)
    return store.sessions.session(made.session_id)


def case_ids(store: Store, session: SessionRow) -> list[int]:
    return [case.case_id for case in store.session_cases.of(session.session_id)]


def said(app: AppTest) -> str:
    """Everything that the page says, as people read it: without the escapes of Markdown."""
    told = page_said(app).replace("\\", "")
    return "\n".join([told, *(each.proto.body for each in app.get("html"))])


def components(app: AppTest) -> list[Any]:
    return [json.loads(each.proto.json) for each in app.get("bidi_component")]


def viewer_of(app: AppTest) -> dict[str, Any]:
    (found,) = (each for each in components(app) if "meta" in each)
    return dict(found)


def open_room(open_app: OpenApp, session: SessionRow) -> AppTest:
    return open_app("sessions", session=str(session.session_id), view="present")
