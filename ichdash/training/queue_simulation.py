"""How much sooner studies with hemorrhage are read where the worklist is in triage order.

A simulation on what was said of the labelled studies, not a measurement: what it assumes is
stated below and in its result. The order is the worklist's: flagged first, then by probability.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.training import judging
from ichdash.training.judging import Judged

ARRIVALS_PER_HOUR = 5.0
READING_MINUTES = 10.0
SHIFT_HOURS = 12.0
PREVALENCE = 0.1
REPETITIONS = 1000
SEED = 0

ASSUMPTIONS = (
    f"Studies arrive at random (a Poisson process), {ARRIVALS_PER_HOUR:g} an hour over a shift of "
    f"{SHIFT_HOURS:g} hours that begins without a backlog; {PREVALENCE:.0%} have a hemorrhage.",
    f"One reader takes {READING_MINUTES:g} minutes for each study, does not interrupt it, and goes "
    "on until all are read.",
    "Each study is drawn from the ones judged here, with what was said of it; screening itself "
    "takes no time, and nobody looks for urgent studies in another way.",
    f"{REPETITIONS:,} shifts, seed {SEED}; both orders see the same arrivals.",
)

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Delay:
    """Minutes from arrival until reading begins: the median and the 90th percentile."""

    median_minutes: float
    p90_minutes: float


@dataclass(frozen=True)
class Waiting:
    """How long one group of the simulated studies waits in either order."""

    group: str
    studies: int  # simulated
    first_come: Delay
    triage: Delay
    saved: Delay  # first come less triage; below zero: they wait longer


@dataclass(frozen=True)
class Queue:
    """The result with what it assumes."""

    assumptions: tuple[str, ...]
    waiting: tuple[Waiting, ...]


def simulate(
    judged: Sequence[Judged], repetitions: int = REPETITIONS, seed: int = SEED
) -> Queue | None:
    """Waiting times of both orders; None where a class is missing to draw studies from."""
    truth = judging.truth(judged)
    if truth.all() or not truth.any():
        return None
    flagged = np.array([each.flagged for each in judged])
    priority = flagged + judging.probability(judged)
    rng = np.random.default_rng(seed)
    shifts = [_shift(truth, priority, rng) for _ in range(repetitions)]
    drawn, first_come, triage = (np.concatenate(part) for part in zip(*shifts, strict=True))
    groups = {
        "with hemorrhage": truth[drawn],
        "of these, not flagged": truth[drawn] & ~flagged[drawn],
        "without hemorrhage": ~truth[drawn],
    }
    waiting = [
        _waiting(name, first_come[of], triage[of]) for name, of in groups.items() if of.any()
    ]
    return Queue(ASSUMPTIONS, tuple(waiting))


def _shift(
    truth: BoolArray, priority: FloatArray, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Which study each arrival is, and its wait first come first served and in triage order."""
    arrivals = np.sort(
        rng.uniform(0, SHIFT_HOURS * 60, rng.poisson(ARRIVALS_PER_HOUR * SHIFT_HOURS))
    )
    is_positive = rng.random(len(arrivals)) < PREVALENCE
    positive = rng.choice(np.flatnonzero(truth), len(arrivals))
    negative = rng.choice(np.flatnonzero(~truth), len(arrivals))
    drawn = np.where(is_positive, positive, negative)
    first_come = waits(arrivals, np.zeros(len(arrivals)), READING_MINUTES)
    return drawn, first_come, waits(arrivals, priority[drawn], READING_MINUTES)


def waits(arrivals: FloatArray, priority: FloatArray, reading_minutes: float) -> FloatArray:
    """Minutes until reading begins of (studies,) in order of arrival.

    The reader takes the waiting study with the highest priority; of equals the first to arrive.
    """
    begun = np.zeros(len(arrivals))
    waiting: list[tuple[float, int]] = []
    free_at, arrived = 0.0, 0
    for _ in arrivals:
        if not waiting:
            free_at = max(free_at, arrivals[arrived])
        while arrived < len(arrivals) and arrivals[arrived] <= free_at:
            heapq.heappush(waiting, (-priority[arrived], arrived))
            arrived += 1
        _, index = heapq.heappop(waiting)
        begun[index] = free_at
        free_at += reading_minutes
    return begun - arrivals


def _waiting(group: str, first_come: FloatArray, triage: FloatArray) -> Waiting:
    before, after = _delay(first_come), _delay(triage)
    saved = Delay(
        before.median_minutes - after.median_minutes, before.p90_minutes - after.p90_minutes
    )
    return Waiting(group, len(first_come), before, after, saved)


def _delay(minutes: FloatArray) -> Delay:
    median, p90 = np.percentile(minutes, (50, 90))
    return Delay(float(median), float(p90))
