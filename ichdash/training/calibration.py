"""From logits of held-out studies to calibrated probabilities and an operating point.

Platt scaling and the threshold are fitted on studies that the network had not seen. For the
figures in the card they are fitted once more for each fold, without the studies of that fold.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve

from ichdash.model.card import Calibration

SMALLEST_SLOPE = 0.05
"""Few or unlucky studies must not turn a score upside down."""

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def platt(logits: FloatArray, truth: BoolArray) -> Calibration:
    """Platt scaling of (studies,) logits, lightly regularised; constant where one class lacks."""
    if truth.all() or not truth.any():
        share = (truth.sum() + 1) / (len(truth) + 2)  # Laplace's rule of succession
        return Calibration(0.0, float(np.log(share / (1 - share))))
    scale = float(logits.std()) or 1.0
    fitted = LogisticRegression(C=3.0).fit(logits[:, None] / scale, truth)
    slope = max(float(fitted.coef_[0, 0]) / scale, SMALLEST_SLOPE)
    return Calibration(slope, float(fitted.intercept_[0]))


def threshold(probability: FloatArray, truth: BoolArray) -> float:
    """The cut with the best sensitivity plus specificity, halfway to the next score below."""
    false_alarms, sensitivity, cuts = roc_curve(truth, probability, drop_intermediate=False)
    best = int(np.argmax(sensitivity - false_alarms))
    cut = float(min(cuts[best], 1.0))
    below = probability[probability < cut]
    return (cut + float(below.max())) / 2 if len(below) else cut


def nested(
    logits: FloatArray, truth: BoolArray, fold: npt.NDArray[np.int64]
) -> tuple[FloatArray, BoolArray]:
    """Probability and flag of each study, calibration and threshold fitted on the other folds."""
    probability, flagged = np.zeros(len(logits)), np.zeros(len(logits), np.bool_)
    for each in np.unique(fold):
        others, held = fold != each, fold == each
        scaling = platt(logits[others], truth[others])
        calibrated = np.array([scaling(logit) for logit in logits])
        probability[held] = calibrated[held]
        flagged[held] = calibrated[held] >= threshold(calibrated[others], truth[others])
    return probability, flagged
