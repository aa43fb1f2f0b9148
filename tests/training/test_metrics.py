"""Figures of merit against values worked out by hand or taken from the literature."""

import numpy as np
import pytest

from ichdash.model.card import Figure
from ichdash.training import metrics

TRUTH = np.array([0, 0, 1, 1], bool)
SCORES = np.array([0.1, 0.4, 0.35, 0.8])

pytestmark = pytest.mark.usefixtures("few_resamples")


def rounded(figure: Figure) -> tuple[float, float, float]:
    return round(figure.value, 3), round(figure.low, 3), round(figure.high, 3)


@pytest.mark.parametrize(
    ("hits", "total", "wanted"),
    [
        (81, 263, (0.308, 0.255, 0.366)),  # Newcombe, Stat Med 1998, table I
        (15, 148, (0.101, 0.062, 0.160)),
        (0, 20, (0.0, 0.0, 0.161)),
        (1, 29, (0.034, 0.006, 0.172)),
        (29, 29, (1.0, 0.883, 1.0)),
    ],
)
def test_a_share_has_its_wilson_interval(
    hits: int, total: int, wanted: tuple[float, float, float]
) -> None:
    assert rounded(metrics.proportion(hits, total)) == wanted


def test_a_share_of_nothing_is_unknown() -> None:
    assert metrics.proportion(0, 0) == Figure(0.0, 0.0, 1.0)


def test_a_share_always_lies_in_its_interval() -> None:
    figures = [
        metrics.proportion(hits, total) for total in range(1, 60) for hits in range(total + 1)
    ]
    assert all(0 <= each.low <= each.value <= each.high <= 1 for each in figures)


def test_area_under_the_curve_is_the_share_of_pairs_in_order() -> None:
    assert metrics.auc(TRUTH, SCORES).value == 0.75


def test_equal_scores_count_half() -> None:
    assert metrics.auc(TRUTH, np.full(4, 0.3)).value == 0.5


def test_of_one_study_of_either_kind_the_interval_is_wilsons_of_a_single_one() -> None:
    """Without other pairs that share a study Newcombe's equation is Wilson's."""
    truth = np.array([False, True])
    right, equal, wrong = (metrics.auc(truth, np.array([0.5, score])) for score in (0.9, 0.5, 0.1))
    assert rounded(right) == rounded(metrics.proportion(1, 1)) == (1.0, 0.207, 1.0)
    assert rounded(equal) == (0.5, 0.055, 0.945)
    assert rounded(wrong) == rounded(metrics.proportion(0, 1)) == (0.0, 0.0, 0.793)


def test_a_perfect_order_of_few_studies_is_still_uncertain() -> None:
    found = metrics.auc(TRUTH, np.array([0.1, 0.2, 0.3, 0.4]))
    assert (found.value, found.high) == (1, 1)
    assert 0.3 < found.low < 0.5


def test_the_interval_of_the_area_is_as_wide_as_theory_says() -> None:
    truth = np.arange(200) % 2 == 0
    found = metrics.auc(truth, np.random.default_rng(0).normal(truth.astype(float), 1))
    error = 0.036  # Hanley and McNeil, Radiology 1982, for this area and 100 of each class
    assert found.value - found.low == pytest.approx(1.96 * error, abs=0.02)
    assert found.high - found.value == pytest.approx(1.96 * error, abs=0.02)


@pytest.mark.parametrize(
    ("specificity", "found"),
    [(1.0, 1), (0.75, 2), (0.5, 3), (0.51, 2)],
)
def test_sensitivity_at_a_specificity_counts_what_stands_above_so_many_negatives(
    specificity: float, found: int
) -> None:
    """Negatives at 1, 3, 5 and 7, positives at 4, 6 and 8: at 0.51 one false alarm may stand."""
    truth = np.array([0, 1, 0, 0, 1, 0, 1], bool)
    scores = np.array([1.0, 4, 3, 5, 6, 7, 8])
    assert metrics.sensitivity_at(truth, scores, specificity) == metrics.proportion(found, 3)


def test_positives_equal_to_the_cut_are_not_found() -> None:
    assert metrics.sensitivity_at(TRUTH, np.full(4, 0.5), 0.5).value == 0


def test_f1_is_the_harmonic_mean() -> None:
    truth, flagged = np.array([1, 1, 1, 0, 0], bool), np.array([1, 1, 0, 1, 0], bool)
    assert metrics.f1(truth, flagged).value == pytest.approx(2 / 3)


def test_f1_where_nothing_is_flagged_or_there_is_zero() -> None:
    assert metrics.f1(np.zeros(4, bool), np.zeros(4, bool)) == Figure(0.0, 0.0, 0.0)


