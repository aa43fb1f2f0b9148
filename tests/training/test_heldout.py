"""Held-out scores beside the card: written, read back, and what figures are made of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ichdash.errors import InputError
from ichdash.training import calibration, heldout
from ichdash.training.cases import Case
from ichdash.training.heldout import Score
from ichdash.training.scoring import HeldOut
from tests.tiny_model import FINDINGS
from tests.training.scenes import flat_case

HEADER = "study_uid,fold,probability,flagged,logit_hemorrhage,logit_subdural,slice_logits\n"
SCORES = (
    Score("1.2", 0, 0.875, True, {"hemorrhage": 1.5, "subdural": -2.25}, (1.5, -0.25)),
    Score("1.3", 1, 0.125, False, {"hemorrhage": -3.0, "subdural": 0.5}),
)
CASES = tuple(flat_case(f"1.{n}", float(n % 2)) for n in range(8))
ALL = np.ones(8, np.bool_)
SCORED = tuple(
    HeldOut(
        case.study_uid,
        n // 4,
        np.array([n % 2 + n / 8, -n], np.float32),
        np.array([n, -n / 3], np.float32),
        1.0,
    )
    for n, case in enumerate(CASES)
)
"""Positive studies have the higher hemorrhage logits; subdural ones tell nothing."""


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return tmp_path / "own.json"


def test_scores_read_back_as_they_were_written(card: Path) -> None:
    heldout.save(card, SCORES)
    assert heldout.load(card) == {"1.2": SCORES[0], "1.3": SCORES[1]}


def test_scores_lie_beside_the_card_as_a_table(card: Path) -> None:
    heldout.save(card, SCORES)
    assert (card.parent / "own.heldout.csv").read_text(encoding="utf-8") == (
        f"{HEADER}1.2,0,0.8750,1,1.5000,-2.2500,1.50 -0.25\n1.3,1,0.1250,0,-3.0000,0.5000,\n"
    )


def test_without_a_file_there_are_no_scores(card: Path) -> None:
    assert heldout.load(card) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("study_uid,probability,flagged\n1.2,0.5,1\n", "'fold'"),
        (f"{HEADER}1.2,0,high,1,1.5,0\n", "could not convert string to float: 'high'"),
        (f"{HEADER}1.2,first,0.5,1,1.5,0\n", "invalid literal for int"),
    ],
    ids=["missing column", "word for a number", "word for a fold"],
)
def test_a_broken_file_is_told_by_name(card: Path, text: str, reason: str) -> None:
    heldout.path_beside(card).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as told:
        heldout.load(card)
    assert str(told.value).startswith("own.heldout.csv is not a table of held-out scores: ")
    assert reason in str(told.value)


def test_scores_are_calibrated_on_the_other_folds() -> None:
    scores = heldout.scores(CASES, FINDINGS, SCORED, ALL)
    truth = np.array([case.is_positive for case in CASES])
    logits = np.array([each.logits[0] for each in SCORED], np.float64)
    scaling = calibration.platt(logits[4:], truth[4:])
    assert [score.probability for score in scores[:4]] == pytest.approx(
        [scaling(logit) for logit in logits[:4]]
    )


def test_scores_name_their_study_fold_and_logits() -> None:
    last = heldout.scores(CASES, FINDINGS, SCORED, ALL)[-1]
    assert (last.study_uid, last.fold) == ("1.7", 1)
    assert last.logits == {"hemorrhage": 1.875, "subdural": -7.0}
    assert last.slices == (7.0, -2.33)


def test_scores_kept_before_slices_were_are_read(card: Path) -> None:
    text = HEADER.replace(",slice_logits", "") + "1.2,0,0.5,1,1.5,0\n"
    heldout.path_beside(card).write_text(text, encoding="utf-8")
    assert heldout.load(card)["1.2"].slices == ()


def performance(cases: tuple[Case, ...] = CASES) -> heldout.Performance:
    held = heldout.scores(cases, FINDINGS, SCORED, ALL)
    return heldout.performance(held, cases, ALL, 2)


@pytest.mark.usefixtures("few_resamples")
def test_performance_counts_the_studies() -> None:
    found = performance()
    assert (found.studies, found.positive_studies) == (8, 4)
    assert found.method.startswith("patient-wise 2-fold cross-validation")


@pytest.mark.usefixtures("few_resamples")
def test_performance_is_of_what_was_said_of_studies_held_out() -> None:
    figures = performance().figures
    flagged = [score.flagged for score in heldout.scores(CASES, FINDINGS, SCORED, ALL)]
    assert figures["auc"].value == 1.0
    assert figures["sensitivity"].value == sum(flagged[1::2]) / 4
    assert figures["specificity"].value == 1 - sum(flagged[::2]) / 4


@pytest.mark.usefixtures("few_resamples")
def test_findings_have_their_own_area() -> None:
    assert performance().finding_auc["subdural"].value == pytest.approx(6 / 16)


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("answer", [0.0, np.nan])
def test_a_finding_without_both_answers_has_no_area(answer: float) -> None:
    cases = [
        replace(case, targets=np.array([n % 2, answer], np.float32)) for n, case in enumerate(CASES)
    ]
    assert set(performance(tuple(cases)).finding_auc) == {"hemorrhage"}


@pytest.mark.usefixtures("few_resamples")
def test_single_slices_have_an_area_of_their_own() -> None:
    """The figures of whole studies do not change by them."""
    single = np.arange(8) % 4 > 1
    cases = [replace(c, hu=c.hu[:1]) if one else c for c, one in zip(CASES, single, strict=True)]
    scored = [
        replace(each, logits=-each.logits) if one else each
        for each, one in zip(SCORED, single, strict=True)
    ]
    is_whole = heldout.whole(cases, 2)
    assert is_whole.tolist() == (~single).tolist()
    held = heldout.scores(cases, FINDINGS, scored, is_whole)
    figures = heldout.performance(held, cases, is_whole, 2).figures
    assert figures["auc"].value == 1.0
    assert figures["auc_single"].value == 0.0
    assert "auc_single" not in performance().figures


@pytest.mark.usefixtures("few_resamples")
def test_effort_saved_is_the_share_of_labels_not_needed() -> None:
    assert performance().effort_saved == pytest.approx(1 - 8 / 48)  # six slices a study


def test_figures_rest_on_studies_of_several_slices_where_there_are_enough() -> None:
    single = [replace(case, hu=case.hu[:1]) for case in CASES]
    mixed = [*CASES[:4], *single[4:]]
    assert heldout.whole(mixed, 2).tolist() == [True] * 4 + [False] * 4
    assert heldout.whole(mixed, 3).all()
    assert heldout.whole(single, 2).all()
