"""What one training step sees: a whole real study and short runs of slices with drawn bleeds.

The real study brings its study-level labels and nothing else. The runs come from studies without
hemorrhage; what was drawn into them is known to the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ichdash.domain import HEMORRHAGE
from ichdash.training import augment
from ichdash.training.cases import Case
from ichdash.training.pool import TRUTH_STEP, Drawn, Pool

LONGEST = 36
"""Slices of a real study in a step; of a longer one every so many are taken."""

RUN = 6
"""Slices in a run with drawn bleeds."""

RUNS_A_STUDY = 5
"""So many runs cost as much as one whole study."""

UNSURE_CELLS = 9
"""A slice with fewer blood samples than this is neither taught as positive nor as negative."""


@dataclass(frozen=True, eq=False)
class Run:
    """Consecutive slices with what is known of them."""

    hu: Tensor  # (n, size, size)
    study: Tensor  # (findings,) in {0, 1}, NaN unknown
    slices: Tensor | None  # (n, findings), NaN unknown
    truth: Tensor | None  # (n, findings, cells, cells) in {0, 1}


class Sampler:
    """Draws runs at random from the studies of one training fold, reproducibly by seed."""

    def __init__(
        self, cases: Sequence[Case], pools: dict[str, Pool], findings: Sequence[str], seed: int
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.ranges = augment.Ranges()
        self.findings = tuple(findings)
        self.positive = [case for case in cases if case.is_positive]
        self.negative = [case for case in cases if case.targets[0] == 0]
        self.scenes = [case for case in self.negative if pools[case.study_uid].bleeds]
        self.pools = pools

    def step(self, runs: int, real: bool) -> list[Run]:
        """`runs` runs of slices with drawn bleeds; a whole real study stands for five of them."""
        if not real:
            return [self.drawn() for _ in range(runs)]
        return [self.real(), *(self.drawn() for _ in range(runs - RUNS_A_STUDY))]

    def real(self) -> Run:
        """A whole study with its study-level labels alone."""
        group = self.positive if self.rng.random() < 0.6 else self.negative
        case = group[self.rng.integers(len(group))]
        stride = -(-len(case.hu) // LONGEST)
        hu = torch.from_numpy(case.hu[self.rng.integers(stride) :: stride].astype(np.float32))
        hu = hu.flip(0) if self.rng.random() < 0.5 else hu
        affine = augment.geometry(len(hu), self.generator, self.ranges)
        hu = augment.warp(hu[:, None], affine, augment.AIR_HU)[:, 0]
        return Run(self._intensity(hu), torch.from_numpy(case.targets), None, None)

    def drawn(self) -> Run:
        """A run of slices of a study without hemorrhage, mostly with bleeds drawn into it."""
        case = self.scenes[self.rng.integers(len(self.scenes))]
        pool, kind = self.pools[case.study_uid], self.rng.random()
        chosen: list[Drawn] = []
        if kind < 0.65:
            chosen.append(pool.bleeds[self.rng.integers(len(pool.bleeds))])
        if kind > 0.5 and kind < 0.85 and pool.look_alikes:
            chosen.append(pool.look_alikes[self.rng.integers(len(pool.look_alikes))])
        first = self._first(case, chosen[0] if chosen else None)
        hu = torch.from_numpy(case.hu[first : first + RUN].astype(np.float32))
        cells = hu.shape[-1] // TRUTH_STEP
        truth = torch.zeros(len(hu), len(self.findings), cells, cells)
        for each in chosen:
            self._insert(each, first, hu, truth)
        return self._augmented(hu, truth, case)

    def _first(self, case: Case, drawn: Drawn | None) -> int:
        last = max(0, len(case.hu) - RUN)
        if drawn is None:
            return int(self.rng.integers(last + 1))
        anchor = self.rng.integers(drawn.first, drawn.last)
        return int(np.clip(anchor - self.rng.integers(RUN), 0, last))

    def _insert(self, drawn: Drawn, first: int, hu: Tensor, truth: Tensor) -> None:
        low, high = max(first, drawn.first), min(first + len(hu), drawn.last)
        if low >= high:
            return
        inside, here = (
            slice(low - drawn.first, high - drawn.first),
            slice(low - first, high - first),
        )
        hu[here] += torch.from_numpy(drawn.added[inside].astype(np.float32))
        for finding, cells in drawn.truth.items():
            present = torch.from_numpy(cells[inside].astype(np.float32))
            for name in (finding, HEMORRHAGE):
                if name in self.findings:
                    place = truth[here, self.findings.index(name)]
                    torch.maximum(place, present, out=place)

    def _augmented(self, hu: Tensor, truth: Tensor, case: Case) -> Run:
        if self.rng.random() < 0.5:
            hu, truth = hu.flip(0), truth.flip(0)
        affine = augment.geometry(len(hu), self.generator, self.ranges)
        hu = augment.warp(hu[:, None], affine, augment.AIR_HU)[:, 0]
        truth = (augment.warp(truth, affine, 0.0) > 0.5).float()
        cells = truth.flatten(2).sum(2)
        slices = (cells > 0).float()
        slices[(cells > 0) & (cells < UNSURE_CELLS)] = torch.nan
        study = torch.nan_to_num(slices, 1.0).amax(0)
        known = torch.tensor([n == HEMORRHAGE or n in SUBTYPES for n in self.findings])
        study = torch.where(known, study, torch.from_numpy(case.targets))
        slices[:, ~known] = torch.nan
        coarse = functional.max_pool2d(truth, truth.shape[-1] * 8 // hu.shape[-1])
        return Run(self._intensity(hu), study, slices, coarse)

    def _intensity(self, hu: Tensor) -> Tensor:
        return augment.intensity(hu, self.generator, self.ranges)


SUBTYPES = frozenset(
    {"epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural"}
)
"""Findings that are drawn; others are taught by study labels alone."""
