"""From logits to probabilities and a cut, without a study's own label."""

import numpy as np
import pytest

from ichdash.training import calibration

TRUTH = np.array([0, 0, 0, 1, 0, 1, 1, 1], bool)
LOGITS = np.array([-3.0, -2.0, -1.0, -0.5, 0.0, 1.0, 2.0, 3.0])


def test_calibration_keeps_the_order() -> None:
    scaling = calibration.platt(LOGITS, TRUTH)
    assert np.all(np.diff([scaling(logit) for logit in LOGITS]) > 0)


def test_calibration_of_a_useless_score_stays_near_the_share_of_hemorrhages() -> None:
    truth = np.tile([True, False, False, False], 50)
    scaling = calibration.platt(np.tile([0.0, 0.0, 1.0, -1.0], 50), truth)
    assert [scaling(logit) for logit in (-1.0, 0.0, 1.0)] == pytest.approx([0.25] * 3, abs=0.03)


def test_calibration_is_in_the_units_of_the_logits() -> None:
    plain, stretched = calibration.platt(LOGITS, TRUTH), calibration.platt(10 * LOGITS, TRUTH)
    assert stretched(15.0) == pytest.approx(plain(1.5))


def test_an_unlucky_sample_does_not_turn_the_score_upside_down() -> None:
    assert calibration.platt(LOGITS, ~TRUTH).slope == calibration.SMALLEST_SLOPE


def test_a_score_that_tells_nothing_keeps_the_share_of_hemorrhage() -> None:
    """Logits far from 0, weakly turned around."""
    logits = -5 + LOGITS
    scaling = calibration.platt(logits, ~TRUTH)
    mean = np.mean([scaling(logit) for logit in logits])
    assert mean == pytest.approx((~TRUTH).mean(), abs=1e-6)


def test_equal_logits_can_be_calibrated() -> None:
    assert 0.3 < calibration.platt(np.zeros(8), TRUTH)(0.0) < 0.7


@pytest.mark.parametrize(("answer", "probability"), [(True, 9 / 10), (False, 1 / 10)])
def test_of_one_class_alone_the_rule_of_succession_is_said(
    answer: bool, probability: float
) -> None:
    scaling = calibration.platt(LOGITS, np.full(8, answer))
    assert [scaling(logit) for logit in (-9.0, 9.0)] == pytest.approx([probability] * 2)


def test_threshold_lies_halfway_between_the_classes() -> None:
    cut = calibration.threshold(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1], bool))
    assert cut == pytest.approx(0.5)


def test_threshold_lets_one_in_five_studies_without_hemorrhage_pass_and_no_more() -> None:
    probability = np.array([0.1, 0.2, 0.3, 0.4, 0.45, 0.7, 0.5, 0.6])
    truth = np.array([0, 0, 0, 0, 1, 0, 1, 1], bool)
    flagged = probability >= calibration.threshold(probability, truth)
    assert flagged.tolist() == [False] * 4 + [True] * 4


def test_threshold_without_a_negative_study_is_the_middle() -> None:
    assert calibration.threshold(np.array([0.2, 0.9]), np.array([1, 1], bool)) == 0.5


def test_threshold_of_reversed_scores_flags_none_of_them() -> None:
    probability = np.array([0.1, 0.2, 0.8, 0.9])
    cut = calibration.threshold(probability, np.array([1, 1, 0, 0], bool))
    assert probability.max() < cut <= 1


FOLD = np.array([0, 1, 0, 1, 0, 1, 0, 1])
ALL = np.ones(8, np.bool_)


def test_a_label_does_not_change_what_is_said_of_its_own_fold() -> None:
    other = TRUTH.copy()
    other[2] = True  # in fold 0
    (first, flagged), (second, flagged_then) = (
        calibration.nested(LOGITS, truth, FOLD, ALL) for truth in (TRUTH, other)
    )
    held = FOLD == 0
    np.testing.assert_array_equal(first[held], second[held])
    np.testing.assert_array_equal(flagged[held], flagged_then[held])
    assert np.all(first[~held] != second[~held])


def test_what_is_said_of_a_fold_is_calibrated_on_the_others() -> None:
    probability, _ = calibration.nested(LOGITS, TRUTH, FOLD, ALL)
    scaling = calibration.platt(LOGITS[FOLD == 1], TRUTH[FOLD == 1])
    assert probability[FOLD == 0] == pytest.approx([scaling(each) for each in LOGITS[FOLD == 0]])


def test_what_is_flagged_in_a_fold_is_cut_on_the_others() -> None:
    """Fold 1 alone would be cut at another place."""
    logits = np.array([-2.0, -1.0, 1.0, 2.0, -2.0, -1.0, 1.0, 2.0])
    truth = np.array([0, 0, 1, 1, 0, 1, 1, 1], bool)
    fold = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    _, flagged = calibration.nested(logits, truth, fold, np.ones(len(fold), bool))
    assert flagged[fold == 1].tolist() == [False, False, True, True]
    assert flagged[fold == 0].tolist() == [False, True, True, True]


def test_calibration_rests_on_studies_that_tell_and_speaks_of_all() -> None:
    telling = np.arange(8) < 6
    other = np.where(telling, LOGITS, LOGITS + 50)
    first, _ = calibration.nested(LOGITS, TRUTH, FOLD, telling)
    then, _ = calibration.nested(other, TRUTH, FOLD, telling)
    np.testing.assert_allclose(first[telling], then[telling])
    assert (then[~telling] > first[~telling]).any()


def test_a_finding_is_calibrated_by_what_tells_or_by_all_where_that_knows_one_answer() -> None:
    targets = TRUTH.astype(np.float32)
    telling = np.arange(8) < 6
    assert calibration.of_finding(LOGITS, targets, telling) == calibration.platt(
        LOGITS[:6], TRUTH[:6]
    )
    one_answer = np.where(telling, np.nan, targets).astype(np.float32)
    one_answer[0] = 0
    known = ~np.isnan(one_answer)
    assert calibration.of_finding(LOGITS, one_answer, telling) == calibration.platt(
        LOGITS[known], one_answer[known] == 1
    )
