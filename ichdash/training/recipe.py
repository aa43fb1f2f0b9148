"""How a network is fitted: every number that shapes the result, stored in the model card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Numbers of a training run; the same recipe and studies give the same weights."""

    steps: int = 700
    drawn_only: float = 0.3  # part of the steps before the first real study-level label
    runs: int = 11  # runs of slices in a step; a whole real study stands for five of them
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    averaging: float = 0.992  # of the weights, per step
    study_weight: float = 0.5
    real_weight: float = 0.5
    map_weight: float = 1.0
    bleeds: int = 24  # drawn into each study without hemorrhage
    look_alikes: int = 10
    seed: int = 0
