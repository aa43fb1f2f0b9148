"""Slices of studies with hemorrhage against slice labels."""

import numpy as np
import pytest

from ichdash.training import metrics, slice_figures
from ichdash.training.metrics import BoolArray, ScoreArray

pytestmark = pytest.mark.usefixtures("few_resamples")


def study(truth: list[int], scores: list[float]) -> tuple[BoolArray, ScoreArray]:
    return np.array(truth, bool), np.array(scores)


def test_slices_are_ranked_over_all_studies() -> None:
    """Five of six pairs of a slice with and one without are in order."""
    studies = [study([0, 1, 0], [0.1, 0.9, 0.2]), study([1, 0], [0.15, 0.05])]
    found = slice_figures.figures(studies)
    assert found["auc_of_slices"].value == pytest.approx(5 / 6)
    assert found["auc_of_slices"].low <= 5 / 6 <= found["auc_of_slices"].high


def test_where_all_slices_are_in_order_the_interval_is_that_of_as_many_studies() -> None:
    found = slice_figures.figures([study([0, 1], [0.1, 0.9])] * 5)
    assert found["auc_of_slices"] == metrics.proportion(5, 5)


def test_the_highest_slice_is_right_or_wrong() -> None:
    studies = [study([0, 1, 0], [0.1, 0.9, 0.2]), study([1, 0], [0.1, 0.3])]
    assert slice_figures.figures(studies)["highest_slice_right"].value == 0.5


def test_studies_with_slices_of_one_kind_do_not_count() -> None:
    studies = [study([0, 1], [0.1, 0.9]), study([0, 0], [0.95, 0.2]), study([1, 1], [0.0, 0.0])]
    found = slice_figures.figures(studies)
    assert (found["auc_of_slices"].value, found["highest_slice_right"].value) == (1, 1)


@pytest.mark.parametrize("studies", [[], [study([0], [0.5])], [study([1], [0.9])]])
def test_where_there_is_nothing_to_tell_apart_there_are_no_figures(
    studies: list[tuple[BoolArray, ScoreArray]],
) -> None:
    assert slice_figures.figures(studies) == {}
