"""A quiz begins with a name and stays with it, whatever is typed, loaded again or pressed twice."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ichdash.errors import StoreError
from ichdash.lessons import Reading
from ichdash.store import Store
from ichdash.store.quizzes import Quizzes
from ichdash.web import parts, session
from tests.web.conftest import OpenApp, components, said
from tests.web.test_teaching_page import NOW, PLACE, add_file, answered


def quiz_of(store: Store, *file_ids: str) -> str:
    return store.quizzes.add("First", file_ids, "tutor", NOW)


def say_none(app: AppTest, seat: str) -> None:
    """An answer of no hemorrhage, submitted."""
    app.pills(key=f"findings {seat}").set_value(["no hemorrhage"]).run()
    app.segmented_control(key=f"sure {seat}").set_value(20).run()
    app.button(key=f"submit {seat}").click().run()


def test_a_quiz_asks_for_a_name_before_anything_is_shown(store: Store, open_app: OpenApp) -> None:
    quiz_id = quiz_of(store, add_file(store))
    app = open_app("teaching", quiz=quiz_id)
    assert not components(app)
    app.text_input(key="begin name").set_value("")
    app.button(key="begin").click().run()
    assert app.warning[0].value.startswith("No name is given. The quiz was not begun.")
    app.text_input(key="begin name").set_value("  Ann   B. ")
    app.button(key="begin").click().run()
    assert "0 of 1 answered by **Ann B\\.**" in said(app)
    assert components(app) and app.text_input(key=session.READER_KEY).value == "Ann B."


def test_the_name_asked_for_is_the_one_at_the_top_right_until_another_is_typed(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app("teaching", quiz=quiz_of(store, add_file(store)))
    app.text_input(key=session.READER_KEY).set_value("Ann").run()
    assert app.text_input(key="begin name").value == "Ann"


def test_a_name_that_has_begun_the_quiz_is_asked_back(store: Store, open_app: OpenApp) -> None:
    quiz_id = answered(store, add_file(store))
    app = open_app("teaching", quiz=quiz_id)
    app.text_input(key="begin name").set_value("Ann")
    app.button(key="begin").click().run()
    assert "Ann has begun this quiz already (1 of 1 answered)" in app.warning[0].value
    app.button(key="go on").click().run()
    assert "1 of 1 answered by **Ann**" in said(app)


def test_a_begun_quiz_stays_with_its_learner_whatever_name_is_typed(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    app.text_input(key=session.READER_KEY).set_value("Ben").run()
    assert "A quiz that was begun stays with its learner: this one is of Ann" in said(app)
    say_none(app, f"{quiz_id} {file_id} Ann")
    (kept,) = store.quizzes.answers(quiz_id)
    assert kept.learner == "Ann"
    app.button(key="begin as reader").click().run()
    assert app.text_input(key="begin name").value == "Ben"


def test_whichever_of_none_and_a_finding_is_chosen_last_holds(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    key = f"findings {quiz_id} {file_id} Ann"
    app.pills(key=key).set_value(["subdural"]).run()
    app.pills(key=key).set_value(["subdural", "no hemorrhage"]).run()
    assert app.pills(key=key).value == ["no hemorrhage"]
    app.pills(key=key).set_value(["no hemorrhage", "epidural"]).run()
    assert app.pills(key=key).value == ["epidural"]


def test_a_page_loaded_again_has_what_was_chosen(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    app.pills(key=f"findings {quiz_id} {file_id} Ann").set_value(["no hemorrhage"]).run()
    app.segmented_control(key=f"sure {quiz_id} {file_id} Ann").set_value(20).run()
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    assert app.pills(key=f"findings {quiz_id} {file_id} Ann").value == ["no hemorrhage"]
    assert app.segmented_control(key=f"sure {quiz_id} {file_id} Ann").value == 20


def test_the_address_of_a_quiz_signs_nobody_in(store: Store, open_app: OpenApp) -> None:
    quiz_id = quiz_of(store, add_file(store))
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    assert app.text_input(key=session.READER_KEY).value != "Ann"


def test_no_step_of_confidence_is_chosen_before_the_learner_chooses_one(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    seat = f"{quiz_id} {file_id} Ann"
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    assert app.segmented_control(key=f"sure {seat}").value is None
    app.pills(key=f"findings {seat}").set_value(["no hemorrhage"]).run()
    app.button(key=f"submit {seat}").click().run()
    assert app.warning[0].value.startswith("How sure you are is not chosen. Nothing was submitted.")
    assert store.quizzes.answers(quiz_id) == ()


def test_a_percentage_kept_before_there_were_steps_is_not_taken_for_a_choice(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    store.quizzes.serve(quiz_id, file_id, "Ann", NOW)
    store.quizzes.keep(quiz_id, file_id, "Ann", Reading(NOW, confidence=50, is_none=True))
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    assert app.segmented_control(key=f"sure {quiz_id} {file_id} Ann").value is None


def form_alone(quiz_id: str, file_id: str) -> None:
    """The form as it is pressed once more in a page that does not know of the answer yet."""
    from ichdash.web import session  # noqa: PLC0415  runs as a script of its own
    from ichdash.web.teaching import form, seat  # noqa: PLC0415

    with session.open_store() as store:
        quiz, file = store.quizzes.quiz(quiz_id), store.teaching.file(file_id)
        pictures = store.teaching.pictures(file_id)
    form.show(seat.Seat(quiz, 1, file, "Ann", pictures))


def test_the_same_submitted_twice_is_one_answer_and_another_one_is_refused(
    store: Store,
) -> None:
    quiz_id, file_id, submit = drafted(store)
    app = AppTest.from_function(form_alone, kwargs={"quiz_id": quiz_id, "file_id": file_id})
    app.run()
    for _ in range(2):
        app.button(key=submit).click().run()
        assert not app.exception and not app.error
    app.segmented_control(key=f"sure {quiz_id} {file_id} Ann").set_value(5)
    app.button(key=submit).click().run()
    assert "Ann has answered this case already. The first answer stays" in app.error[
        0
    ].value.replace("\\", "")
    assert [answer.confidence for answer in store.quizzes.answers(quiz_id)] == [80]


def drafted(store: Store) -> tuple[str, str, str]:
    """Ann has chosen and marked, and only Submit is left."""
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    store.quizzes.serve(quiz_id, file_id, "Ann", NOW)
    store.quizzes.keep(quiz_id, file_id, "Ann", Reading(NOW, None, ("subdural",), 80, PLACE))
    return quiz_id, file_id, f"submit {quiz_id} {file_id} Ann"


def test_an_answer_that_could_not_be_kept_is_told_and_the_form_stays(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz_id, file_id, submit = drafted(store)
    app = open_app("teaching", quiz=quiz_id, learner="Ann")

    def full(*_: object) -> None:
        raise StoreError("The disk is full. Nothing was stored. Free space and try again.")

    monkeypatch.setattr(Quizzes, "keep", full)
    monkeypatch.setattr(Quizzes, "answer", full)
    app.segmented_control(key=f"sure {quiz_id} {file_id} Ann").set_value(60).run()
    assert not app.exception and "The disk is full" in app.error[0].value
    app.button(key=submit).click().run()
    assert not app.exception and "The disk is full" in app.error[0].value
    assert app.segmented_control(key=f"sure {quiz_id} {file_id} Ann").value == 60


def test_the_next_case_comes_and_the_end_leads_back_to_each_reveal(
    store: Store, open_app: OpenApp
) -> None:
    files = [add_file(store), add_file(store)]
    quiz_id = quiz_of(store, *files)
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    for number, file_id in enumerate(files, 1):
        say_none(app, f"{quiz_id} {file_id} Ann")
        assert "✗ Missed" in said(app)
        app.button(key=f"next {number}").click().run()
    assert "**All done.** Hemorrhage or none, as the key has it: 0.00 (0 of 2)" in said(app)
    app.pills(key=f"look again {quiz_id}").set_value(2).run()
    assert "✗ Missed" in said(app)


@pytest.mark.parametrize("case", ["0", "-1", "99", "zzz", "²", "9" * 5000])
def test_a_case_that_is_none_leads_to_the_next_open_one(
    case: str, store: Store, open_app: OpenApp
) -> None:
    quiz_id = quiz_of(store, add_file(store))
    app = open_app("teaching", quiz=quiz_id, learner="Ann", case=case)
    assert components(app) and "0 of 1 answered" in said(app)


def test_a_quiz_whose_files_were_all_retired_is_told_with_what_to_do(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = quiz_of(store, file_id)
    store.teaching.retire(file_id, "tutor", NOW)
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    assert app.warning[0].value.startswith("No case of this quiz is offered any more")


@pytest.mark.parametrize(
    "name", ["x" * 10_000, "<b>Ann</b>", "![](http://x/y)", "🧠" * 50, "Ann\n\tB", "$a$ :red[b]"]
)
def test_any_name_is_shown_as_it_is_and_held_to_its_length(
    name: str, store: Store, open_app: OpenApp
) -> None:
    quiz_id = answered(store, add_file(store), " ".join(name.split())[:60])
    app = open_app("teaching", quiz=quiz_id, learner=name)
    assert f"answered by **{parts.plain(name[:60])}**" in said(app)
    for view in ("My results", "Class"):
        app = open_app("teaching", learner=name)
        app.segmented_control(key="teaching view").set_value(view).run()
        assert not app.exception and not app.error
