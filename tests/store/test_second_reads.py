"""Second reads: who is blind, what a disagreement leads to, and who may settle it."""

from __future__ import annotations

import pytest

from ichdash.errors import RefusedError
from ichdash.records import Answer, ReviewState, SecondRead, Settlement
from ichdash.store import Store, WorklistQuery
from tests.web.seeding import NOW, screened

STUDY = "1.2.840.1"
AGREED, DISAGREED, UNSURE = ReviewState.AGREED, ReviewState.DISAGREED, ReviewState.IN_REVIEW


def review(
    store: Store, reader: str, state: ReviewState, findings: dict[str, ReviewState] | None = None
) -> None:
    store.add_review(STUDY, reader, state, "", NOW, screening_id=1, findings=findings)


def asked(store: Store, state: ReviewState = AGREED) -> None:
    """A flagged study that `anna` read and wants to have read again."""
    screened(store, STUDY, 0.91)
    review(store, "anna", state, {"subdural": AGREED})
    store.second_reads.ask(STUDY, 1, "anna", NOW)


def final(*readers: str, answer: Answer = Answer.HEMORRHAGE) -> Settlement:
    return Settlement(answer, "thin, left", readers, NOW)


def test_a_second_read_keeps_the_first_answer_out_of_the_worklist(store: Store) -> None:
    asked(store)
    row = store.study(STUDY)
    assert (row.second_read, row.review, row.reader) == (SecondRead.WANTED, UNSURE, "anna")
    assert store.worklist(WorklistQuery(review=AGREED)).total == 0
    assert store.worklist(WorklistQuery(second_read=SecondRead.WANTED)).total == 1


def test_the_first_reader_who_revises_is_not_the_second(store: Store) -> None:
    asked(store)
    review(store, "anna", DISAGREED)
    assert store.study(STUDY).second_read is SecondRead.WANTED
    reading = store.second_reads.of(1)
    assert reading is not None and reading.second is None
    assert reading.is_blind("ben") and not reading.is_blind("anna")


def test_two_reads_that_agree_stand_with_both_names(store: Store) -> None:
    asked(store)
    review(store, "ben", AGREED)
    row = store.study(STUDY)
    assert (row.second_read, row.review) == (SecondRead.AGREEING, AGREED)
    assert row.reader == "anna and ben"


@pytest.mark.parametrize(
    ("state", "findings"), [(DISAGREED, {}), (UNSURE, {}), (AGREED, {"subdural": DISAGREED})]
)
def test_two_reads_that_differ_are_to_be_adjudicated(
    store: Store, state: ReviewState, findings: dict[str, ReviewState]
) -> None:
    asked(store)
    review(store, "ben", state, findings)
    assert store.study(STUDY).second_read is SecondRead.TO_ADJUDICATE
    assert store.counts(NOW).to_adjudicate == 1
    assert store.worklist(WorklistQuery(second_read=SecondRead.TO_ADJUDICATE)).total == 1
    review(store, "ben", AGREED)  # having seen the other's answer
    assert store.study(STUDY).second_read is SecondRead.TO_ADJUDICATE


@pytest.mark.parametrize("readers", [("cleo",), ("anna", "ben")])
def test_a_third_reader_or_both_together_settle_it(store: Store, readers: tuple[str, ...]) -> None:
    asked(store)
    review(store, "ben", DISAGREED)
    store.second_reads.settle(STUDY, 1, final(*readers, answer=Answer.NO_HEMORRHAGE))
    row, reading = store.study(STUDY), store.second_reads.of(1)
    assert (row.second_read, row.answer) == (SecondRead.SETTLED, Answer.NO_HEMORRHAGE)
    assert (row.review, row.reader) == (DISAGREED, " and ".join(readers))
    assert reading is not None
    assert reading.settlement == final(*readers, answer=Answer.NO_HEMORRHAGE)


def test_one_of_the_two_does_not_settle_it_alone(store: Store) -> None:
    asked(store)
    review(store, "ben", DISAGREED)
    with pytest.raises(RefusedError, match="ben is one of the two readers who disagree; a third"):
        store.second_reads.settle(STUDY, 1, final("ben"))


def test_what_is_settled_is_not_settled_again_by_a_page_left_open(store: Store) -> None:
    asked(store)
    review(store, "ben", DISAGREED)
    store.second_reads.settle(STUDY, 1, final("cleo"))
    with pytest.raises(RefusedError, match="cleo settled this result already: hemorrhage"):
        store.second_reads.settle(STUDY, 1, final("dora"))


def test_there_is_nothing_to_settle_before_two_disagree(store: Store) -> None:
    asked(store)
    with pytest.raises(RefusedError, match="no two reads that disagree"):
        store.second_reads.settle(STUDY, 1, final("cleo"))


def test_a_second_read_needs_a_first(store: Store) -> None:
    screened(store, STUDY, 0.91)
    with pytest.raises(RefusedError, match="ben has not reviewed this result, and a second read"):
        store.second_reads.ask(STUDY, 1, "ben", NOW)


def test_a_reader_who_had_read_it_before_is_not_independent(store: Store) -> None:
    screened(store, STUDY, 0.91)
    review(store, "ben", DISAGREED)
    review(store, "anna", AGREED)
    store.second_reads.ask(STUDY, 1, "anna", NOW)
    review(store, "ben", DISAGREED)
    assert store.study(STUDY).second_read is SecondRead.WANTED


@pytest.mark.parametrize("probability", [0.08, 0.95])
def test_a_disagreement_on_an_earlier_result_makes_the_study_unread_again(
    store: Store, probability: float
) -> None:
    asked(store)
    review(store, "ben", DISAGREED)
    store.screen_again(STUDY, NOW)
    screened(store, STUDY, probability)
    row = store.study(STUDY)
    assert (row.second_read, row.review) == (SecondRead.NONE, ReviewState.UNREAD)


@pytest.mark.parametrize("second", [AGREED, DISAGREED])
def test_a_review_of_a_newer_result_stands_alone(store: Store, second: ReviewState) -> None:
    asked(store)
    review(store, "ben", second)
    if second is DISAGREED:
        store.second_reads.settle(STUDY, 1, final("cleo", answer=Answer.NO_HEMORRHAGE))
    store.screen_again(STUDY, NOW)
    screened(store, STUDY, 0.95)
    store.add_review(STUDY, "dora", AGREED, "", NOW, screening_id=2)
    row = store.study(STUDY)
    assert (row.review, row.reader) == (AGREED, "dora")
    assert (row.second_read, row.answer) == (SecondRead.NONE, None)


def test_a_reader_revises_their_own_review_and_the_earlier_one_stays(store: Store) -> None:
    screened(store, STUDY, 0.91)
    for reader, state in (("anna", AGREED), ("ben", AGREED), ("anna", DISAGREED)):
        review(store, reader, state, {"subdural": state})
    told = [(r.reader, r.state, r.is_revised) for r in store.reviews(STUDY)]
    assert told == [
        ("anna", DISAGREED, False),
        ("ben", AGREED, False),
        ("anna", AGREED, True),
    ]
    assert store.reviews(STUDY)[0].findings == {"subdural": DISAGREED}
