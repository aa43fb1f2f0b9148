"""How much the biLSTM's context counts beside the evidence, chosen on studies held out.

The biLSTM learns from few real studies, which the CNN has seen: heads that it knows look calmer
than new ones. So its say is one of a few shares, and the share for a fold is chosen on the others.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from ichdash.training.folds import HeldOut

SHARES = (1.0, 0.5, 0.25)


def chosen(
    by_share: Mapping[float, tuple[HeldOut, ...]], truth: npt.NDArray[np.bool_]
) -> tuple[float, tuple[HeldOut, ...]]:
    """The share that ranks all held-out studies best, and each study's score at the share that
    ranks the studies of the other folds best: its own label had no say in it."""
    logits = {
        share: np.array([each.logits[0] for each in scored]) for share, scored in by_share.items()
    }

    def best(where: npt.NDArray[np.bool_]) -> float:
        auc = {share: roc_auc_score(truth[where], each[where]) for share, each in logits.items()}
        return max(auc, key=lambda share: (auc[share], share))

    fold = np.array([each.fold for each in next(iter(by_share.values()))])
    of_fold = {each: best(fold != each) for each in fold.tolist()}
    nested = tuple(by_share[of_fold[each]][index] for index, each in enumerate(fold.tolist()))
    return best(np.ones(len(truth), np.bool_)), nested
