"""What the case page says of a number: the nearest validation studies, rounded without pretence."""

from __future__ import annotations

import pytest

from ichdash.model.card import Bin, Figure
from ichdash.web.case import words
from tests.web.cards import PERFORMANCE


@pytest.mark.parametrize(
    ("probability", "predicted"), [(0.0, 0.1), (0.29, 0.1), (0.31, 0.5), (0.71, 0.9), (1.0, 0.9)]
)
def test_a_probability_is_told_by_the_bin_nearest_to_it(
    probability: float, predicted: float
) -> None:
    nearest = PERFORMANCE.scored_like(probability)
    assert nearest is not None
    assert nearest.predicted == predicted


def test_a_share_is_told_of_a_hundred_studies() -> None:
    seen = Bin(0.85, Figure(10 / 11, 0.6226, 0.9838), 11)
    assert words.scored_alike(seen) == (
        "Of 100 validation studies scored like this, about 91 had a hemorrhage"
    )


@pytest.mark.parametrize(
    ("low", "high", "interval"),
    [(0.6226, 0.9838, "62–99"), (0.07, 0.58, "7–58"), (0.0, 0.004, "0–1"), (0.996, 1.0, "99–100")],
)
def test_an_interval_is_rounded_outwards_and_never_to_certainty(
    low: float, high: float, interval: str
) -> None:
    seen = Bin(0.5, Figure((low + high) / 2, low, high), 1100)
    assert words.basis(seen) == f"1,100 studies, 95 % interval {interval}"


def test_one_study_is_called_a_study() -> None:
    assert words.basis(Bin(0.5, Figure(1.0, 0.2, 1.0), 1)) == "1 study, 95 % interval 20–100"


def test_a_bin_outside_its_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="a calibration bin is not in"):
        Bin(0.5, Figure(0.9, 0.2, 0.8), 11)
