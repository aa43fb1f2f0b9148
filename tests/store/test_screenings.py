"""Outcomes: kept whole, in a history that only grows, and never a NaN."""

from dataclasses import replace

import numpy as np
import pytest

from ichdash.errors import NotFoundError, StoreError
from ichdash.records import ReviewState, ScreeningState
from ichdash.store import Store, WorklistQuery
from tests.samples import (
    NOW,
    POINT,
    claimed,
    not_screened,
    queued,
    screened,
    settled,
    stored,
    verdict,
)


def test_screened_outcome_comes_back_whole(store: Store) -> None:
    queued(store, "1.2")
    outcome = screened("1.2", 0.75)
    volume = replace(outcome.volume, warnings=("Slice spacing varies.",))
    recorded = store.record(replace(outcome, volume=volume), claimed(store), NOW)
    assert store.screenings("1.2") == (recorded,)
    assert (recorded.probability, recorded.operating_point) == (0.75, POINT)
    assert recorded.findings == {"hemorrhage": 0.75}
    assert recorded.slice_scores == (0.0, 0.375, 0.75)
    assert recorded.series == (verdict(),)
    assert (recorded.warnings, recorded.series_uid) == (("Slice spacing varies.",), "1.2.1")
    row = store.study("1.2")
    assert (row.state, row.flagged, row.slices) == (ScreeningState.SCREENED, True, 3)
    assert (row.screened_at, row.model_id) == (NOW, "constant")


def test_study_not_screened_shows_the_reason_and_no_probability(store: Store) -> None:
    settled(store, "1.2", None)
    row, screening = store.study("1.2"), store.screenings("1.2")[0]
    assert row.state is screening.state is ScreeningState.NOT_SCREENED
    assert row.reason == screening.reason == "Only CT is screened."
    assert (row.probability, row.flagged, screening.operating_point) == (None, None, None)
    assert screening.series == (verdict(used=False),)


def test_a_result_keeps_the_weights_that_made_it_and_what_restricts_them(store: Store) -> None:
    queued(store, "1.2")
    outcome = screened("1.2", 0.9)
    made = replace(outcome.prediction, model_sha256="4f1a", restriction="education only")
    recorded = store.record(replace(outcome, prediction=made), claimed(store), NOW)
    assert store.screenings("1.2") == (recorded,)
    assert (recorded.model_sha256, recorded.restriction) == ("4f1a", "education only")
    store.screen_again("1.2", NOW)
    store.record(not_screened("1.2"), claimed(store), NOW)  # the study still shows the result
    row = store.study("1.2")
    assert (row.model_sha256, row.restriction) == ("4f1a", "education only")
    store.screen_again("1.2", NOW)
    store.record(screened("1.2", 0.9), claimed(store), NOW)
    row = store.study("1.2")
    assert (row.model_sha256, row.restriction) == (None, "")


@pytest.mark.parametrize(
    ("probability", "review", "reader"),
    [(0.9, ReviewState.UNREAD, None), (0.2, ReviewState.AGREED, "reader")],
    ids=["the flag turned", "the same answer"],
)
def test_a_review_of_the_other_answer_leaves_the_study_unread(
    store: Store, probability: float, review: ReviewState, reader: str | None
) -> None:
    settled(store, "1.2", 0.1)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=1)
    store.screen_again("1.2", NOW)
    store.record(screened("1.2", probability), claimed(store), NOW)
    row = store.study("1.2")
    assert (row.review, row.reader) == (review, reader)
    assert len(store.reviews("1.2")) == 1


@pytest.mark.parametrize("probability", [0.95, 0.1])
def test_a_first_answer_leaves_a_study_unread_whatever_was_said_before_it(
    store: Store, probability: float
) -> None:
    settled(store, "1.1", 0.1)
    settled(store, "1.2", None)
    store.add_review("1.2", "reader", ReviewState.IN_REVIEW, "", NOW, seen=2)
    store.screen_again("1.2", NOW)
    store.record(screened("1.2", probability), claimed(store), NOW)
    row = store.study("1.2")
    assert (row.review, row.reader) == (ReviewState.UNREAD, None)
    is_flagged = probability > POINT.threshold
    assert store.counts(NOW).flagged == int(is_flagged)
    next_flagged = store.place("1.1", WorklistQuery()).next_flagged
    assert next_flagged == ("1.2" if is_flagged else None)


