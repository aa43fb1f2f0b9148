"""The acceptance test: only studies that are new to the model count, each figure has its limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ichdash.errors import InputError
from ichdash.model.card import ModelCard
from ichdash.training import acceptance, heldout, judging
from ichdash.training.acceptance import Acceptance, Check, calibration
from ichdash.training.acceptance_report import sentences, show
from ichdash.training.heldout import Score
from ichdash.training.limits import Limits
from tests.samples import write_head
from tests.tiny_model import write_model
from tests.training.judgements import FOUR, judged

pytestmark = pytest.mark.usefixtures("few_resamples")

ASKED = Limits({"sensitivity": 0.8, "specificity": 0.8}, None, None, None)
LABELS = "2.25.1001,1\n2.25.1002,0\n2.25.1003,0\n2.25.9,0\n"
"""Two studies with a model's answer, one that it was trained on, and one that is not there."""


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for number in (1, 2, 3):
        write_head(folder / str(number), number)
    return folder


def silent(stage: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


def accept(
    folder: Path, studies: Path, asked: Limits, labels: str = LABELS, trained_on: str = "2.25.1003"
) -> Acceptance:
    """With a detector that flags every study; held out it had flagged none."""
    card = write_model(folder, licence="non-commercial")
    found = ModelCard.load(card)
    replace(found, operating_point=replace(found.operating_point, threshold=0.0)).save(card)
    held = [
        Score(uid, 0, 0.1, False, {"hemorrhage": 0.0, "subdural": 0.0})
        for uid in trained_on.split()
    ]
    if held:
        heldout.save(card, held)
    path = folder / "labels.csv"
    path.write_text(f"study_uid,hemorrhage\n{labels}", encoding="utf-8")
    return acceptance.run(studies, path, card, asked, silent)


def test_studies_that_the_model_was_trained_on_do_not_count(tmp_path: Path, studies: Path) -> None:
    found = accept(tmp_path, studies, ASKED)
    assert (found.studies, found.positive_studies, found.trained_on) == (2, 1, 1)
    by_name = {check.name: check for check in found.checks}
    assert by_name["sensitivity"].value == 1.0
    assert by_name["specificity"].value == 0.0  # with its held-out score it would be 0.5
    assert [check.passed for check in found.checks] == [True, False]
    assert not found.passed


def test_a_study_that_could_not_be_screened_counts_as_failed(tmp_path: Path, studies: Path) -> None:
    asked = Limits({}, None, 0.3, 3)
    found = accept(tmp_path, studies, asked)
    assert found.not_screened == {"2.25.9": "not in the folder"}
    share, count = found.checks
    assert (share.name, share.value, share.limit, share.passed) == (
        "failed_share",
        pytest.approx(1 / 3),
        0.3,
        False,
    )
    assert share.low is not None and share.high is not None
    assert share.low < 1 / 3 < share.high
    assert count == Check("studies", 2, None, None, 3, False, False)


def test_one_that_the_model_was_trained_on_is_no_failure_either(
    tmp_path: Path, studies: Path
) -> None:
    found = accept(tmp_path, studies, Limits({}, None, 0.0, None), trained_on="2.25.9 2.25.1003")
    assert (found.not_screened, found.trained_on, found.passed) == ({}, 2, True)


def test_studies_that_are_all_known_to_the_model_are_refused(tmp_path: Path, studies: Path) -> None:
    with pytest.raises(InputError) as caught:
        accept(tmp_path, studies, ASKED, trained_on="2.25.1001 2.25.1002 2.25.1003")
    assert str(caught.value) == (
        "tiny-1 was trained on all 3 studies that could be screened: they cannot count. Nothing "
        "was accepted. Give studies that are new to it."
    )


def test_a_limit_that_these_studies_cannot_tell_is_refused_and_never_kept(
    tmp_path: Path, studies: Path
) -> None:
    asked = Limits({"auc": 0.5, "sensitivity": 0.5, "specificity": 0.5}, None, None, None)
    with pytest.raises(InputError) as caught:
        accept(tmp_path, studies, asked, labels="2.25.1001,0\n2.25.1002,0\n", trained_on="")
    assert str(caught.value) == (
        "auc cannot be measured without a study with hemorrhage; sensitivity cannot be measured "
        "without a study with hemorrhage. Nothing was accepted. Add such studies, new to tiny-1, "
        "or leave these limits out."
    )


def test_the_calibration_error_lies_in_its_interval() -> None:
    rng = np.random.default_rng(0)
    many = [judged(f"1.{i}", bool(rng.random() < 0.3), float(rng.random())) for i in range(60)]
    found = calibration(many)
    truth, probability = judging.truth(many), judging.probability(many)
    assert found.value == acceptance.metrics.calibration_error(truth, probability)
    assert 0 <= found.low < found.value < found.high <= 1


@pytest.mark.parametrize(("limit", "passed"), [(0.9, True), (0.1, False)])
def test_the_calibration_error_has_a_ceiling(limit: float, passed: bool) -> None:
    (check,) = acceptance._checks(Limits({}, limit, None, None), FOUR, failed=0)
    assert (check.name, check.is_ceiling, check.passed) == ("calibration_error", True, passed)


FOUND = Acceptance(
    model_id="own-1",
    restriction="",
    threshold=0.42,
    studies=40,
    positive_studies=12,
    trained_on=3,
    knows_training=True,
    not_screened={"1.9": "Only [CT] is screened."},
    checks=(
        Check("auc", 0.9, 0.8125, 0.9625, 0.85, False, True),
        Check("failed_share", 0.1, 0.03125, 0.25, 0.05, True, False),
        Check("studies", 40, None, None, 30, False, True),
    ),
)


def test_each_figure_stands_with_interval_limit_and_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show(FOUND, as_json=False)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "auc 0.900 0.812–0.963 at least 0.85 passed" in lines
    assert "failed_share 0.100 0.031–0.250 at most 0.05 FAILED" in lines
    assert "studies 40 at least 30 passed" in lines
    assert lines[-1] == "FAILED: failed_share."


def test_what_counted_is_told_in_sentences() -> None:
    assert list(sentences(FOUND))[:-1] == [
        "own-1 on 40 studies that are new to it, 12 with hemorrhage, at operating point 0.42.",
        "3 studies left out: the model was trained on them.",
        "Not screened: 1.9: Only [CT] is screened.",
    ]


def test_where_nobody_knows_what_the_model_was_trained_on_that_is_said() -> None:
    assert (
        "Beside the card lies no list of the studies that the model was trained on: you must "
        "know that none of these is among them."
    ) in list(sentences(replace(FOUND, trained_on=0, knows_training=False)))


def test_what_restricts_the_model_and_a_pass_are_told() -> None:
    passed = replace(FOUND, checks=FOUND.checks[:1], restriction="education only")
    assert list(sentences(passed))[-2:] == [
        "own-1: education only.",
        "PASSED: every limit was kept.",
    ]
