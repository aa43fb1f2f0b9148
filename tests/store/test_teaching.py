"""Teaching files and quizzes: nothing of a study in them, nothing overwritten, answers once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from ichdash.errors import NotFoundError, StoreError
from ichdash.lessons import Answer, Lesson, Reading, Spot
from ichdash.store import Store
from ichdash.store.teaching import Pictures

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LESSON = Lesson("A thin one", ("subdural",), (Spot(3, 4.0, 5.0, 6.0),), ("thin",), 3, "Look.")
PICTURES = Pictures(b"display", {"slices": 4}, None, np.ones((4, 2, 2), np.bool_))


def answer(quiz_id: str, file_id: str, **other: object) -> Answer:
    given = Answer(
        quiz_id, file_id, "Ann", 1, ("subdural",), 80, Spot(3, 4.5, 5.0), ("subdural",), True,
        2.5, False, 31.0, NOW,
    )  # fmt: skip
    return replace(given, **other)  # type: ignore[arg-type]


def test_a_file_reads_back_as_it_was_made(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    (kept,) = store.teaching.all()
    assert (kept.file_id, kept.lesson, kept.version) == (file_id, LESSON, 1)
    pictures = store.teaching.pictures(file_id)
    assert pictures.display == b"display" and pictures.truth is not None and pictures.truth.all()


def test_a_change_is_a_new_version_and_one_of_an_old_page_is_refused(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    store.teaching.revise(file_id, replace(LESSON, title="New"), 1, "second tutor", NOW)
    with pytest.raises(StoreError, match=r"second tutor changed it meanwhile .* Load the page"):
        store.teaching.revise(file_id, LESSON, 1, "tutor", NOW)
    assert store.teaching.file(file_id).lesson.title == "New"


def test_a_retired_file_is_offered_no_longer_and_still_read(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    store.teaching.retire(file_id, "tutor", NOW)
    assert store.teaching.all() == ()
    assert store.teaching.file(file_id).retired_at == NOW


def test_an_older_version_stays_readable(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    store.teaching.revise(file_id, replace(LESSON, title="New"), 1, "tutor", NOW)
    assert store.teaching.file(file_id, 1).lesson == LESSON
    assert store.teaching.file(file_id, 2).lesson.title == "New"
    with pytest.raises(NotFoundError, match="no teaching file"):
        store.teaching.file(file_id, 3)


def test_a_retired_file_can_be_brought_back(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    store.teaching.retire(file_id, "tutor", NOW)
    assert [f.file_id for f in store.teaching.all(retired=True)] == [file_id]
    store.teaching.bring_back(file_id)
    assert [f.file_id for f in store.teaching.all()] == [file_id]
    assert store.teaching.all(retired=True) == ()


def test_unknown_files_and_quizzes_are_named_with_what_to_do(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r"no teaching file 'x'.* Choose one of the list"):
        store.teaching.file("x")
    with pytest.raises(NotFoundError, match=r"no quiz 'x' here.* Ask your tutor"):
        store.quizzes.quiz("x")


def test_images_that_are_gone_are_told(store: Store, tmp_path: Path) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    for path in (tmp_path / "data" / "teaching").rglob("display.bin"):
        path.unlink()
    with pytest.raises(NotFoundError, match=r"missing from the data folder.* Restore"):
        store.teaching.pictures(file_id)


def test_what_a_learner_began_outlives_the_page_and_its_time_runs_on(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    quiz_id = store.quizzes.add("One", [file_id], "tutor", NOW)
    key = quiz_id, file_id, "Ann"
    store.quizzes.serve(*key, NOW)
    store.quizzes.note_shown(*key, NOW + timedelta(seconds=2))
    store.quizzes.note_shown(*key, NOW + timedelta(seconds=50))
    store.quizzes.keep(*key, Reading(NOW, None, ("subdural",), 70, Spot(1, 2.0, 3.0)))
    again = store.quizzes.serve(*key, NOW + timedelta(minutes=1))
    assert (again.findings, again.confidence, again.spot) == (("subdural",), 70, Spot(1, 2.0, 3.0))
    assert again.seconds(NOW + timedelta(seconds=12)) == 10.0


def test_an_answer_is_kept_once_and_never_changed(store: Store) -> None:
    file_id = store.teaching.add(LESSON, PICTURES, None, "tutor", NOW)
    quiz_id = store.quizzes.add("One", [file_id], "tutor", NOW)
    store.quizzes.answer(answer(quiz_id, file_id))
    with pytest.raises(StoreError, match=r"answered this case already\. The first answer stays"):
        store.quizzes.answer(answer(quiz_id, file_id, confidence=10))
    assert store.quizzes.answers(quiz_id) == (answer(quiz_id, file_id),)
    assert store.quizzes.answers(learner="Bob") == ()