@pytest.mark.parametrize("studies", [12, 120])
def test_where_all_is_right_few_studies_are_still_uncertain(studies: int) -> None:
    """As many as there are with hemorrhage, all of them right, by Wilson."""
    truth = np.arange(studies) % 2 == 0
    low = metrics.proportion(studies // 2, studies // 2).low
    wanted = Figure(1.0, low, 1.0)
    assert metrics.f1(truth, truth) == wanted
    assert metrics.average_precision(truth, truth.astype(float)) == wanted


@pytest.fixture
def table() -> dict[str, Figure]:
    """Of 4 studies with and 6 without a hemorrhage: 3 found, 1 false alarm."""
    truth = np.array([1] * 4 + [0] * 6, bool)
    flagged = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0, 0], bool)
    return metrics.figures(truth, flagged.astype(float), flagged)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sensitivity", 3 / 4),
        ("specificity", 5 / 6),
        ("accuracy", 8 / 10),
        ("f1", 3 / 4),
        ("auc", (3 / 4 + 5 / 6) / 2),
    ],
)
def test_figures_come_from_what_was_flagged(
    table: dict[str, Figure], name: str, value: float
) -> None:
    assert table[name].value == pytest.approx(value)


@pytest.mark.parametrize("answer", [True, False])
def test_of_one_class_alone_there_is_no_area(answer: bool) -> None:
    found = metrics.figures(np.full(4, answer), SCORES, SCORES > 0.3)
    assert set(found) == {"sensitivity", "specificity", "accuracy", "f1"}


def test_the_curve_rises_from_none_to_all() -> None:
    points = metrics.roc(TRUTH, SCORES)
    assert (points[0], points[-1]) == ((0.0, 0.0), (1.0, 1.0))
    assert np.all(np.diff(points, axis=0) >= 0)
    assert (0.5, 1.0) in points


def test_calibration_bins_hold_equally_many_from_low_to_high() -> None:
    probability = np.linspace(0.05, 0.95, 10)
    bins = metrics.calibration(np.arange(10) >= 5, probability)
    assert [each.studies for each in bins] == [2] * 5
    assert [each.predicted for each in bins] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert [each.observed.value for each in bins] == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_few_studies_make_fewer_bins() -> None:
    assert [each.studies for each in metrics.calibration(TRUTH[:3], SCORES[:3])] == [1, 1, 1]


def test_a_perfect_forecaster_has_no_calibration_error() -> None:
    probability = np.repeat(np.arange(10) / 10, 10)
    truth = np.tile(np.arange(10), 10) < np.repeat(np.arange(10), 10)
    assert metrics.calibration_error(truth, probability) == pytest.approx(0)


def test_a_constant_forecaster_errs_by_its_distance_from_the_share() -> None:
    truth = np.arange(100) % 5 == 0
    assert metrics.calibration_error(truth, np.full(100, 1.0)) == pytest.approx(0.8)


def test_an_overconfident_forecaster_errs_by_its_excess() -> None:
    truth = np.tile([True, False, False, True], 25)
    probability = np.repeat([0.1, 0.9], 50)  # half of either are hemorrhages
    assert metrics.calibration_error(truth, probability, bins=2) == pytest.approx(0.4)


def test_few_studies_err_by_chance_and_many_hardly() -> None:
    certain = np.repeat([0.0, 1.0], 50)
    assert metrics.error_by_chance(certain) == 0
    # one study a bin at 0.5: always off by 0.5
    assert metrics.error_by_chance(np.full(10, 0.5)) == pytest.approx(0.5)
    assert metrics.error_by_chance(np.full(2000, 0.5)) < 0.05


def test_the_brier_score_is_the_mean_squared_distance() -> None:
    truth = np.array([True, False, True, True])
    assert metrics.brier_score(truth, np.array([1.0, 0.0, 0.5, 0.0])) == pytest.approx(1.25 / 4)
    assert metrics.brier_score(np.array([True, True]), np.array([1.0, 1.0])) == 0


def test_average_precision_is_the_precision_at_each_study_found() -> None:
    """Ranked 1, 0, 1, 0: the first is found at a precision of 1, the second at 2 of 3."""
    found = metrics.average_precision(TRUTH, SCORES)
    assert found.value == pytest.approx((1 + 2 / 3) / 2)
    assert found.low < found.value <= found.high


def test_average_precision_has_the_same_resamples_with_the_same_seed() -> None:
    assert metrics.average_precision(TRUTH, SCORES, 3) == metrics.average_precision(
        TRUTH, SCORES, 3
    )


def test_one_score_is_better_by_the_difference_of_the_areas() -> None:
    found = metrics.auc_difference(TRUTH, np.array([0.1, 0.2, 0.3, 0.4]), SCORES)
    assert found.value == 0.25
    assert found.low <= 0.25 <= found.high


def test_the_worse_of_two_scores_has_a_difference_below_zero() -> None:
    assert metrics.auc_difference(TRUTH, SCORES, np.array([0.1, 0.2, 0.3, 0.4])).value == -0.25


def test_a_paired_difference_is_narrower_than_two_intervals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metrics, "RESAMPLES", 100)
    rng = np.random.default_rng(0)
    truth = np.arange(100) % 2 == 0
    scores = rng.normal(truth.astype(float), 1)
    found = metrics.auc_difference(truth, scores, scores + rng.normal(0, 0.1, 100))
    alone = metrics.auc(truth, scores)
    assert found.high - found.low < (alone.high - alone.low) / 2
