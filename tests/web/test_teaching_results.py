"""How a learner and a class do: with and without AI apart, with counts, and every answer as CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from ichdash.lessons import Answer, Lesson
from ichdash.store import Store
from ichdash.teaching.figures import COLUMNS, as_csv
from ichdash.web import session
from tests.web.conftest import OpenApp, said
from tests.web.test_teaching_page import NOW, PLACE, add_file

SUBDURAL = ("subdural",)


def class_of(store: Store, *, positive: int = 3, negative: int = 3) -> None:
    """Ann answers without AI, and once with it, wrongly; Ben answers one case, rightly."""
    ill = add_file(store)
    pictures = store.teaching.pictures(ill)
    files = [ill, *(add_file(store) for _ in range(positive - 1))] if positive else []
    files += [
        store.teaching.add(Lesson(f"Well {n}"), pictures, None, "tutor", NOW)
        for n in range(negative)
    ]
    blind = store.quizzes.add("Blind", files, "tutor", NOW)
    shown = store.quizzes.add("With AI", files, "tutor", NOW, shows_ai=True)
    for number, file_id in enumerate(files):
        truth = SUBDURAL if number < positive else ()
        answer = Answer(
            blind, file_id, "Ann", 1, truth, 90 if truth else 10, PLACE if truth else None, truth,
            bool(truth), 4.0 if truth else None, False, 30.0, NOW,
        )  # fmt: skip
        store.quizzes.answer(answer)
    first = replace(answer, file_id=files[0], truth=SUBDURAL if positive else ())
    store.quizzes.answer(replace(first, quiz_id=shown, with_ai=True, findings=(), seconds=8.0))
    store.quizzes.answer(replace(first, learner="Ben =cmd()", findings=SUBDURAL, seconds=75.0))


def view(open_app: OpenApp, name: str, reader: str = "Ann") -> AppTest:
    app = open_app("teaching")
    app.text_input(key=session.READER_KEY).set_value(reader).run()
    app.segmented_control(key="teaching view").set_value(name).run()
    assert not app.exception
    return app


def test_a_learner_sees_with_and_without_ai_apart(store: Store, open_app: OpenApp) -> None:
    class_of(store)
    app = view(open_app, "My results")
    assert [each.value for each in app.subheader] == ["Without AI", "With AI shown"]
    text = said(app)
    assert "7 answers" in text
    assert "AUC of confidence: 1.00" in text
    assert "Sensitivity: 1.00 (3 of 3) · specificity: 1.00 (3 of 3)" in text
    assert "Place found (within 10 mm): 1.00 (3 of 3)" in text and "case: 30 s" in text
    assert "so far 1 and 0" in text and "Sensitivity: 0.00 (0 of 1) · specificity: –" in text
    (shown, _) = app.get("table")
    assert "1.00 (3 of 3)" in shown.value.to_string()


def test_the_class_page_tells_learners_and_cases_the_hardest_first(
    store: Store, open_app: OpenApp
) -> None:
    class_of(store)
    by_learner, by_case = (each.value for each in view(open_app, "Class").get("table"))
    rows = by_learner.values.tolist()
    assert [row[:3] for row in rows] == [
        ["Ann", "not shown", "6"],
        ["Ann", "shown", "1"],
        [r"Ben =cmd\(\)", "not shown", "1"],
    ]
    assert by_case.values.tolist()[0][1] == "0.67 (2 of 3)"
    assert len(by_case) == 6


def test_a_class_without_answers_is_told_what_to_do(store: Store, open_app: OpenApp) -> None:
    assert "Pass the link of a quiz on" in said(view(open_app, "Class"))
    assert "No answers yet" in said(view(open_app, "My results"))


def test_quizzes_of_one_kind_of_case_have_no_roc_and_say_why(
    store: Store, open_app: OpenApp
) -> None:
    class_of(store, positive=0, negative=2)
    text = said(view(open_app, "My results"))
    assert "needs at least 3 cases with and 3 without a hemorrhage; so far 0 and 2" in text
    assert "Sensitivity: – · specificity: 1.00 (2 of 2)" in text
    view(open_app, "Class")


def test_a_quiz_of_hemorrhages_alone_has_no_roc_either(store: Store, open_app: OpenApp) -> None:
    class_of(store, positive=2, negative=0)
    text = said(view(open_app, "My results"))
    assert "so far 2 and 0" in text and "specificity: –" in text
    view(open_app, "Class")


def test_the_csv_has_every_answer_with_its_quiz_and_case(store: Store) -> None:
    class_of(store)
    answers = store.quizzes.answers()
    names = {quiz.quiz_id: quiz.name for quiz in store.quizzes.all()}
    rows = list(csv.DictReader(io.StringIO(as_csv(answers, names, {}))))
    assert len(rows) == len(answers) == 8 and tuple(rows[0]) == COLUMNS
    assert rows[0] == {
        "learner": "Ann",
        "quiz": "Blind",
        "case": answers[0].file_id,
        "with AI": "no",
        "key": "subdural",
        "answer": "subdural",
        "confidence": "90",
        "right": "yes",
        "distance mm": "4.0",
        "seconds": "30.0",
        "answered": "2026-11-26T09:00:00+00:00",
    }
    assert rows[5]["key"] == rows[5]["answer"] == "none" and rows[5]["distance mm"] == ""
    assert (rows[6]["with AI"], rows[6]["right"]) == ("yes", "no")
