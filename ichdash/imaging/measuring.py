"""What is measured on the slices, in numbers and in the words of the viewer.

The viewer works the same out in the browser (web/viewer/values.js and hematoma.js): what is
printed must not differ from what was on the screen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np

from ichdash.domain import HuArray
from ichdash.imaging import display
from ichdash.imaging.display import DisplayVolume
from ichdash.records import MeasureKind, Measurement

Point = tuple[float, float, int]  # column and row in pixels, slice from 0
Points = tuple[Point, ...]


@dataclass(frozen=True, eq=False)
class _Stack:
    """The slices as far as they are measured on."""

    meta: dict[str, Any]
    hu: dict[int, HuArray]  # of the slices on which HU are asked for


def values(measured: Sequence[Measurement], shown: DisplayVolume) -> list[str]:
    """The value of each measurement on `shown`, with its unit."""
    regions = (each for each in measured if each.kind is MeasureKind.REGION)
    asked = sorted({index for each in regions for _, _, index in each.points})
    planes = display.decode(shown, asked) if asked else ()
    stack = _Stack(shown.meta, dict(zip(asked, planes, strict=True)))
    return [_WORDS[each.kind](each.points, stack) for each in measured]


def _distance(points: Points, stack: _Stack) -> str:
    return f"{_fixed(_length_mm(stack, *points), 1)} mm"


def _angle(points: Points, stack: _Stack) -> str:
    one, vertex, other = points
    (ax, ay), (bx, by) = (_way_mm(stack, vertex, end) for end in (one, other))
    degrees = math.degrees(abs(math.atan2(ax * by - ay * bx, ax * bx + ay * by)))
    return f"{_fixed(degrees, 1)}°"


def _region(points: Points, stack: _Stack) -> str:
    """HU and area of the ellipse between two corners."""
    (left, top, index), (right, bottom, _) = points
    across, down = abs(right - left) / 2, abs(bottom - top) / 2
    _, row_mm, column_mm = stack.meta["spacing_mm"]
    area = f"{_fixed(math.pi * across * column_mm * down * row_mm / 100, 2)} cm²"
    hu = stack.hu[index]
    rows, columns = np.indices(hu.shape) + 0.5
    x, y = columns - (left + right) / 2, rows - (top + bottom) / 2  # from the middle
    found = hu[(x * down) ** 2 + (y * across) ** 2 <= (across * down) ** 2]
    if not across * down or not found.size:
        return area
    mean, deviation = _fixed(found.mean(), 1), _fixed(found.std(), 1)
    return f"{mean} ± {deviation} HU ({found.min()} to {found.max()}), {area}"


def _volume(points: Points, stack: _Stack) -> str:
    """ABC/2: A, B, and the slices that C counts."""
    a, b = _length_mm(stack, *points[:2]), _length_mm(stack, *points[2:4])
    lowest, highest = sorted(index for _, _, index in points[4:])
    positions = stack.meta["positions_mm"]
    c = abs(positions[highest] - positions[lowest]) + stack.meta["spacing_mm"][0]
    is_alone = lowest == highest
    slices = f"slice {lowest + 1} alone" if is_alone else f"slices {lowest + 1}–{highest + 1}"
    longest, wide, high = (_fixed(mm, 0) for mm in (a, b, c))
    return f"{_fixed(a * b * c / 2000, 1)} ml = A {longest} × B {wide} × C {high} mm / 2, {slices}"


_WORDS: dict[MeasureKind, Callable[[Points, _Stack], str]] = {
    MeasureKind.DISTANCE: _distance,
    MeasureKind.ANGLE: _angle,
    MeasureKind.REGION: _region,
    MeasureKind.VOLUME: _volume,
}


def _way_mm(stack: _Stack, start: Point, end: Point) -> tuple[float, float]:
    _, row_mm, column_mm = stack.meta["spacing_mm"]
    return (end[0] - start[0]) * column_mm, (end[1] - start[1]) * row_mm


def _length_mm(stack: _Stack, start: Point, end: Point) -> float:
    return math.hypot(*_way_mm(stack, start, end))


def _fixed(value: float, digits: int) -> str:
    """Rounded as a browser does: half away from zero."""
    return str(Decimal(float(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
