"""Figures of merit with 95 % intervals.

Wilson's for proportions, Newcombe's for areas under the ROC curve, bootstrap by study for the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    roc_auc_score,
    roc_curve,
)

from ichdash.model.card import Bin, Figure

RESAMPLES = 2000
BINS = 5
TINY = 1e-9  # keeps a limit of an area from the area itself where that is 0 or 1

BoolArray = npt.NDArray[np.bool_]
ScoreArray = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """How much one figure exceeds another, with its 95 % interval, in [-1, 1]."""

    value: float
    low: float
    high: float


def proportion(hits: int, total: int) -> Figure:
    """A share with its Wilson interval; 0 of 0 is unknown: 0, from 0 to 1."""
    if total == 0:
        return Figure(0.0, 0.0, 1.0)
    interval = stats.binomtest(hits, total).proportion_ci(0.95, method="wilson")
    return Figure(hits / total, float(interval.low), float(interval.high))


def auc(truth: BoolArray, scores: ScoreArray) -> Figure:
    """Area under the ROC curve of (studies,) with Newcombe's interval."""
    area = float(roc_auc_score(truth, scores))
    return Figure(area, *_area_interval(area, int(truth.sum()), int((~truth).sum())))


def _area_interval(area: float, positive: int, negative: int) -> tuple[float, float]:
    """95 % interval of an area under the ROC curve, which keeps its width at 0 and 1.

    Newcombe, Stat Med 2006; 25: 559–573, method 5: as Wilson's for a share, the limits are where
    the area is 1.96 standard errors away, by Hanley and McNeil's variance at the limit itself.
    """
    others = (positive + negative) / 2 - 1

    def excess(limit: float) -> float:
        clustering = 1 + others * ((1 - limit) / (2 - limit) + limit / (1 + limit))
        variance = limit * (1 - limit) * clustering / (positive * negative)
        return (area - limit) ** 2 - stats.norm.ppf(0.975) ** 2 * variance

    low = optimize.brentq(excess, 0, min(area, 1 - TINY)) if area > 0 else 0.0
    high = optimize.brentq(excess, max(area, TINY), 1) if area < 1 else 1.0
    return float(low), float(high)


def sensitivity_at(truth: BoolArray, scores: ScoreArray, specificity: float) -> Figure:
    """Sensitivity of (studies,) at the lowest cut with at least this specificity.

    The cut comes from these studies: a point of their ROC curve, not an operating point.
    """
    negative = np.sort(scores[~truth])
    cut = negative[math.ceil(specificity * len(negative)) - 1]
    return proportion(int((scores[truth] > cut).sum()), int(truth.sum()))


def average_precision(truth: BoolArray, scores: ScoreArray, seed: int = 0) -> Figure:
    """Area under the precision-recall curve as a sum of steps, resampling either class."""
    values = [
        average_precision_score(truth[drawn], scores[drawn]) for drawn in _resamples(truth, seed)
    ]
    value = float(average_precision_score(truth, scores))
    return resampled(value, values, int(truth.sum()))


def resampled(value: float, values: Sequence[float], count: int) -> Figure:
    """A figure with its interval from its `values` of resamples.

    Where all is right, resampling shows no spread: the lower limit is then Wilson's for as many of
    what it `count`s, all of them right.
    """
    low, high = np.percentile(values, (2.5, 97.5))
    if value == 1:
        low = proportion(count, count).low
    return Figure(value, float(low), float(high))


def auc_difference(
    truth: BoolArray, scores: ScoreArray, others: ScoreArray, seed: int = 0
) -> Difference:
    """AUC of `scores` minus that of `others`, both on the same (studies,) in every resample."""

    def difference(drawn: IndexArray | slice) -> float:
        known = truth[drawn]
        return float(roc_auc_score(known, scores[drawn]) - roc_auc_score(known, others[drawn]))

    values = [difference(drawn) for drawn in _resamples(truth, seed)]
    low, high = np.percentile(values, (2.5, 97.5))
    return Difference(difference(slice(None)), float(low), float(high))


def _resamples(truth: BoolArray, seed: int) -> Iterator[IndexArray]:
    """Studies drawn with replacement, as many of either class as there are."""
    rng = np.random.default_rng(seed)
    groups = np.flatnonzero(truth), np.flatnonzero(~truth)
    for _ in range(RESAMPLES):
        yield np.concatenate([rng.choice(group, len(group)) for group in groups])


def f1(truth: BoolArray, flagged: BoolArray, seed: int = 0) -> Figure:
    """F1 of (studies,), its interval from resampling studies."""
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(truth), size=len(truth)) for _ in range(RESAMPLES))
    values = [f1_score(truth[drawn], flagged[drawn], zero_division=0.0) for drawn in draws]
    value = float(f1_score(truth, flagged, zero_division=0.0))
    return resampled(value, values, int(truth.sum()))


def figures(truth: BoolArray, scores: ScoreArray, flagged: BoolArray) -> dict[str, Figure]:
    """The table of figures of (studies,): AUC of the scores, the others of what was flagged."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    table = {
        "sensitivity": proportion(int((flagged & truth).sum()), positive),
        "specificity": proportion(int((~flagged & ~truth).sum()), negative),
        "accuracy": proportion(int((flagged == truth).sum()), len(truth)),
        "f1": f1(truth, flagged),
    }
    return {"auc": auc(truth, scores), **table} if positive and negative else table


def roc(truth: BoolArray, scores: ScoreArray) -> tuple[tuple[float, float], ...]:
    """Points (1 - specificity, sensitivity) of the ROC curve, rising."""
    false_alarms, sensitivity, _ = roc_curve(truth, scores)
    return tuple(zip(false_alarms.tolist(), sensitivity.tolist(), strict=True))


def calibration(truth: BoolArray, probability: ScoreArray) -> tuple[Bin, ...]:
    """Bins of equal mass: mean predicted probability and the share with a hemorrhage."""
    return tuple(
        Bin(
            float(probability[part].mean()),
            proportion(int(truth[part].sum()), len(part)),
            len(part),
        )
        for part in _bins(probability, BINS)
    )


def calibration_error(truth: BoolArray, probability: ScoreArray, bins: int = 10) -> float:
    """Expected calibration error over bins of equal mass."""
    parts = _bins(probability, bins)
    gaps = [abs(probability[part].mean() - truth[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(truth))


def error_by_chance(probability: ScoreArray, bins: int = 10, seed: int = 0) -> float:
    """The calibration error that perfect probabilities show on average where studies are as few:
    the truth is drawn from them."""
    rng = np.random.default_rng(seed)
    truths = rng.random((RESAMPLES, len(probability))) < probability
    return float(np.mean([calibration_error(truth, probability, bins) for truth in truths]))


def brier_score(truth: BoolArray, probability: ScoreArray) -> float:
    """Mean squared distance of the probability from the truth: 0 is best, always saying 0.5 gives
    0.25."""
    return float(brier_score_loss(truth, probability, pos_label=True))


def _bins(probability: ScoreArray, count: int) -> list[IndexArray]:
    """Which studies are in each of `count` bins of equal mass, from low to high; none empty."""
    return [part for part in np.array_split(np.argsort(probability), count) if len(part)]