def test_a_screening_that_gives_no_answer_leaves_the_review_as_it_is(store: Store) -> None:
    settled(store, "1.2", 0.9)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=1)
    store.screen_again("1.2", NOW)
    store.record(not_screened("1.2"), claimed(store), NOW)
    row = store.study("1.2")
    assert (row.review, row.reader) == (ReviewState.AGREED, "reader")


def test_newer_screening_stands_on_top_and_the_older_stays(store: Store) -> None:
    settled(store, "1.2", 0.9)
    store.screen_again("1.2", NOW)
    store.record(screened("1.2", 0.1), claimed(store), NOW)
    assert [s.probability for s in store.screenings("1.2")] == [0.1, 0.9]
    assert store.study("1.2").flagged is False


def test_reason_goes_when_a_later_screening_works(store: Store) -> None:
    settled(store, "1.2", None)
    store.screen_again("1.2", NOW)
    store.record(screened("1.2", 0.1), claimed(store), NOW)
    assert store.study("1.2").reason == ""


def test_nan_is_refused_and_the_study_keeps_waiting(store: Store) -> None:
    queued(store, "1.2")
    claim = claimed(store)
    outcome = screened("1.2", 0.9)
    object.__setattr__(outcome.prediction, "probability", float("nan"))
    with pytest.raises(StoreError, match="CHECK constraint failed"):
        store.record(outcome, claim, NOW)
    assert store.study("1.2").state is ScreeningState.SCREENING


def test_nan_in_a_slice_score_is_refused(store: Store) -> None:
    queued(store, "1.2")
    outcome = screened("1.2", 0.9)
    object.__setattr__(outcome.prediction, "slice_scores", np.array([np.nan, 0, 0]))
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.record(outcome, claimed(store), NOW)


def test_last_review_shows_on_the_worklist_and_all_stay(store: Store) -> None:
    settled(store, "1.2", 0.9)
    store.add_review("1.2", "reader 1", ReviewState.AGREED, "", NOW, screening_id=1)
    second = store.add_review(
        "1.2", "reader 2", ReviewState.DISAGREED, "calcified", NOW, screening_id=1
    )
    assert [review.reader for review in store.reviews("1.2")] == ["reader 2", "reader 1"]
    assert store.reviews("1.2")[0] == second
    row = store.study("1.2")
    assert (row.review, row.reader) == (ReviewState.DISAGREED, "reader 2")


def test_review_of_a_result_that_a_newer_one_replaced_stays_in_the_history_only(
    store: Store,
) -> None:
    settled(store, "1.2", 0.08)
    store.add_instances("1.2", [stored("1.2.1.9")], NOW)
    store.queue("1.2", NOW)
    store.record(screened("1.2", 0.97), claimed(store), NOW)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=1)
    assert len(store.reviews("1.2")) == 1
    assert (store.study("1.2").review, store.study("1.2").reader) == (ReviewState.UNREAD, None)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=2)
    assert store.study("1.2").review is ReviewState.AGREED


def test_review_while_a_new_screening_is_pending_leaves_the_study_unread(store: Store) -> None:
    settled(store, "1.2", 0.08)
    store.add_instances("1.2", [stored("1.2.1.9")], NOW)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=1)
    assert store.study("1.2").review is ReviewState.UNREAD
    assert len(store.reviews("1.2")) == 1


def test_review_of_a_study_without_a_result_shows_until_there_is_one(store: Store) -> None:
    settled(store, "1.2", None)
    store.add_review("1.2", "reader", ReviewState.IN_REVIEW, "", NOW, seen=1)
    assert store.study("1.2").review is ReviewState.IN_REVIEW
    settled(store, "1.3", 0.9)
    store.add_review("1.3", "reader", ReviewState.IN_REVIEW, "", NOW, seen=2)
    assert store.study("1.3").review is ReviewState.UNREAD


def test_review_of_an_unknown_study_is_refused(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r"There is no study 1\.9 here"):
        store.add_review("1.9", "reader", ReviewState.AGREED, "", NOW)


def test_not_screened_keeps_no_used_slices(store: Store) -> None:
    queued(store, "1.2")
    store.record(not_screened("1.2"), claimed(store), NOW)
    assert store.study("1.2").slices is None


def test_what_limits_a_result_stands_with_the_study(store: Store) -> None:
    queued(store, "1.2")
    part = replace(
        screened("1.2", 0.1).volume, warnings=("The series covers only 30 mm of the head.",)
    )
    outcome = replace(screened("1.2", 0.1), volume=part)
    store.record(outcome, claimed(store), NOW)
    assert store.study("1.2").reason == "The series covers only 30 mm of the head."
