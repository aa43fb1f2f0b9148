"""Add to session, on the case page and from the worklist's choice."""

from __future__ import annotations

from ichdash.store import Store
from ichdash.web.sessions import way
from tests.web import seeding
from tests.web.conftest import OpenApp, said
from tests.web.test_case_page import STUDY, open_case


def test_a_case_is_put_into_an_open_session_and_then_marked_as_in_it(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    made = store.sessions.create("Tuesday", "chair", "chair", seeding.NOW)
    closed = store.sessions.create("Monday", "chair", "chair", seeding.NOW)
    store.sessions.close(closed.session_id, "chair", seeding.NOW)
    app = open_case()
    key = f"gather {STUDY} {made.session_id}"
    assert not any(b.key == f"gather {STUDY} {closed.session_id}" for b in app.button)
    app.button(key=key).click().run()
    assert not app.exception
    assert "Added to “Tuesday”: 1 study" in said(app).replace("\\", "")
    assert app.button(key=key).disabled
    assert [case.study_uid for case in store.session_cases.of(made.session_id)] == [STUDY]


def test_a_session_closed_meanwhile_takes_nothing_and_says_who_closed_it(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    made = store.sessions.create("Tuesday", "chair", "chair", seeding.NOW)
    app = open_case()
    store.sessions.close(made.session_id, "reader 2", seeding.NOW)
    app.button(key=f"gather {STUDY} {made.session_id}").click().run()
    assert "was closed by reader 2. Nothing was changed." in app.error[0].value.replace("\\", "")


def test_chosen_studies_wait_above_the_list_until_they_are_put_or_left(
    store: Store, open_app: OpenApp
) -> None:
    seeding.screened(store, STUDY, 0.91)
    made = store.sessions.create("Tuesday", "chair", "chair", seeding.NOW)
    app = open_app("sessions")
    app.session_state[way.CHOSEN_KEY] = (STUDY,)
    app.run()
    assert "**1 study chosen.** Put into which session?" in said(app)
    app.button(key=f"session Put here {made.session_id}").click().run()
    assert not app.exception
    assert [case.study_uid for case in store.session_cases.of(made.session_id)] == [STUDY]
    assert "chosen" not in said(app)
