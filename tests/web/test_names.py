"""Without a login: whoever only looks needs no name, and nothing is kept under one nobody gave."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ichdash.records import MeasureKind, ReviewState
from ichdash.store import SessionRow, Store, Verdict
from ichdash.web import session
from ichdash.web.case import measures
from ichdash.web.case.picture import VIEWER_KEY
from ichdash.web.sessions import notes
from tests.web import seeding
from tests.web.conftest import OpenApp, said
from tests.web.test_case_page import STUDY, open_case, press
from tests.web.test_teaching_page import NOW, add_file

OTHER = "1.2.77"
REFUSED = "No name is given, so nothing was kept. Type yours at the top right"


def nameless(app: AppTest) -> AppTest:
    app.text_input(key=session.READER_KEY).set_value("").run()
    assert not app.exception
    return app


def named(app: AppTest, name: str) -> AppTest:
    app.text_input(key=session.READER_KEY).set_value(name).run()
    assert not app.exception
    return app


def session_of_one(store: Store) -> SessionRow:
    seeding.screened(store, STUDY, 0.91)
    made = store.sessions.create("Tuesday", "chair", "chair", NOW)
    store.session_cases.add(made.session_id, (STUDY,), "chair", NOW)
    return made


def warned(app: AppTest) -> bool:
    return any(REFUSED in each.value.replace("\\", "") for each in app.warning)


def test_a_review_without_a_name_is_not_kept_and_its_comment_stays(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    app = nameless(open_case())
    app.text_input(key=f"review-comment {STUDY} 0").set_value("thin")
    press(app, ReviewState.AGREED).run()
    assert warned(app) and not app.error and store.reviews(STUDY) == ()
    named(app, "Ann")
    assert app.text_input(key=f"review-comment {STUDY} 0").value == "thin"
    press(app, ReviewState.AGREED).run()
    (kept,) = store.reviews(STUDY)
    assert (kept.reader, kept.comment) == ("Ann", "thin")


def measure(app: AppTest) -> None:
    """A distance, as the viewer tells it."""
    points = [{"x": 1.0, "y": 1.0, "slice": 3}, {"x": 5.0, "y": 1.0, "slice": 3}]
    change = {"id": "aaaaaaaa", "kind": MeasureKind.DISTANCE.value, "points": points}
    told = {"name": f"{STUDY} 1", "changes": [change]}
    app.session_state[VIEWER_KEY] = {"settled": True, "measured": told}
    app.session_state["measured fault 1"] = measures.UNSIGNED  # as the viewer's word left it
    app.run()


def test_what_was_measured_without_a_name_is_kept_once_there_is_one(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    app = nameless(open_case())
    measure(app)
    assert measures.UNSIGNED in said(app) and not app.error
    series = (STUDY, f"{STUDY}.1", seeding.SLICES)
    assert store.measurements.of(*series) == ()
    assert measures.UNSIGNED not in said(named(app, "Ann"))
    assert [each.reader for each in store.measurements.of(*series)] == ["Ann"]


def test_what_was_measured_without_a_name_is_kept_though_the_study_was_left(store: Store) -> None:
    for uid in (STUDY, OTHER):
        seeding.screened(store, uid, 0.91)
    app = nameless(open_case())
    measure(app)
    app.query_params["study"] = OTHER
    app.session_state[VIEWER_KEY] = {"settled": True}
    app.run()
    named(app, "Ann")
    kept = store.measurements.of(STUDY, f"{STUDY}.1", seeding.SLICES)
    assert [each.reader for each in kept] == ["Ann"]
    assert store.measurements.of(OTHER, f"{OTHER}.1", seeding.SLICES) == ()


def test_a_note_without_a_name_is_kept_once_there_is_one_whichever_page_is_open(
    store: Store, open_app: OpenApp
) -> None:
    made = session_of_one(store)
    (case,) = store.session_cases.of(made.session_id)
    app = nameless(open_app("sessions", session=str(made.session_id)))
    noted = {"case": case.case_id, "text": "fell", "was": ""}
    app.session_state[notes.UNSIGNED_KEY] = {case.case_id: noted}  # as the list told it
    app.run()
    assert notes.UNSIGNED in said(app) and not app.warning
    app.switch_page("ichdash/pages/worklist.py").run()
    assert notes.UNSIGNED not in said(named(app, "Ann"))
    (kept,) = store.session_cases.of(made.session_id)
    assert (kept.note, kept.noted_by) == ("fell", "Ann")


@pytest.mark.parametrize("act", ["present", "Close"])
def test_a_session_is_neither_presented_nor_closed_by_nobody(
    store: Store, open_app: OpenApp, act: str
) -> None:
    made = session_of_one(store)
    app = nameless(open_app("sessions", session=str(made.session_id)))
    app.button(key=f"{act} {made.session_id}").click().run()
    assert warned(app) and not app.exception
    assert store.live.now(made.session_id) is None
    assert not store.sessions.session(made.session_id).is_closed


def test_a_decision_without_a_name_is_not_recorded_and_stays_in_its_form(
    store: Store, open_app: OpenApp
) -> None:
    made = session_of_one(store)
    (case,) = store.session_cases.of(made.session_id)
    app = nameless(open_app("sessions", session=str(made.session_id), view="present"))
    app.radio(key=f"verdict {case.case_id} 0").set_value(Verdict.HEMORRHAGE)
    app.button(key=f"record {case.case_id} 0").click().run()
    assert warned(app) and store.session_cases.decisions(made.session_id) == ()
    assert app.radio(key=f"verdict {case.case_id} 0").value == Verdict.HEMORRHAGE


def test_a_session_is_not_made_by_nobody(store: Store, open_app: OpenApp) -> None:
    app = nameless(open_app("sessions"))
    app.text_input(key="new session name").input("Tuesday")
    app.button(key="new session create").click().run()
    assert warned(app) and store.sessions.all() == ()


def test_a_tutor_without_a_name_changes_nothing(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    app = nameless(open_app("teaching", file=file_id))
    app.text_input(key=f"edit {file_id} 1 title").set_value("Another")
    app.button(key=f"edit {file_id} 1 save").click().run()
    assert warned(app) and store.teaching.file(file_id).version == 1


def test_whoever_has_no_name_has_no_results_and_not_those_of_all(
    store: Store, open_app: OpenApp
) -> None:
    app = nameless(open_app("teaching"))
    app.segmented_control(key="teaching view").set_value("My results").run()
    assert "Type your name at the top right" in said(app)
