"""Heads, cases and drawings small enough to train on within a test."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from ichdash.domain import HEMORRHAGE, Volume
from ichdash.imaging import preprocess
from ichdash.phantom import HeadSpec, draw_head
from ichdash.training import augment, pool
from ichdash.training.batches import Sampler
from ichdash.training.cases import Case
from ichdash.training.pool import Drawn, Pool
from ichdash.training.recipe import Recipe
from tests.tiny_model import FINDINGS, TINY

SUBDURAL = "subdural"

STILL = augment.Ranges(*[0.0] * len(fields(augment.Ranges)))
"""No variation but mirroring and sharpness."""

QUICK = Recipe(
    synthetic_heads=1,
    start_steps=2,
    steps=6,
    slices=4,
    bleeds=3,
    look_alikes=1,
    head_steps=4,
    poses=1,
    volumes=1,
)
"""A training that takes a second: what it learns does not matter."""


@functools.cache
def volume(seed: int = 5) -> Volume:
    """A drawn head without hemorrhage, 128 x 128 x 30."""
    phantom = draw_head(HeadSpec(seed=seed, rows=128, columns=128))
    positions = np.arange(len(phantom.hu)) * phantom.spacing_mm[0]
    uids = tuple(f"1.2.{seed}.{index}" for index in range(len(phantom.hu)))
    return Volume(
        np.array(phantom.hu), phantom.spacing_mm, positions, f"1.2.{seed}", f"1.2.{seed}.0", uids
    )


def head_case(uid: str, answer: float = 0.0, size: int = TINY.size) -> Case:
    """That head as the network sees it, whatever its label says."""
    prepared = preprocess.prepare(volume(), size)
    return Case(
        study_uid=uid,
        patient_id=uid,
        hu=prepared.hu.astype(np.float16),
        step_mm=preprocess.FIELD_MM / size,
        slab_mm=5.0,
        slices=len(volume()),
        targets=np.full(len(FINDINGS), answer, np.float32),
    )


def flat_case(
    uid: str, answer: float = 0.0, hu: float = 0.0, size: int = 32, patient: str = ""
) -> Case:
    """Six even slices, in which everything that differs was drawn."""
    even = np.full((6, size, size), hu, np.float16)
    targets = np.full(len(FINDINGS), answer, np.float32)
    return Case(uid, patient or uid, even, 208 / size, 5.0, 6, targets)


def single_slices(size: int = 32) -> list[Case]:
    """A dozen studies of a single even slice; the denser half bleeds."""
    return [
        replace(case, hu=case.hu[:1], slices=1)
        for number in range(12)
        for case in (flat_case(f"2.{number}", float(number % 2), 30.0 * (number % 2), size),)
    ]


def square(
    side: int = 8, finding: str | None = SUBDURAL, hu: float = 40.0, size: int = 32
) -> Drawn:
    """A square in the middle of all six slices, blood of `finding` or a look-alike (None)."""
    first = (size - side) // 4 * 2
    where = slice(first, first + side)
    cells = np.ones((6, side // 2, side // 2), np.bool_)
    truth = {finding: cells} if finding else {}
    return Drawn(0, (where, where), np.full((6, side, side), hu, np.float16), truth)


def sampler(
    cases: Sequence[Case],
    pools: dict[str, Pool],
    synthetic: Sequence[Case] = (),
    findings: Sequence[str] = FINDINGS,
    seed: int = 0,
) -> Sampler:
    return Sampler(cases, synthetic, pools, findings, seed)


def drawn_pool(case: Case, **changes: object) -> Pool:
    """What is drawn into one study, in this process: `pool.draw` starts others."""
    return pool._draw_one(replace(QUICK, **changes), case)


def known(**findings: float) -> np.ndarray:
    """Targets in the order of FINDINGS."""
    return np.array([findings[name] for name in (HEMORRHAGE, SUBDURAL)], np.float32)
