"""Whole synthetic heads as further scenes: other skulls, poses and noise than the real studies'.

Nobody's data is in them, so one network fitted on them is a fair start for every fold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context

import numpy as np

from ichdash.domain import Volume
from ichdash.imaging import preprocess
from ichdash.phantom import HeadSpec, draw_head, random_head
from ichdash.training.batches import is_drawn
from ichdash.training.cases import Case

FIRST_SEED = 10_000
"""The demo's and the tests' heads have smaller ones."""

SIDE = 256
"""Pixels of a drawn slice: no coarser than what the network is taught with."""


def heads(  # noqa: PLR0917  which heads, for whom, and how
    count: int,
    findings: Sequence[str],
    size: int,
    processes: int,
    on_progress: Callable[[int, int], None],
    first: int = 0,
) -> tuple[Case, ...]:
    """Draw `count` heads without hemorrhage, from number `first` on, `size` samples a side."""
    job, drawn = partial(_head, findings, size), []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
        for done, case in enumerate(executor.map(job, range(first, first + count)), 1):
            drawn.append(case)
            on_progress(done, count)
    return tuple(drawn)


def tilted_head(number: int) -> HeadSpec:
    """A random head that lies less straight and is noisier than most."""
    rng = np.random.default_rng([FIRST_SEED + number, 9])
    turn, nod, lean = rng.normal(0, (10, 7, 4)).clip((-25, -20, -10), (25, 20, 10)).tolist()
    return replace(
        random_head(FIRST_SEED + number),
        rows=SIDE,
        columns=SIDE,
        slices=int(rng.integers(26, 36)),
        slice_mm=float(rng.uniform(4.6, 5.4)),
        turn_deg=turn,
        nod_deg=nod,
        lean_deg=lean,
        noise_hu=float(rng.uniform(2.5, 6.0)),
    )


def _head(findings: Sequence[str], size: int, number: int) -> Case:
    spec = tilted_head(number)
    uid = f"synthetic-{number}"
    positions = np.arange(spec.slices, dtype=np.float64) * spec.slice_mm
    uids = tuple(f"{uid}.{index}" for index in range(spec.slices))
    volume = Volume(draw_head(spec).hu, spec.spacing_mm, positions, uid, uid, uids)
    known = is_drawn(findings)
    return Case(
        study_uid=uid,
        patient_id=uid,
        hu=preprocess.prepare(volume, size).hu.astype(np.float16),
        step_mm=preprocess.FIELD_MM / size,
        slab_mm=spec.slice_mm,
        slices=spec.slices,
        targets=np.where(known, 0, np.nan).astype(np.float32),
    )
