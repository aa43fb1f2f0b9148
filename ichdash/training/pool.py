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

FULL = 20
"""A study of fewer slabs is drawn into less often."""

FEWEST = 6
"""Drawings of a kind in a study of a single slab."""

FAINTEST_HU = 0.5
"""A drawing is kept where it changes more than this."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """One insertion as training uses it: HU to add to a box and where which finding is."""

    first: int
    box: tuple[slice, slice]  # rows and columns, on whole truth cells
    added: npt.NDArray[np.float16]  # (slabs, rows, columns) of the box
    truth: dict[str, npt.NDArray[np.bool_]]  # finding: (slabs, rows / 2, columns / 2) of the box

    @property
    def last(self) -> int:
        return self.first + len(self.added)

    @property
    def truth_box(self) -> tuple[slice, slice]:
        """The box in cells of truth."""
        rows, columns = (slice(s.start // TRUTH_STEP, s.stop // TRUTH_STEP) for s in self.box)
        return rows, columns


@dataclass(frozen=True, eq=False)
class Pool:
    """What was drawn into one study."""

    bleeds: tuple[Drawn, ...]
    look_alikes: tuple[Drawn, ...]

    def __bool__(self) -> bool:
        return bool(self.bleeds)


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
    bleeds, look_alikes = (_count(all_, case) for all_ in (recipe.bleeds, recipe.look_alikes))
    drawn = [insertion.bleed(scene, rng) for _ in range(bleeds)]
    fooling = [insertion.look_alike(scene, rng) for _ in range(look_alikes)]
    return Pool(
        tuple(_compact(each) for each in drawn if each is not None),
        tuple(_compact(each) for each in fooling),
    )


def _count(full: int, case: Case) -> int:
    """Drawings for a case, of `full` for a whole head."""
    return min(full, max(FEWEST, round(full * len(case.hu) / FULL)))


def _compact(each: Insertion) -> Drawn:
    changed = np.abs(each.added).max(axis=0) > FAINTEST_HU
    box = _whole_cells(changed.any(axis=1)), _whole_cells(changed.any(axis=0))
    truth = {}
    for finding, occupancy in each.occupancy.items():
        inside = occupancy[:, *box]
        slabs, rows, columns = inside.shape
        cells = inside.reshape(slabs, rows // TRUTH_STEP, TRUTH_STEP, columns // TRUTH_STEP, -1)
        truth[finding] = cells.max(axis=(2, 4)) > VISIBLE
    return Drawn(each.first, box, each.added[:, *box].copy(), truth)


def _whole_cells(changed: npt.NDArray[np.bool_]) -> slice:
    """From the first to the last that changed, widened to whole cells of truth."""
    where = np.flatnonzero(changed)
    first, last = (int(where[0]), int(where[-1])) if len(where) else (0, 0)
    return slice(first // TRUTH_STEP * TRUTH_STEP, (last // TRUTH_STEP + 1) * TRUTH_STEP)
