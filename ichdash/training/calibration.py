"""From logits of held-out studies to calibrated probabilities and an operating point.

Platt scaling and the threshold are fitted on studies that the network had not seen. For the
figures in the card they are fitted once more for each fold, without the studies of that fold.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression

from ichdash.model.card import Calibration

SMALLEST_SLOPE = 0.05
"""Few or unlucky studies must not turn a score upside down."""

LEAST_SPECIFICITY = 0.8
"""On a worklist a false alarm costs a look at a study out of turn, a missed bleed far more."""

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def platt(logits: FloatArray, truth: BoolArray) -> Calibration:
    """Platt scaling of (studies,) logits, lightly regularised; constant where one class lacks."""
    if truth.all() or not truth.any():
        share = (truth.sum() + 1) / (len(truth) + 2)  # Laplace's rule of succession
        return Calibration(0.0, float(np.log(share / (1 - share))))
    scale = float(logits.std()) or 1.0
    fitted = LogisticRegression(C=3.0).fit(logits[:, None] / scale, truth)
    slope = float(fitted.coef_[0, 0]) / scale
    if slope >= SMALLEST_SLOPE:
        return Calibration(slope, float(fitted.intercept_[0]))
    return _through_the_mean(SMALLEST_SLOPE, logits, float(truth.mean()))


def of_finding(
    logits: FloatArray, targets: npt.NDArray[np.float32], is_telling: BoolArray
) -> Calibration:
    """Platt scaling of one finding, all (studies,), targets NaN where unknown.

    By the studies that are telling, or by all where these do not know it both ways.
    """
    known = ~np.isnan(targets)
    telling = known & is_telling
    is_both = (targets[telling] == 1).any() and (targets[telling] == 0).any()
    chosen = telling if is_both else known
    return platt(logits[chosen], targets[chosen] == 1)


def _through_the_mean(slope: float, logits: FloatArray, share: float) -> Calibration:
    """Calibration of this slope whose mean probability is `share`."""

    def excess(intercept: float) -> float:
        return float(special.expit(slope * logits + intercept).mean()) - share

    reach = slope * float(np.abs(logits).max()) + 20
    return Calibration(slope, float(optimize.brentq(excess, -reach, reach)))


def threshold(probability: FloatArray, truth: BoolArray) -> float:
    """The lowest cut with a specificity of LEAST_SPECIFICITY, halfway to the next score above.

    The cut with the best sensitivity plus specificity moves wildly with a few studies; this one
    rests on all studies without a hemorrhage.
    """
    negative = np.sort(probability[~truth])
    if len(negative) == 0:
        return 0.5
    highest = float(negative[math.ceil(LEAST_SPECIFICITY * len(negative)) - 1])
    above = probability[probability > highest]
    return (highest + float(above.min() if len(above) else 1.0)) / 2


def nested(
    logits: FloatArray, truth: BoolArray, fold: npt.NDArray[np.int64], is_telling: BoolArray
) -> tuple[FloatArray, BoolArray]:
    """Probability and flag of each study, calibration and threshold fitted on the other folds.

    All are (studies,). Fitted is on those that are telling alone.
    """
    probability, flagged = np.zeros(len(logits)), np.zeros(len(logits), np.bool_)
    for each in np.unique(fold):
        others, held = (fold != each) & is_telling, fold == each
        scaling = platt(logits[others], truth[others])
        calibrated = np.array([scaling(logit) for logit in logits])
        probability[held] = calibrated[held]
        flagged[held] = calibrated[held] >= threshold(calibrated[others], truth[others])
    return probability, flagged
