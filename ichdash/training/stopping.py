"""Early stop: a fit ends once it no longer gets better on patients set apart from its training.

They are of the fit's own studies, never of the fold that it holds out: what chooses when to stop
has no say in the figures.
"""

from __future__ import annotations

import math
from copy import copy
from typing import Any

import numpy as np
from torch import Tensor

from ichdash.model.network import Network
from ichdash.training.batches import Batch, Sampler
from ichdash.training.recipe import Recipe

WATCHED = 0.2
"""Part of the patients without hemorrhage that a fit is watched on."""

BATCHES = 2
FIRST_BATCH = 1_000_000
"""Watched slices are drawn as those of steps that no training reaches."""


class EarlyStop:
    """Watches a fit. Its state is kept in the checkpoint, beside the network's."""

    def __init__(self, sampler: Sampler, recipe: Recipe) -> None:
        patients = sorted({case.patient_id for case in sampler.scenes})
        count = min(max(1, round(WATCHED * len(patients))), len(patients) - 1)
        apart = {*np.random.default_rng(recipe.seed).permutation(patients)[:count].tolist()}
        self.learning, self.watched = copy(sampler), copy(sampler)
        self.learning.scenes = [c for c in sampler.scenes if c.patient_id not in apart]
        self.watched.scenes = [c for c in sampler.scenes if c.patient_id in apart]
        self.learning.positives = [c for c in sampler.positives if c.patient_id not in apart]
        self.learning.labelled = [
            [c for c in among if c.patient_id not in apart] for among in sampler.labelled
        ]
        self.watched.synthetic, self.watched.labelled = [], []
        self.slices, self.patience = recipe.slices, recipe.early_stop
        self.best, self.worse = math.inf, 0
        self.weights: dict[str, Tensor] = {}

    @property
    def is_over(self) -> bool:
        """Whether the fit has not got better for as many looks as the recipe allows."""
        return self.worse >= self.patience

    def batches(self) -> list[Batch]:
        """The slices that are looked at, the same each time."""
        return [self.watched.batch(self.slices, FIRST_BATCH + each) for each in range(BATCHES)]

    def note(self, loss: float, network: Network) -> None:
        """Take note of the loss of validation, and of the weights where it is the lowest."""
        self.worse += 1
        if loss < self.best:
            self.best, self.worse = loss, 0
            self.weights = {name: each.clone() for name, each in network.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        """What a resumed fit needs."""
        return {"best": self.best, "worse": self.worse, "weights": self.weights}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on as `state_dict` was."""
        self.best, self.worse, self.weights = state["best"], state["worse"], state["weights"]


def is_possible(sampler: Sampler) -> bool:
    """Whether there are patients to set apart and others to learn from."""
    return len({case.patient_id for case in sampler.scenes}) > 1
