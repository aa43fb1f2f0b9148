"""What one training step sees: single slices with their neighbours, half of them with drawn bleeds.

They come from studies without hemorrhage, so that what was drawn into a slice is all that is in
it. Slices of many studies in a step teach more than many slices of a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ichdash.domain import HEMORRHAGE
from ichdash.training import augment
from ichdash.training.cases import Case
from ichdash.training.pool import TRUTH_STEP, Drawn, Pool

BLEEDING = 0.5
"""Part of the samples that have a bleed drawn into their study."""

FOOLED = 0.25
"""Part of the samples that have a look-alike drawn into their study."""

SYNTHETIC = 0.35
"""Part of the samples that come from synthetic heads, where there are any beside the studies."""

FAINTER, DENSER = 0.75, 1.1
"""How much of what was drawn is added: one drawing serves for several densities."""

UNSURE_CELLS = 9
"""A slice with fewer blood samples than this is neither taught as positive nor as negative."""

SUBTYPES = frozenset(
    {"epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural"}
)
"""Findings that are drawn; others are taught by study labels alone."""

FloatArray = npt.NDArray[np.float32]


def is_drawn(findings: Sequence[str]) -> list[bool]:
    """Which findings are drawn, so that they are known of every slice of a drawn sample."""
    return [finding == HEMORRHAGE or finding in SUBTYPES for finding in findings]


@dataclass(frozen=True, eq=False)
class Batch:
    """Slices with their neighbours and what is known of them."""

    hu: Tensor  # (n, 3, size, size): the slice below, the slice itself, the slice above
    truth: Tensor  # (n, findings, cells, cells) in {0, 1}
    slices: Tensor  # (n, findings) in {0, 1}, NaN where unsure or not drawn


class Sampler:
    """Draws batches at random from the studies of one training fold, reproducibly by seed."""

    def __init__(
        self,
        cases: Sequence[Case],
        synthetic: Sequence[Case],
        pools: dict[str, Pool],
        findings: Sequence[str],
        seed: int,
    ) -> None:
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator()
        self.ranges = augment.Ranges()
        self.findings = tuple(findings)
        self.is_drawn = torch.tensor(is_drawn(findings))
        self.scenes = [case for case in cases if case.targets[0] == 0 and pools[case.study_uid]]
        self.synthetic = [case for case in synthetic if pools[case.study_uid]]
        self.pools = pools

    def start(self, step: int) -> None:
        """Make what comes next depend on seed and step alone: an ended run goes on as it was."""
        self.rng = np.random.default_rng([self.seed, step])
        self.generator.manual_seed(int(self.rng.integers(2**62)))

    def batch(self, count: int, step: int) -> Batch:
        """`count` slices, each with its own study, place, geometry and intensity."""
        self.start(step)
        samples = [self._sample() for _ in range(count)]
        hu = torch.from_numpy(np.stack([hu for hu, _ in samples]))
        truth = torch.from_numpy(np.stack([truth for _, truth in samples]))
        affine = augment.geometry(count, self.generator, self.ranges)
        truth = (augment.warp(truth, affine, 0.0) > 0.5).float()
        hu = augment.warp(hu, affine, augment.AIR_HU)
        return Batch(
            augment.intensity(hu, self.generator, self.ranges), truth, self.known_slices(truth)
        )

    def _sample(self) -> tuple[FloatArray, FloatArray]:
        is_synthetic = len(self.synthetic) > 0 and self.rng.random() < SYNTHETIC
        scenes = self.synthetic if is_synthetic else self.scenes
        case = scenes[self.rng.integers(len(scenes))]
        chosen = self.choose(self.pools[case.study_uid])
        place = (chosen[0].first, chosen[0].last) if chosen else (0, len(case.hu))
        middle = int(np.clip(self.rng.integers(*place), 0, len(case.hu) - 1))
        triple = np.clip([middle - 1, middle, middle + 1], 0, len(case.hu) - 1)
        if self.rng.random() < 0.5:
            triple = triple[::-1]
        hu = case.hu[triple].astype(np.float32)
        side = hu.shape[-1] // TRUTH_STEP
        truth = np.zeros((3, len(self.findings), side, side), np.float32)
        for drawn in chosen:
            self.insert(drawn, triple, hu, truth)
        return hu, truth[1]

    def choose(self, pool: Pool) -> list[Drawn]:
        """A bleed, a look-alike, both or neither, bleed first."""
        chosen = []
        for among, share in ((pool.bleeds, BLEEDING), (pool.look_alikes, FOOLED)):
            if among and self.rng.random() < share:
                chosen.append(among[self.rng.integers(len(among))])
        return chosen

    def insert(
        self, drawn: Drawn, slabs: npt.NDArray[np.intp], hu: FloatArray, truth: FloatArray
    ) -> None:
        """Add what was drawn to `hu` (n, size, size) and to `truth` (n, findings, side, side)."""
        strength = self.rng.uniform(FAINTER, DENSER) if drawn.truth else 1.0
        for index, slab in enumerate(slabs):
            if not drawn.first <= slab < drawn.last:
                continue
            inside = slab - drawn.first
            hu[index][drawn.box] += strength * drawn.added[inside].astype(np.float32)
            for finding, cells in drawn.truth.items():
                for name in {finding, HEMORRHAGE} & {*self.findings}:
                    there = truth[index, self.findings.index(name)][drawn.truth_box]
                    np.maximum(there, cells[inside], out=there)

    def known_slices(self, truth: Tensor) -> Tensor:
        """What is known of slices (n, findings), NaN where unsure, from truth by place."""
        cells = truth.flatten(2).sum(2)
        slices = (cells > 0).float()
        slices[(cells > 0) & (cells < UNSURE_CELLS)] = torch.nan
        slices[:, ~self.is_drawn] = torch.nan
        return slices
