"""How well slices of studies with hemorrhage are told apart, pooled over these studies.

Slice labels serve for these figures and for nothing else: no training reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.model.card import Figure
from ichdash.training import metrics, table

COLUMNS = ("sop_instance_uid", HEMORRHAGE)


def read_labels(path: Path) -> dict[str, bool]:
    """Whether each slice shows hemorrhage, by SOP instance UID.

    Raises InputError where the CSV cannot be read, or names its first row that is not 0 or 1.
    """
    columns, rows = table.read(path, "slice labels")
    if missing := [name for name in COLUMNS if name not in columns]:
        raise InputError(f"{path.name} has no column {' and no column '.join(missing)}.")
    for number, row in enumerate(rows, 2):
        if row[HEMORRHAGE] not in ("0", "1"):
            raise InputError(
                f"{path.name}: row {number}: {HEMORRHAGE}={row[HEMORRHAGE]!r} is not 0 or 1."
            )
    return {row["sop_instance_uid"]: row[HEMORRHAGE] == "1" for row in rows}


def figures(studies: Sequence[Mapping[str, float]], truth: Mapping[str, bool]) -> dict[str, Figure]:
    """Figures of `studies` (slice score by SOP instance UID) with slices of both kinds."""
    labelled = []
    for study in studies:
        known = [uid for uid in study if uid in truth]
        is_positive = np.array([truth[uid] for uid in known], np.bool_)
        if is_positive.any() and not is_positive.all():
            labelled.append((is_positive, np.array([study[uid] for uid in known])))
    if not labelled:
        return {}
    right = sum(bool(is_positive[scores.argmax()]) for is_positive, scores in labelled)
    return {
        "auc_of_slices": _auc(labelled),
        "highest_slice_right": metrics.proportion(right, len(labelled)),
    }


def _auc(studies: Sequence[tuple[metrics.BoolArray, metrics.ScoreArray]]) -> Figure:
    """Over the slices of all studies, its interval from resampling studies."""
    rng = np.random.default_rng(0)
    draws = (rng.integers(len(studies), size=len(studies)) for _ in range(metrics.RESAMPLES))
    values = [_pooled_auc([studies[index] for index in drawn]) for drawn in draws]
    low, high = np.percentile(values, (2.5, 97.5))
    return Figure(_pooled_auc(studies), float(low), float(high))


def _pooled_auc(studies: Sequence[tuple[metrics.BoolArray, npt.NDArray[np.float64]]]) -> float:
    truth = np.concatenate([truth for truth, _ in studies])
    return float(roc_auc_score(truth, np.concatenate([scores for _, scores in studies])))
