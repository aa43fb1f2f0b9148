"""Did the head move between slices? What lies in one plane jumps against its neighbours then.

From slice to slice a head at rest moves smoothly: anatomy changes little by little, a tilted gantry
shears evenly. A jump stands out of the running median of the moves. Looked at is the part of the
head where there is brain, without the vertex. Slow drifts over many slices, moves along the
patient's axis, and motion within a slice are not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ichdash.domain import Volume
from ichdash.imaging import anatomy, registration

LEAST_SHIFT_MM = 2.5
LEAST_TURN = 2.5
"""In degrees. Smaller jumps are told from anatomy too seldom. For slices up to APART_MM apart; of
others as much more is needed as they are further apart."""

SURE = 12.0
"""Standard errors that a turn needs at least: a round outline, as near the vertex, hides it."""

APART_MM = 5.0
"""Of thin slices, those about so far apart are compared: a move takes longer than one of them."""

WINDOW = 5
"""Pairs of slices in the running median: it ignores up to two that jump."""

LEAST_PAIRS = 5

CAVITY_CM2 = 40.0
"""Below the first slice whose cavity is as large, jaw and neck change too much to tell."""

VERTEX = 0.5
"""Slices whose tissue is less than this part of that at the widest cavity are not looked at."""

MARGIN_MM = 20.0
"""From the cavity to beyond the skin, over most of the head."""

TISSUE_HU = -200.0
RANGE_HU = (-200.0, 400.0)
"""Skin and skull stand out, teeth and metal no more than bone."""

Pairs = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Jump:
    """A move of the head between two slices."""

    slices: tuple[int, int]  # slice_index before and after
    shift_mm: float  # 0 where too small to tell
    turn: float  # in degrees; 0 where too small to tell
    excess: float  # in limits: the larger of shift and turn


def notes(volume: Volume) -> tuple[str, ...]:
    """The sentence for a reader if the head moved between slices, else none."""
    found = jumps(volume)
    if not found:
        return ()
    worst = max(found, key=lambda jump: jump.excess)
    before, after = (index + 1 for index in worst.slices)
    places = "" if len(found) == 1 else f" at {len(found)} places, most"
    return (
        f"The head moved{places} between slices {before} and {after} of {len(volume)} "
        f"({_amount(worst)}): blood near there can be missed or mimicked.",
    )


def _amount(jump: Jump) -> str:
    shift, turn = f"by about {jump.shift_mm:.0f} mm", f"turned by about {jump.turn:.0f}°"
    parts = [shift] * (jump.shift_mm > 0) + [turn] * (jump.turn > 0)
    return ", ".join(parts)


def jumps(volume: Volume) -> tuple[Jump, ...]:
    """Every move of the head between slices that stands out, feet to head."""
    found = anatomy.survey(volume)
    slices = _looked_at(volume, found)
    if len(slices) <= LEAST_PAIRS:
        return ()
    pictures, region = _pictures(found, slices)
    moves = registration.moves(pictures, region)
    steps_mm = np.diff(volume.positions_mm[slices])
    wide = np.maximum(1, steps_mm / APART_MM)  # anatomy changes as much more between slices
    shift_mm = _shift_mm(moves, 2 * found.step_mm, volume.shear * steps_mm)
    shift_mm, turn = (
        _least(shift_mm, LEAST_SHIFT_MM * wide),
        _least(_turn(moves), LEAST_TURN * wide),
    )
    excess = np.maximum(shift_mm / LEAST_SHIFT_MM, turn / LEAST_TURN) / wide
    return tuple(
        Jump(
            (int(slices[pair]), int(slices[pair + 1])),
            float(shift_mm[pair]),
            float(turn[pair]),
            float(excess[pair]),
        )
        for pair in np.flatnonzero(excess)
    )


def _looked_at(volume: Volume, found: anatomy.Survey) -> npt.NDArray[np.intp]:
    """The slices to compare: from where the brain begins up to the vertex, APART_MM apart."""
    cavity_cm2 = found.cavity.sum(axis=(1, 2)) * found.step_mm**2 / 100
    if cavity_cm2.max() < CAVITY_CM2:
        return np.arange(0)
    tissue = (found.hu > TISSUE_HU).sum(axis=(1, 2))
    widest, first = int(np.argmax(cavity_cm2)), int(np.argmax(cavity_cm2 >= CAVITY_CM2))
    small = tissue[widest:] < VERTEX * tissue[widest]
    last = widest + int(np.argmax(small)) if small.any() else len(volume)
    stride = max(1, int(APART_MM / volume.spacing_mm[0] + 1e-6))
    return np.arange(first, last, stride)


def _pictures(
    found: anatomy.Survey, slices: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float32], anatomy.BoolArray]:
    """Slices in [0, 1] at half the survey's samples, and where the head lies in them: around the
    cavity, so that neither a table nor a hand that holds the head counts."""
    margin = anatomy.disk(MARGIN_MM, found.step_mm)
    head = ndimage.binary_dilation(np.asarray(found.cavity.any(axis=0)), margin)
    rows, columns = (_even(np.asarray(head.any(axis=axis))) for axis in (1, 0))
    low, high = RANGE_HU
    unit = (found.hu[slices, rows, columns].clip(low, high) - low) / (high - low)
    down = unit[:, 0::2] + unit[:, 1::2]
    halved = (down[:, :, 0::2] + down[:, :, 1::2]) / 4
    return np.asarray(halved, np.float32), head[rows, columns][::2, ::2]


def _even(is_used: npt.NDArray[np.bool_]) -> slice:
    """From the first to the last that is used, or one less to make their number even."""
    used = np.flatnonzero(is_used)
    first, count = int(used[0]), int(used[-1] - used[0]) + 1
    return slice(first, first + count // 2 * 2)


def _shift_mm(moves: registration.Moves, sample_mm: float, tilt_mm: Pairs) -> Pairs:
    """How far each pair of slices jumps; less, under a tilt, what its shear could explain.

    Scanners of several rows move some slices together, by none or by twice what the tilt asks for.
    """
    down = _off_median(moves.down * sample_mm + tilt_mm)
    return np.hypot(np.maximum(down - np.abs(tilt_mm), 0), _off_median(moves.right * sample_mm))


def _turn(moves: registration.Moves) -> Pairs:
    """How far each pair of slices is turned, in degrees; none where that is unsure."""
    turn = _off_median(moves.turn)
    return np.degrees(np.where(turn >= SURE * moves.turn_error, turn, 0))


def _least(values: Pairs, limits: Pairs) -> Pairs:
    """Values below their limit set to 0."""
    return np.where(values >= limits, values, 0.0)


def _off_median(values: Pairs) -> Pairs:
    """How far each value lies off the running median."""
    return np.abs(values - ndimage.median_filter(values, WINDOW, mode="reflect"))
