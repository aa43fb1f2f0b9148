"""Whether slices in order make a whole scan: lost slices are refused, odd spacing is told.

A scan may change its spacing on purpose (thin at the base, thick above) and may overlap. A slice
is missing only where a step is far larger than those around it and tissue between went unseen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

GAP = 1.6  # a step beyond this many of its neighbours' has lost slices
UNEVEN = 1.1  # steps that differ by more are worth a warning
LEAST_COVERAGE_MM = 60.0  # less goes behind every other series
HALF_MM = 70.0  # of a head, which is about 140 mm high
COUNTS = ("no slice seems", "one slice seems", "two slices seem", "three slices seem")


def gap(positions_mm: Array, thickness_mm: Sequence[float]) -> str:
    """The sentence on the first place where slices are missing, empty where there is none."""
    steps = np.diff(positions_mm)
    for i, step in enumerate(steps):
        touching = (thickness_mm[i] + thickness_mm[i + 1]) / 2 * UNEVEN
        usual = _usual_step(steps, i)
        if usual and step > GAP * usual and step > touching:
            return _gap_sentence(usual, float(step), i + 1)
    return ""


def _usual_step(steps: Array, i: int) -> float | None:
    """The step to expect at `i`: the larger of the smallest near steps before and after."""
    sides = (steps[max(i - 2, 0) : i], steps[i + 1 : i + 3])
    near = [float(side.min()) for side in sides if len(side)]
    return max(near) if near else None


def _gap_sentence(usual: float, step: float, after: int) -> str:
    missing = max(round(step / usual) - 1, 1)
    lost = COUNTS[missing] if missing < len(COUNTS) else f"{missing} slices seem"
    return (
        f"slice spacing jumps from {usual:.1f} to {step:.1f} mm after slice {after}; "
        f"{lost} to be missing. Not screened. Send the series again."
    )


def oddities(positions_mm: Array, thickness_mm: Sequence[float]) -> list[str]:
    """What a reader should know of the spacing of a scan that has no gap."""
    if len(positions_mm) < 2:
        return ["The series holds a single slice."]
    steps, thickness = np.diff(positions_mm), np.asarray(thickness_mm)
    touching = (thickness[:-1] + thickness[1:]) / 2  # (slices - 1,): steps that leave no room
    found = []
    if steps.max() > UNEVEN * steps.min():
        found.append(f"Slice spacing varies from {steps.min():.1f} to {steps.max():.1f} mm.")
    widest = int(np.argmax(steps / touching))
    if steps[widest] > GAP * touching[widest]:
        found.append(
            f"Slices are {steps[widest]:.1f} mm apart but {touching[widest]:.1f} mm thick: "
            "what lies between them was not seen."
        )
    if (covered := coverage_mm(positions_mm, float(np.median(thickness)))) < HALF_MM:
        found.append(f"The series covers only {covered:.0f} mm of the head.")
    return found


def coverage_mm(positions_mm: Array, thickness_mm: float) -> float:
    """How much of the body the slices span, along their normal."""
    return float(positions_mm[-1] - positions_mm[0]) + thickness_mm
