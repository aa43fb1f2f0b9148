"""What one training step sees: single slices with their neighbours, half of them with drawn bleeds.

Most come from studies without hemorrhage, so that what was drawn into a slice is all that is in
it; a few come from studies with hemorrhage (`positives`). Slices of many studies in a step teach
more than many slices of a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ichdash.domain import HEMORRHAGE
from ichdash.training import augment
from ichdash.training.cases import SUBTYPES, Case
from ichdash.training.pool import TRUTH_STEP, Drawn, Pool
from ichdash.training.positives import Ranked, slice_targets

BLEEDING = 0.5
"""Part of the samples that have a bleed drawn into their study."""

FOOLED = 0.2
"""Part of the samples that have a look-alike drawn into their study."""

SYNTHETIC = 0.35
"""Part of the samples that come from synthetic heads, where there are any beside the studies."""

REAL = 0.125
"""Part of the samples that come from studies with hemorrhage, once their slices are ranked."""

LABELLED, WORTH = 0.6, 2
"""Part of the samples that are studies of a single slice as they are, half of them with hemorrhage:
at most, and no more than if each such slice were worth as many others as this."""

MAPS_COUNT = 0.25
"""How much evidence by place counts where so many samples tell of a slice as a whole: beside
thousands of places its one answer is hardly heard."""

BETWEEN = 0.5
"""Part of the samples that lie between two slices, as another scan's slices would."""

SHARED = 0.4
"""Blood of one of two slices is truth between them if at least this much of it is there."""

FEW = 4
"""Samples varied at a time: what fits into the processor's cache is varied five times as fast."""

FAINTER, DENSER = 0.75, 1.1
"""How much of what was drawn is added: one drawing serves for several densities."""

UNSURE_MM2 = 52.8
"""A slice with less blood than this is neither taught as positive nor as negative."""

FloatArray = npt.NDArray[np.float32]

Sample = tuple[FloatArray, FloatArray]
"""A slice with its neighbours (3, size, size) and the truth (findings, side, side)."""

Known = tuple[Sample, FloatArray]
"""A sample of a study with hemorrhage and what is known of the slice (findings,)."""


def is_drawn(findings: Sequence[str]) -> list[bool]:
    """Which findings are drawn, so that they are known of every slice of a drawn sample."""
    return [finding == HEMORRHAGE or finding in SUBTYPES for finding in findings]


