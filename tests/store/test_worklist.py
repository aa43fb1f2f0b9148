"""The order is the message: what stands on top, what a filter leaves, and stepping through."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ichdash.domain import StudyAttributes
from ichdash.records import ReviewState, ScreeningState, StudyRow
from ichdash.store import Counts, Place, Sort, Store, WorklistQuery
from tests.samples import JANE, NOW, claimed, not_screened, queued, settled


def row(uid: str, **facts: object) -> StudyRow:
    """A study as it stands on the worklist; screened where it has a probability."""
    probability = facts.get("probability")
    base = StudyRow(
        study_uid=uid,
        attributes=JANE,
        source="upload",
        received_at=NOW,
        state=ScreeningState.QUEUED if probability is None else ScreeningState.SCREENED,
        reason="",
        series=1,
        instances=30,
        slices=30,
        screened_at=None,
        probability=None,
        flagged=None if probability is None else float(str(probability)) >= 0.5,
        model_id=None,
        review=ReviewState.UNREAD,
        reader=None,
    )
    return replace(base, **facts)


def order(store: Store, **query: object) -> list[str]:
    return [found.study_uid for found in store.worklist(WorklistQuery(**query)).rows]


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


NOT_SCREENED = {"state": ScreeningState.NOT_SCREENED, "reason": "One slice is missing."}


def test_triage_puts_flagged_then_not_screened_then_unseen_then_the_rest(store: Store) -> None:
    store.add_rows(
        [
            row("low", probability=0.01),
            row("waits"),
            row("arrives", state=ScreeningState.RECEIVED, received_at=ago(9)),
            row("broken", **NOT_SCREENED),
            row("high", probability=0.97),
            row("flagged", probability=0.6),
            row("almost", probability=0.49),
        ]
    )
    assert order(store) == ["high", "flagged", "broken", "arrives", "waits", "almost", "low"]


def test_stat_and_then_waiting_time_break_ties(store: Store) -> None:
    store.add_rows(
        [
            row("young", **NOT_SCREENED, received_at=ago(1)),
            row("old", **NOT_SCREENED, received_at=ago(5)),
            row("stat", **NOT_SCREENED, received_at=ago(0), is_stat=True),
            row("new", probability=0.9, received_at=ago(1)),
            row("stat flagged", probability=0.9, received_at=ago(0), is_stat=True),
        ]
    )
    assert order(store) == ["stat flagged", "new", "stat", "old", "young"]


def test_flagged_study_that_is_screened_again_keeps_its_place(store: Store) -> None:
    settled(store, "1.1", 0.9)
    settled(store, "1.2", 0.8)
    store.screen_again("1.1", NOW)
    assert order(store) == ["1.1", "1.2"]


def test_failed_second_screening_never_lowers_a_flagged_study(store: Store) -> None:
    settled(store, "1.1", 0.9)
    store.screen_again("1.1", NOW)
    store.record(not_screened("1.1"), claimed(store), NOW)
    settled(store, "1.2", 0.8)
    assert order(store) == ["1.1", "1.2"]
    assert store.study("1.1").state is ScreeningState.NOT_SCREENED


def test_old_low_probability_gives_no_order_among_studies_that_wait(store: Store) -> None:
    settled(store, "1.1", 0.4, NOW)
    queued(store, "1.2", ago(5))
    store.screen_again("1.1", NOW)
    assert order(store) == ["1.2", "1.1"]


def test_pages_tell_the_total_and_do_not_overlap(store: Store) -> None:
    store.add_rows(row(f"1.{i}", probability=i / 100) for i in range(60))
    pages = [store.worklist(WorklistQuery(page=page)) for page in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [25, 25, 10, 0]
    assert {page.total for page in pages} == {60}
    assert len({found.study_uid for page in pages for found in page.rows}) == 60


SMITH = StudyAttributes("50%_A", "SMITH, ÄNNE MARIE", "", "F", "B77", "CT Schädel", NOW)


@pytest.mark.parametrize(
    "text", ["smith", "änne smith", "SMITH^ÄNNE", "b77", "schädel", "50%", "%_a", "7.7"]
)
def test_search_finds_every_word_in_any_order_and_case(store: Store, text: str) -> None:
    store.add_rows([row("7.7", attributes=SMITH), row("8.8")])
    assert order(store, text=text) == ["7.7"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("04", ["1.2"]), ("head 04", ["1.2"]), ("1.2.04", ["1.2.04.1"]), ("1.2%", [])],
)
def test_a_uid_is_found_from_its_start_and_its_digits_hide_no_patient(
    store: Store, text: str, found: list[str]
) -> None:
    wanted = replace(SMITH, patient_name="HEAD 04")
    store.add_rows([row("1.2.04.1", attributes=SMITH), row("1.2", attributes=wanted)])
    assert order(store, text=text) == found


@pytest.mark.parametrize("text", ["smith jane", "b_7", "5%A", "\\", "'; DROP TABLE studies; --"])
def test_search_takes_wildcards_and_quotes_as_they_are(store: Store, text: str) -> None:
    store.add_rows([row("7.7", attributes=SMITH), row("8.8")])
    assert order(store, text=text) == []


def test_filters_narrow_together(store: Store) -> None:
    store.add_rows(
        [
            row("1", probability=0.9, received_at=ago(10)),
            row("2", probability=0.9, received_at=ago(90)),
            row("3", probability=0.9, review=ReviewState.AGREED, received_at=ago(10)),
            row("4", probability=0.1, received_at=ago(10)),
            row("5", **NOT_SCREENED),
        ]
    )
    assert order(store, flagged=True, review=ReviewState.UNREAD, received_since=ago(60)) == ["1"]
    assert order(store, received_until=ago(60)) == ["2"]
    assert order(store, flagged=False) == ["4"]
    states = (ScreeningState.NOT_SCREENED, ScreeningState.QUEUED)
    assert order(store, states=states) == ["5"]


ORDERS = {  # ascending, descending; a flagged study stands before a not flagged one in a tie
    Sort.TRIAGE: ("b none a", "a none b"),
    Sort.RECEIVED: ("a none b", "b none a"),
    Sort.ACQUIRED: ("a b none", "b a none"),
    Sort.PATIENT: ("a none b", "b none a"),
    Sort.ACCESSION: ("a none b", "b none a"),
    Sort.DESCRIPTION: ("b none a", "a b none"),
    Sort.PROBABILITY: ("a b none", "b a none"),
    Sort.SLICES: ("a b none", "b a none"),
    Sort.STATE: ("none b a", "b a none"),
    Sort.REVIEW: ("a b none", "b none a"),
}


@pytest.mark.parametrize("sort", Sort)
def test_every_column_sorts_both_ways_with_what_is_missing_last(store: Store, sort: Sort) -> None:
    def names(letter: str, acquired_at: datetime | None) -> StudyAttributes:
        return StudyAttributes("", letter, "", "", letter, letter.lower(), acquired_at)

    store.add_rows(
        [
            row(
                "a",
                attributes=replace(names("a", ago(9)), description="z"),
                probability=0.1,
                slices=5,
                received_at=ago(9),
                review=ReviewState.AGREED,
            ),
            row("b", attributes=names("C", NOW), probability=0.9, slices=6),
            row(
                "none",
                **NOT_SCREENED,
                attributes=replace(names("B", None), description="C"),
                slices=None,
                received_at=ago(5),
            ),
        ]
    )
    shown = [" ".join(order(store, sort=sort, descending=down)) for down in (False, True)]
    assert tuple(shown) == ORDERS[sort]


def test_counts_are_over_all_studies(store: Store) -> None:
    store.add_rows(
        [
            row("1", probability=0.9, received_at=ago(2)),
            row("2", probability=0.9, review=ReviewState.AGREED, received_at=ago(99)),
            row("3", **NOT_SCREENED),
            row("4"),
            row("5", state=ScreeningState.RECEIVED),
            row("6", state=ScreeningState.SCREENING),
        ]
    )
    assert store.counts(NOW) == Counts(
        total=6,
        unread=5,
        flagged=1,
        not_screened=1,
        waiting=2,
        screening=1,
        oldest_waiting_s=120.0,
    )


def test_counts_of_an_empty_store_are_zero(store: Store) -> None:
    assert store.counts(NOW) == Counts(0, 0, 0, 0, 0, 0, None)


def test_place_tells_the_neighbours_and_the_next_flagged(store: Store) -> None:
    store.add_rows(row(uid, probability=p) for uid, p in (("a", 0.9), ("b", 0.8), ("c", 0.1)))
    query = WorklistQuery()
    assert store.place("a", query) == Place(1, 3, None, "b", "b")
    assert store.place("b", query) == Place(2, 3, "a", "c", "a")
    assert store.place("c", query) == Place(3, 3, "b", None, "a")


def test_place_of_a_study_that_the_filters_leave_out_has_no_position(store: Store) -> None:
    store.add_rows([row("a", probability=0.9), row("c", probability=0.1)])
    assert store.place("c", WorklistQuery(flagged=True)) == Place(None, 1, None, "a", "a")


def test_next_flagged_skips_what_was_reviewed(store: Store) -> None:
    store.add_rows([row("a", probability=0.9), row("b", probability=0.8)])
    store.add_review("b", "reader", ReviewState.AGREED, "", NOW)
    assert store.place("a", WorklistQuery()).next_flagged is None
