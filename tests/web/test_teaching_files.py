"""The tutor's side of Teaching: files are found, changed, retired and brought back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from streamlit.testing.v1 import AppTest

from ichdash.lessons import Lesson, Spot
from ichdash.store import Store
from ichdash.web.teaching.editing import places_words
from tests.web.conftest import OpenApp, components, said
from tests.web.test_teaching_page import NOW, add_file, answered


def test_a_change_is_kept_and_what_was_answered_before_keeps_its_key(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = answered(store, file_id)
    app = open_app("teaching", file=file_id)
    key = f"edit {file_id} 1"
    app.text_input(key=f"{key} title").set_value("Thin, on the left")
    app.multiselect(key=f"{key} key").set_value(["epidural"])
    app.text_input(key=f"{key} tags").set_value("thin, easy to miss, thin")
    app.text_area(key=f"{key} why").set_value("Now explained otherwise.")
    app.button(key=f"{key} save").click().run()
    assert "Kept as version 2." in app.success[0].value
    lesson = store.teaching.file(file_id).lesson
    assert (lesson.title, lesson.findings) == ("Thin, on the left", ("epidural",))
    assert lesson.tags == ("thin", "easy to miss")
    assert lesson.spots, "the marked places stay"
    assert app.text_input(key=f"edit {file_id} 2 title").value == "Thin, on the left"
    app = open_app("teaching", quiz=quiz_id, learner="Ann", case="1")
    assert "answer is subdural" in said(app) and "otherwise" not in said(app)


def test_another_tutors_change_is_not_overwritten(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    store.teaching.revise(file_id, Lesson("Theirs"), 1, "second tutor", NOW)
    app.text_input(key=f"edit {file_id} 1 title").set_value("Mine")
    app.button(key=f"edit {file_id} 1 save").click().run()
    assert "second tutor changed it meanwhile" in app.error[0].value
    assert store.teaching.file(file_id).lesson.title == "Theirs"


def test_saving_what_is_not_different_adds_no_version(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    app.button(key=f"edit {file_id} 1 save").click().run()
    assert "Nothing is different" in said(app)
    assert store.teaching.file(file_id).version == 1


def test_fields_that_cannot_be_kept_are_told_with_what_to_do(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    key = f"edit {file_id} 1"
    for name, value, told in (
        ("title", " ", "has no title. It was not kept. Type one."),
        ("tags", "x" * 10_000, "10,000 characters; at most 40 are kept"),
        ("tags", ",".join(map(str, range(13))), "has 13 tags; at most 12 are kept"),
    ):
        app = open_app("teaching", file=file_id)
        app.text_input(key=f"{key} {name}").set_value(value)
        app.button(key=f"{key} save").click().run()
        assert not app.exception and told in app.error[0].value.replace("\\", "")
    assert store.teaching.file(file_id).version == 1


def test_the_key_of_a_synthetic_case_is_what_was_drawn(store: Store, open_app: OpenApp) -> None:
    pictures = store.teaching.pictures(add_file(store))
    drawn = store.teaching.add(Lesson("Drawn"), pictures, None, "tutor", NOW, is_synthetic=True)
    app = open_app("teaching", file=drawn)
    assert app.multiselect(key=f"edit {drawn} 1 key").disabled
    assert not spot_of(app)["isEdited"] and "marked" not in said(app)


def test_the_places_of_a_copied_case_are_the_tutors_to_change(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app("teaching", file=add_file(store))
    assert spot_of(app)["isEdited"] and len(spot_of(app)["truth"]) == 1
    assert "1 place is marked, on slice 14. A click in the image marks another one." in said(app)


TWO = (Spot(13, 66.0, 48.0, 7.0), Spot(4, 9.0, 9.0, 7.0))
NOT_SAVED = "What you changed in this file is not saved."


def mark_two(app: AppTest, file_id: str) -> None:
    """Two places, as the image leaves them."""
    app.session_state[f"teaching file seen places {file_id} 1"] = TWO
    app.run()
    assert "2 places are marked, on slices 5, 14." in said(app)


def test_places_that_were_not_saved_are_gone_once_another_page_was_opened(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    mark_two(app, file_id)
    app.switch_page("ichdash/pages/performance.py").run()
    app.query_params["file"] = file_id
    app.switch_page("ichdash/pages/teaching.py").run()
    assert "1 place is marked, on slice 14." in said(app)
    app.text_input(key=f"edit {file_id} 1 title").set_value("Another")
    app.button(key=f"edit {file_id} 1 save").click().run()
    kept = store.teaching.file(file_id).lesson
    assert kept.title == "Another" and len(kept.spots) == 1


def test_back_asks_about_what_is_not_saved_and_leaving_drops_it(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    mark_two(app, file_id)
    app.button(key="leave").click().run()
    assert NOT_SAVED in said(app)
    app.button(key="leave unsaved").click().run()
    assert NOT_SAVED not in said(app) and "file" not in app.query_params
    app = open_app("teaching", file=file_id)
    assert "1 place is marked, on slice 14." in said(app)


def test_whoever_stays_goes_on_with_what_was_typed(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    app.text_area(key=f"edit {file_id} 1 why").set_value("Now explained otherwise.").run()
    app.button(key="leave").click().run()
    app.button(key="stay").click().run()
    assert NOT_SAVED not in said(app) and app.button(key="leave").label == "‹ all files"
    app.button(key=f"edit {file_id} 1 save").click().run()
    assert store.teaching.file(file_id).lesson.explanation == "Now explained otherwise."
    app.button(key="leave").click().run()
    assert "file" not in app.query_params, "what is saved is not asked about"


def test_retiring_a_file_keeps_what_is_typed_meanwhile(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    app = open_app("teaching", file=file_id)
    app.text_input(key=f"edit {file_id} 1 title").set_value("Another").run()
    app.button(key=f"state {file_id}").click().run()
    assert "retired" in said(app)
    assert app.text_input(key=f"edit {file_id} 1 title").value == "Another"


def test_marked_places_are_told_with_their_slices_once_each() -> None:
    assert places_words(()) == "No place is marked."
    places = (Spot(4, 1.0, 1.0), Spot(2, 1.0, 1.0), Spot(4, 9.0, 9.0))
    assert places_words(places) == "3 places are marked, on slices 3, 5."


def spot_of(app: AppTest) -> dict[str, Any]:
    """What the viewer was told of marks and places."""
    sent: dict[str, Any] = json.loads(components(app)[0].proto.json)["spot"]
    return sent


def test_a_file_is_retired_and_brought_back_from_the_list(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    app = open_app("teaching")
    app.segmented_control(key="teaching view").set_value("Files and quizzes").run()
    app.button(key=f"retire {file_id}").click().run()
    assert store.teaching.all() == ()
    app.toggle(key="files retired").set_value(True).run()
    app.button(key=f"retire {file_id}").click().run()
    assert [f.file_id for f in store.teaching.all()] == [file_id]


def test_files_are_found_by_their_words_and_no_match_is_told(
    store: Store, open_app: OpenApp
) -> None:
    first, second = add_file(store), add_file(store)
    lesson = store.teaching.file(second).lesson
    store.teaching.revise(second, replace(lesson, tags=("night",), difficulty=3), 1, "tutor", NOW)
    app = open_app("teaching")
    app.segmented_control(key="teaching view").set_value("Files and quizzes").run()
    app.multiselect(key="files words").set_value(["night"]).run()
    keys = [button.key for button in app.button]
    assert f"edit {second}" in keys and f"edit {first}" not in keys
    app.multiselect(key="files words").set_value(["night", "medium"]).run()
    assert "No file has all of these words" in said(app)
    assert not app.exception


def test_an_unknown_file_is_told_above_the_list(store: Store, open_app: OpenApp) -> None:
    app = open_app("teaching", file="zzz")
    assert "There is no teaching file" in app.warning[0].value
    assert "No quizzes yet" in said(app)
