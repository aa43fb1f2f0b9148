"""Teaching: a learner reads blind, is refused nothing silently, and no study can be reached."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from ichdash.imaging.display import encode
from ichdash.lessons import AiResult, Answer, Lesson, Reading, Spot
from ichdash.store import Store
from ichdash.teaching.copying import copied
from ichdash.web import parts
from ichdash.web.teaching.form import fault_of
from ichdash.web.teaching.reveal import sure_words, verdict
from tests.web import seeding
from tests.web.conftest import OpenApp, components, said

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
AI = AiResult(0.91, 0.42, {"hemorrhage": 0.91}, (0.1,) * 19 + (0.9,), "ich-test")
PLACE = Spot(seeding.BLEED_SLICE, 66.0, 48.0, 7.0)


def add_file(store: Store) -> str:
    shown = encode(seeding.head_volume("1.2.3"), 19)
    heatmap = np.full((seeding.SLICES, 4, 4), 0.5, np.float16)
    lesson = Lesson("The answer is subdural", ("subdural",), (PLACE,), explanation="Thin.")
    return store.teaching.add(lesson, copied(shown, heatmap), AI, "tutor", NOW)


def answered(store: Store, file_id: str, learner: str = "Ann") -> str:
    """A quiz of one case that a learner has answered as the key has it; its id."""
    quiz_id = store.quizzes.add("First", [file_id], "tutor", NOW)
    store.quizzes.serve(quiz_id, file_id, learner, NOW)
    key = ("subdural",)
    given = Answer(quiz_id, file_id, learner, 1, key, 80, PLACE, key, True, 0.0, False, 20.0, NOW)
    store.quizzes.answer(given)
    return quiz_id


def test_without_files_ten_synthetic_cases_are_a_click_away(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app("teaching")
    assert app.button(key="draw ten").label == "Draw ten synthetic cases"
    assert "No quizzes yet" in said(app)


def test_a_case_is_read_blind_and_revealed_once_it_is_submitted(
    store: Store, open_app: OpenApp
) -> None:
    file_id = add_file(store)
    quiz_id = store.quizzes.add("First", [file_id], "tutor", NOW)
    key = quiz_id, file_id, "Ann"
    store.quizzes.serve(*key, NOW)
    mark = Spot(seeding.BLEED_SLICE, 66.0, 48.0)
    store.quizzes.keep(*key, Reading(NOW, None, ("subdural",), 80, mark))
    app = open_app("teaching", quiz=quiz_id, learner="Ann")
    sent = json.loads(components(app)[0].proto.json)
    assert (sent["scores"], sent["heatmap"], sent["evidence"]) == ([], None, [])
    assert sent["start"] == sent["meta"]["order"][0] == seeding.SLICES // 2
    assert (sent["spot"]["truth"], sent["spot"]["outline"]) == ([], None)
    assert "answer is" not in said(app) and "flagged" not in said(app)
    app.button(key=f"submit {quiz_id} {file_id} Ann").click().run()
    assert not app.exception
    (kept,) = store.quizzes.answers(quiz_id)
    assert (kept.confidence, kept.distance_mm, kept.with_ai) == (80, 0.0, False)
    sent = json.loads(components(app)[0].proto.json)
    assert sent["heatmap"] and sent["spot"]["truth"] and not sent["spot"]["isOpen"]
    assert "answer is subdural" in said(app) and "inside" in said(app)
    assert "You: **subdural** · a hemorrhage: probably · " in said(app)


def test_an_unknown_quiz_is_told_and_the_others_are_listed(store: Store, open_app: OpenApp) -> None:
    store.quizzes.add("First", [add_file(store)], "tutor", NOW)
    app = open_app("teaching", quiz="gone")
    assert parts.plain("There is no quiz 'gone' here. Nothing was lost") in app.warning[0].value
    assert "First" in said(app)


def test_a_file_retired_meanwhile_is_left_out_of_a_quiz(store: Store, open_app: OpenApp) -> None:
    file_id = add_file(store)
    quiz_id = store.quizzes.add("First", [file_id], "tutor", NOW)
    store.teaching.retire(file_id, "tutor", NOW)
    assert "1 retired since, left out" in said(open_app("teaching", quiz=quiz_id, learner="Ann"))


def test_a_teaching_server_has_no_page_of_studies(
    store: Store, open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeding.screened(store, "1.2.3", 0.9)
    monkeypatch.setenv("ICHDASH_ROOMS", "teaching")
    app = open_app(study="1.2.3")
    text = said(app) + "".join(each.proto.body for each in app.get("html"))
    assert "No quizzes yet" in text and "Doe" not in text and "A10231" not in text
    for page in ("worklist", "case", "upload"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            open_app(f"../pages/{page}")


def test_nothing_of_the_study_comes_along_into_a_copy() -> None:
    shown = encode(seeding.head_volume("1.2.3"), 13)
    made = copied(shown, np.zeros((20, 4, 4), np.float16))
    assert made.meta["order"][0] == 10 and "1.2.3" not in json.dumps(dict(made.meta))


@pytest.mark.parametrize(
    ("findings", "truth", "told"),
    [
        (("subdural",), ("subdural",), "✓ As the key has it"),
        ((), (), "✓ As the key has it"),
        (("epidural",), ("subdural",), "✓ A hemorrhage, but of another kind"),
        ((), ("subdural",), "✗ Missed"),
        (("subdural",), (), "✗ There is none"),
    ],
)
def test_a_reveal_tells_at_a_glance_what_an_answer_is_worth(
    findings: tuple[str, ...], truth: tuple[str, ...], told: str
) -> None:
    given = Answer("q", "f", "Ann", 1, findings, 80, None, truth, True, None, False, 1.0, NOW)
    assert verdict(given) == told


def test_confidence_is_told_as_it_was_given_also_in_older_answers() -> None:
    assert (sure_words(80), sure_words(73)) == ("probably", "73 % sure")


def test_what_is_missing_is_told() -> None:
    empty = Reading(NOW, confidence=80)
    assert fault_of(empty).startswith("No finding is chosen. Nothing was submitted.")
    subdural = replace(empty, findings=("subdural",))
    assert fault_of(subdural).startswith("Nothing is marked in the image. Nothing was submitted.")
    unsure = replace(empty, is_none=True, confidence=None)
    assert fault_of(unsure).startswith("How sure you are is not chosen. Nothing was submitted.")
    for enough in (
        replace(empty, is_none=True),
        replace(subdural, is_nothing=True),
        replace(subdural, spot=PLACE),
    ):
        assert not fault_of(enough)