@dataclass(frozen=True, eq=False)
class Batch:
    """Slices with their neighbours and what is known of them."""

    hu: Tensor  # (n, 3, size, size): the slice below, the slice itself, the slice above
    truth: Tensor  # (n, findings, cells, cells) in {0, 1}
    slices: Tensor  # (n, findings) in {0, 1}, NaN where unsure or not drawn
    is_mapped: Tensor  # (n,) whether the slice's `truth` is known

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        return Batch(*(each.to(device) for each in vars(self).values()))


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
        positive = [case for case in cases if case.is_positive]
        self.positives = [case for case in positive if len(case.hu) > 1]
        self.labelled = [
            [case for case in cases if len(case.hu) == 1 and case.targets[0] == answer]
            for answer in (0, 1)
        ]
        single = sum(map(len, self.labelled))
        share = min(LABELLED, WORTH * single / max(1, sum(len(case.hu) for case in cases)))
        self.labelled_share = share
        self.maps_count = 1 - (1 - MAPS_COUNT) * share / LABELLED
        self.ranked: tuple[Ranked, ...] = ()
        self.scenes = [case for case in cases if case.targets[0] == 0]
        self.synthetic = [case for case in synthetic if pools[case.study_uid]]
        self.pools = pools
        step_mm = next((case.step_mm for case in (*cases, *synthetic)), 1.0)
        self.unsure_cells = UNSURE_MM2 / (TRUTH_STEP * step_mm) ** 2

    def start(self, step: int) -> None:
        """Make what comes next depend on seed and step alone: an ended run goes on as it was."""
        self.rng = np.random.default_rng([self.seed, step])
        self.generator.manual_seed(int(self.rng.integers(2**62)))

    def batch(self, count: int, step: int) -> Batch:
        """`count` slices, each with its own study, place, geometry and intensity."""
        self.start(step)
        real = self._ranked(round(REAL * count)) + self._labelled(
            round(self.labelled_share * count)
        )
        samples = [self._sample() for _ in range(count - len(real))] + [hu for hu, _ in real]
        affine = augment.geometry(count, self.generator, self.ranges)
        bend = augment.bends(count, self.generator, self.ranges)
        parts = [
            self._varied(samples[i : i + FEW], affine[i : i + FEW], bend[i : i + FEW])
            for i in range(0, count, FEW)
        ]
        truth = torch.cat([truth for _, truth in parts])
        slices = self.known_slices(truth)
        is_mapped = torch.ones(count, dtype=torch.bool)
        for place, (_, targets) in enumerate(real, count - len(real)):
            slices[place] = torch.from_numpy(targets)
            is_mapped[place] = bool(targets[0] == 0)
        return Batch(torch.cat([hu for hu, _ in parts]), truth, slices, is_mapped)

    def _ranked(self, count: int) -> list[Known]:
        """Slices of studies with hemorrhage, no place marked, and what is known of each slice."""
        found = []
        for _ in range(count if self.ranked else 0):
            each = self.ranked[self.rng.integers(len(self.ranked))]
            sure, clear = each.sure(), each.clear()
            has_blood = len(sure) > 0 and self.rng.random() < 0.5
            if len(among := sure if has_blood else clear):
                targets = slice_targets(self._study_targets(each.case), has_blood=has_blood)
                found.append((self._at(each.case, int(self.rng.choice(among)), []), targets))
        return found

    def _labelled(self, count: int) -> list[Known]:
        """Studies of a single slice, of which the labels tell all but the place."""
        found = []
        for _ in range(count if any(self.labelled) else 0):
            among = self.labelled[self.rng.integers(2)] or [*chain(*self.labelled)]
            case = among[self.rng.integers(len(among))]
            found.append((self._at(case, 0, []), self._study_targets(case)))
        return found

    def _study_targets(self, case: Case) -> FloatArray:
        known = np.where(self.is_drawn.numpy(), case.targets, np.nan)
        return known.astype(np.float32)

    def _varied(
        self, samples: Sequence[Sample], affine: Tensor, bend: Tensor
    ) -> tuple[Tensor, Tensor]:
        hu = torch.from_numpy(np.stack([hu for hu, _ in samples]))
        truth = torch.from_numpy(np.stack([truth for _, truth in samples]))
        hu = augment.warp(hu, affine, augment.AIR_HU, bend)
        truth = (augment.warp(truth, affine, 0.0, bend) > 0.5).float()
        return augment.intensity(hu, self.generator, self.ranges), truth

    def _sample(self) -> Sample:
        case = self._scene()
        chosen = self.choose(self.pools[case.study_uid])
        place = (chosen[0].first, chosen[0].last) if chosen else (0, len(case.hu))
        between = float(self.rng.uniform(0, 0.5)) if self.rng.random() < BETWEEN else 0.0
        return self._at(case, int(self.rng.integers(*place)), chosen, between)

    def _at(self, case: Case, middle: int, chosen: Sequence[Drawn], between: float = 0.0) -> Sample:
        """A slice and its neighbours with what was drawn, `between` of the way to the next one."""
        upwards = self.rng.choice((-1, 1))
        slabs = np.clip(middle + upwards * np.arange(-1, 3), 0, len(case.hu) - 1)
        hu = case.hu[slabs].astype(np.float32)
        side = hu.shape[-1] // TRUTH_STEP
        truth = np.zeros((len(slabs), len(self.findings), side, side), np.float32)
        for drawn in chosen:
            self.insert(drawn, slabs, hu, truth)
        part = np.float32(between)
        there = (1 - part) * truth[1] + part * truth[2] > SHARED
        return (1 - part) * hu[:3] + part * hu[1:], there.astype(np.float32)

    def _scene(self) -> Case:
        is_synthetic = len(self.synthetic) > 0 and self.rng.random() < SYNTHETIC
        scenes = self.synthetic if is_synthetic else self.scenes
        ends = np.cumsum([len(case.hu) for case in scenes])  # every slice is as likely
        return scenes[int(np.searchsorted(ends, self.rng.integers(ends[-1]), side="right"))]

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
        slices[(cells > 0) & (cells < self.unsure_cells)] = torch.nan
        slices[:, ~self.is_drawn] = torch.nan
        return slices
