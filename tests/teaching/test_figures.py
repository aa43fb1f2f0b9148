"""What answers are worth: with counts, with words where there are too few."""

from dataclasses import replace
from datetime import UTC, datetime

from ichdash.lessons import Answer, Spot
from ichdash.teaching.figures import Share, as_csv, by_case, figures

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
SICK = Answer(
    "q", "a", "Ann", 1, ("subdural",), 90, Spot(1, 1, 1), ("subdural",), True, 3.0, False, 20.0, NOW
)
WELL = replace(SICK, file_id="b", findings=(), confidence=10, truth=(), is_placed=False, spot=None)


def test_no_answers_have_no_figures() -> None:
    found = figures([])
    assert (found.answers, found.auc, found.median_s) == (0, None, None)


def test_an_area_is_told_from_three_of_each_on() -> None:
    assert figures([SICK, WELL] * 2).auc is None
    found = figures([SICK, WELL] * 3)
    assert found.auc is not None and found.auc.value == 1.0
    assert found.located == Share(3, 3) and found.median_s == 20.0


def test_a_subtype_may_be_seen_without_being_named() -> None:
    found = figures([replace(SICK, findings=("epidural",))])
    assert found.seen["subdural"] == Share(1, 1) and found.named["subdural"] == Share(0, 1)


def test_the_hardest_case_comes_first() -> None:
    assert list(by_case([SICK, replace(WELL, findings=("subdural",))])) == ["b", "a"]


def test_no_cell_of_the_csv_is_a_formula() -> None:
    told = as_csv([replace(SICK, learner="=cmd()")], {"q": "@quiz"}, {"a": "+title"})
    assert told.splitlines()[1].startswith("'=cmd(),'@quiz,'+title,no,subdural,subdural,90,yes")
