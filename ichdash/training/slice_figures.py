"""How well slices of studies with hemorrhage are told apart, pooled over these studies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

from ichdash.model.card import Figure
from ichdash.training import metrics
from ichdash.training.metrics import BoolArray, ScoreArray


def figures(studies: Sequence[tuple[BoolArray, ScoreArray]]) -> dict[str, Figure]:
    """Figures of the studies, truth and score (slices,) of each, that have slices of both kinds."""
    mixed = [(truth, scores) for truth, scores in studies if truth.any() and not truth.all()]
    if not mixed:
        return {}
    right = sum(bool(truth[scores.argmax()]) for truth, scores in mixed)
    return {
        "auc_of_slices": _auc(mixed),
        "highest_slice_right": metrics.proportion(right, len(mixed)),
    }


def _auc(studies: Sequence[tuple[BoolArray, ScoreArray]]) -> Figure:
    """Over the slices of all studies, its interval from resampling studies."""
    rng = np.random.default_rng(0)
    draws = (rng.integers(len(studies), size=len(studies)) for _ in range(metrics.RESAMPLES))
    values = [_pooled_auc([studies[index] for index in drawn]) for drawn in draws]
    return metrics.resampled(_pooled_auc(studies), values, len(studies))


def _pooled_auc(studies: Sequence[tuple[BoolArray, ScoreArray]]) -> float:
    truth = np.concatenate([truth for truth, _ in studies])
    return float(roc_auc_score(truth, np.concatenate([scores for _, scores in studies])))
