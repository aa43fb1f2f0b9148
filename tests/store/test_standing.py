"""How a study stands on the worklist: what is said while it waits or after it grew."""

from __future__ import annotations

import pytest

from ichdash.records import Answer, ReviewState, SecondRead, Settlement
from ichdash.store import Store, WorklistQuery
from tests.samples import NOW, claimed, not_screened, settled, stored

STUDY = "1.2"
AGREED, DISAGREED, UNSURE = ReviewState.AGREED, ReviewState.DISAGREED, ReviewState.IN_REVIEW


def said(store: Store, reader: str, state: ReviewState, screening_id: int = 1) -> None:
    store.add_review(STUDY, reader, state, "", NOW, screening_id=screening_id)


def settle(store: Store, answer: Answer = Answer.HEMORRHAGE, screening_id: int = 1) -> None:
    store.second_reads.settle(STUDY, screening_id, Settlement(answer, "", ("cleo",), NOW))


def fail(store: Store) -> None:
    """The screening that the study waits for gives no answer."""
    store.record(not_screened(STUDY), claimed(store), NOW)


def grow(store: Store) -> None:
    store.add_instances(STUDY, [stored("1.2.1.9")], NOW)
    store.queue(STUDY, NOW)


@pytest.fixture(params=[0, 1], ids=["first time", "after a failure"])
def waiting(store: Store, request: pytest.FixtureRequest) -> Store:
    """A flagged study that nobody read, and that waits to be screened again."""
    settled(store, STUDY, 0.9)
    for _ in range(request.param):
        store.screen_again(STUDY, NOW)
        fail(store)
    store.screen_again(STUDY, NOW)
    return store


def asked(store: Store, screening_id: int = 1) -> None:
    said(store, "anna", AGREED, screening_id)
    store.second_reads.ask(STUDY, screening_id, "anna", NOW)


def test_a_review_while_the_study_waits_to_be_screened_again_stands(waiting: Store) -> None:
    said(waiting, "anna", AGREED)
    fail(waiting)
    row = waiting.study(STUDY)
    assert (row.review, row.reader) == (AGREED, "anna")
    assert waiting.counts(NOW).unread == 0


@pytest.mark.parametrize("is_over", [False, True])
def test_a_second_reader_asked_for_while_the_study_waits_stays_blind(
    waiting: Store, is_over: bool
) -> None:
    asked(waiting)
    if is_over:
        fail(waiting)
    row = waiting.study(STUDY)
    assert (row.second_read, row.review, row.reader) == (SecondRead.WANTED, UNSURE, "anna")
    assert waiting.worklist(WorklistQuery(review=AGREED)).total == 0


def test_a_second_reader_asked_for_after_a_failed_screening_stays_blind(store: Store) -> None:
    settled(store, STUDY, 0.9)
    said(store, "anna", AGREED)
    store.screen_again(STUDY, NOW)
    fail(store)
    store.second_reads.ask(STUDY, 1, "anna", NOW)
    row = store.study(STUDY)
    assert (row.second_read, row.review) == (SecondRead.WANTED, UNSURE)


def test_a_disagreement_while_the_study_waits_is_settled_after_a_failed_screening(
    waiting: Store,
) -> None:
    asked(waiting)
    said(waiting, "ben", DISAGREED)
    fail(waiting)
    row = waiting.study(STUDY)
    assert (row.second_read, row.reader) == (SecondRead.TO_ADJUDICATE, "anna and ben")
    settle(waiting)
    assert waiting.study(STUDY).second_read is SecondRead.SETTLED


def test_what_is_settled_while_the_study_waits_stands(waiting: Store) -> None:
    asked(waiting)
    said(waiting, "ben", DISAGREED)
    settle(waiting)
    fail(waiting)
    row = waiting.study(STUDY)
    assert (row.second_read, row.review, row.reader) == (SecondRead.SETTLED, AGREED, "cleo")
    assert waiting.counts(NOW).to_adjudicate == 0


def test_a_second_answer_after_the_study_grew_leaves_it_unread(store: Store) -> None:
    settled(store, STUDY, 0.9)
    asked(store)
    grow(store)
    said(store, "ben", AGREED)
    row = store.study(STUDY)
    assert (row.review, row.second_read) == (ReviewState.UNREAD, SecondRead.NONE)


@pytest.mark.parametrize(("probability", "reviewed"), [(0.9, 1), (None, None)])
def test_a_page_left_open_does_not_mark_as_read_what_came_since(
    store: Store, probability: float | None, reviewed: int | None
) -> None:
    settled(store, STUDY, probability)
    grow(store)
    fail(store)
    for seen, review in ((1, ReviewState.UNREAD), (2, UNSURE)):
        store.add_review(STUDY, "anna", UNSURE, "", NOW, screening_id=reviewed, seen=seen)
        assert store.study(STUDY).review is review
    assert len(store.reviews(STUDY)) == 2


def test_a_second_answer_on_a_page_left_open_does_not_mark_as_read_what_came_since(
    store: Store,
) -> None:
    settled(store, STUDY, 0.9)
    asked(store)
    grow(store)
    fail(store)
    said(store, "ben", AGREED)
    assert store.counts(NOW).not_screened == 1
    reading = store.second_reads.of(1)
    assert reading is not None and reading.second == "ben"


def test_a_second_reader_asked_for_on_a_page_left_open_does_not_mark_as_read_what_came_since(
    store: Store,
) -> None:
    settled(store, STUDY, 0.9)
    said(store, "anna", AGREED)
    grow(store)
    fail(store)
    store.second_reads.ask(STUDY, 1, "anna", NOW)
    assert store.counts(NOW).not_screened == 1


def test_a_second_answer_counts_though_a_screening_of_the_same_images_failed_meanwhile(
    store: Store,
) -> None:
    settled(store, STUDY, 0.9)
    asked(store)
    store.screen_again(STUDY, NOW)
    fail(store)
    said(store, "ben", AGREED)
    assert store.study(STUDY).second_read is SecondRead.AGREEING


@pytest.mark.parametrize(
    ("is_read_twice", "review", "second_read"),
    [(True, AGREED, SecondRead.NONE), (False, UNSURE, SecondRead.WANTED)],
)
def test_a_study_that_grew_after_a_second_read_was_asked_for_can_be_read_again(
    store: Store, is_read_twice: bool, review: ReviewState, second_read: SecondRead
) -> None:
    settled(store, STUDY, 0.9)
    asked(store)
    if is_read_twice:
        said(store, "ben", DISAGREED)
    grow(store)
    fail(store)
    store.add_review(STUDY, "anna", AGREED, "", NOW, screening_id=1, seen=2)
    row = store.study(STUDY)
    assert (row.review, row.second_read, row.reader) == (review, second_read, "anna")


def test_what_is_settled_late_of_an_earlier_result_is_not_the_answer_to_the_newest(
    store: Store,
) -> None:
    settled(store, STUDY, 0.9)
    asked(store)
    said(store, "ben", DISAGREED)
    store.screen_again(STUDY, NOW)
    settled(store, STUDY, 0.8)
    asked(store, screening_id=2)
    said(store, "ben", DISAGREED, screening_id=2)
    settle(store, Answer.HEMORRHAGE, screening_id=2)
    settle(store, Answer.NO_HEMORRHAGE, screening_id=1)
    assert store.study(STUDY).answer is Answer.HEMORRHAGE
