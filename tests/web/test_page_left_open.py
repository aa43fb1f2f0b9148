"""A review on the case page of a study that grew since: it counts for what the page showed."""

from __future__ import annotations

from ichdash.records import ReviewState
from ichdash.store import Store
from tests.samples import stored
from tests.web import seeding
from tests.web.test_case_page import STUDY, open_case, press, store

__all__ = ["store"]  # the fixture


def grow(store: Store) -> None:
    """More of a screened study arrives, and all of it cannot be screened."""
    store.add_instances(STUDY, [stored("1.2.840.1.9")], seeding.NOW)
    seeding.not_screened(store, STUDY, "Slice spacing jumps. Not screened.")


def test_a_page_that_shows_what_came_marks_the_study_as_read(store: Store) -> None:
    seeding.screened(store, STUDY, 0.08)
    grow(store)
    press(open_case(), ReviewState.AGREED, screening_id=2).run()
    (review,) = store.reviews(STUDY)
    assert (review.screening_id, store.study(STUDY).review) == (1, ReviewState.AGREED)


def test_what_was_pressed_before_more_came_does_not_mark_the_study_as_read(store: Store) -> None:
    seeding.screened(store, STUDY, 0.08)
    at = open_case()
    press(at, ReviewState.AGREED)
    grow(store)
    at.run()
    assert not at.exception
    assert store.counts(seeding.NOW).not_screened == 1
