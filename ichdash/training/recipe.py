"""How a network is fitted: every number that shapes the result, stored in the model card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Numbers of a training run; the same recipe and studies give the same weights."""

    synthetic_heads: int = 64
    start_steps: int = 450  # of the CNN, on synthetic heads alone, once for all folds
    start_rate: float = 2e-3
    steps: int = 480  # of the CNN, on single slices of a fold's studies
    slices: int = 48  # in a step
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    averaging: float = 0.992  # of the weights, per step
    bleeds: int = 52  # drawn into each study without hemorrhage and each synthetic head
    look_alikes: int = 24
    head_steps: int = 400  # of the biLSTM, on whole volumes
    poses: int = 3  # in which each real study is seen then
    volumes: int = 8  # drawn from each study without hemorrhage then
    real_weight: float = 1.0  # of a real study's labels against a drawn volume's
    early_stop: int = 0  # looks at validation without a gain that end a fit; 0: never
    seed: int = 0
