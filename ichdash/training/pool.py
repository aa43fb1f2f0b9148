"""Bleeds and look-alikes drawn ahead of training, so that a training step only adds and samples.

Every insertion belongs to the study it was drawn into: a fold that holds a study out never sees
its insertions either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np
import numpy.typing as npt

from ichdash.training import insertion
from ichdash.training.cases import Case
from ichdash.training.insertion import VISIBLE, Insertion
from ichdash.training.recipe import Recipe
from ichdash.training.scene import measure

TRUTH_STEP = 2
"""Truth is kept at half the network's resolution, the maximum of each 2 × 2 samples."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """One insertion as training uses it: HU to add and where which finding is."""

    first: int
    added: npt.NDArray[np.float16]  # (slabs, size, size)
    truth: dict[str, npt.NDArray[np.bool_]]  # finding: (slabs, size / 2, size / 2)

    @property
    def last(self) -> int:
        return self.first + len(self.added)


@dataclass(frozen=True, eq=False)
class Pool:
    """What was drawn into one study."""

    bleeds: tuple[Drawn, ...]
    look_alikes: tuple[Drawn, ...]


def draw(
    cases: Sequence[Case],
    recipe: Recipe,
    processes: int,
    on_progress: Callable[[int, int], None],
) -> dict[str, Pool]:
    """Draw a pool for each case, by study UID; cases whose cavity is not found get an empty one."""
    job = partial(_draw_one, recipe)
    pools = {}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
        for done, (case, pool) in enumerate(zip(cases, executor.map(job, cases), strict=True)):
            pools[case.study_uid] = pool
            on_progress(done + 1, len(cases))
    return pools


def _draw_one(recipe: Recipe, case: Case) -> Pool:
    scene = measure(case.hu, case.step_mm, case.slab_mm)
    if scene is None:
        return Pool((), ())
    rng = np.random.default_rng([recipe.seed, *case.study_uid.encode()])
    drawn = [insertion.bleed(scene, rng) for _ in range(recipe.bleeds)]
    fooling = [insertion.look_alike(scene, rng) for _ in range(recipe.look_alikes)]
    return Pool(
        tuple(_compact(each) for each in drawn if each is not None),
        tuple(_compact(each) for each in fooling),
    )


def _compact(each: Insertion) -> Drawn:
    truth = {}
    for finding, occupancy in each.occupancy.items():
        slabs, rows, columns = occupancy.shape
        cells = occupancy.reshape(slabs, rows // TRUTH_STEP, TRUTH_STEP, columns // TRUTH_STEP, -1)
        truth[finding] = cells.max(axis=(2, 4)) > VISIBLE
    return Drawn(each.first, each.added, truth)
