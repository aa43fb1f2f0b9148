"""The slices of a series put in order along their normal, and checked to be a whole scan.

Only positions tell the order: InstanceNumber and z alone are wrong under gantry tilt. Headers
suffice, so a series can be judged before a pixel is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ichdash.dicom.planes import (
    Array,
    Plane,
    is_direction_pair,
    normal,
    plane_name,
    planes,
    reading_directions,
)
from ichdash.dicom.studies import Series, Vector
from ichdash.errors import NotScreenableError

SAME_PLACE_MM = 0.05  # two slices nearer than this lie at the same position
SAME_COSINE = 0.9995  # normals within about 1.8 degrees are parallel
GAP = 1.6  # a step beyond this many of its neighbours' has lost slices
UNEVEN = 1.1  # steps that differ by more are worth a warning
MOST_SIDEWAYS = 0.1  # millimetres to the left or right per millimetre: 15 mm over a head
MOST_JUMP_MM = 3.0  # that a slice may lie off the line through all slices
LEAST_COVERAGE_MM = 60.0  # a head is about 140 mm high
MOST_SHEAR = 0.7  # tan 35 degrees; gantries tilt to 30


@dataclass(frozen=True, eq=False)
class Stack:
    """Slices in order, feet to head, and the geometry that they share."""

    planes: tuple[Plane, ...]
    positions_mm: Array  # (slices,) along the normal, rising
    spacing_mm: tuple[float, float, float]  # (slices, stored rows, stored columns)
    shear: float
    warnings: tuple[str, ...]

    @property
    def orientation(self) -> Vector:
        return self.planes[0].frame.orientation or ()


def stack(series: Series) -> Stack:
    """Put the slices of `series` in order; raises NotScreenableError with the sentence.

    Two slices at one position leave the later one, with a warning: a series that holds two
    whole acquisitions is to be parted first.
    """
    found = planes(series)
    _check_places(series, found)
    _check_alike(series, found)
    ordered, positions = _order(found)
    kept = _last_of_each_place(positions)
    ordered, places = tuple(ordered[i] for i in kept), positions[kept]
    _check_gaps(series, ordered, places)
    shear, sideways = _drift(series, ordered, places)
    warnings = [
        *_doubles_warning(len(found) - len(ordered)),
        *_spacing_warnings(ordered, places),
        *sideways,
    ]
    step = float(np.median(np.diff(places))) if len(places) > 1 else _thickness(ordered[0])
    spacing = ordered[0].frame.pixel_spacing or (1.0, 1.0)
    return Stack(ordered, places, (step, *spacing[:2]), shear, tuple(warnings))


def _fail(series: Series, why: str) -> NotScreenableError:
    return NotScreenableError(f"{series.label}: {why}")


def _check_places(series: Series, found: tuple[Plane, ...]) -> None:
    """Every slice needs its place and size (PS3.3 C.7.6.2: all type 1)."""
    if not found:
        raise _fail(series, "holds no picture. Not screened.")
    for plane in found:
        if missing := _missing(plane):
            several = f"; {len(found)} slices in the series" if len(found) > 1 else ""
            raise _fail(series, f"{plane.name} has no usable {missing}{several}. Not screened.")


def _missing(plane: Plane) -> str:
    frame, instance = plane.frame, plane.instance
    if frame.position is None:
        return "position (ImagePositionPatient)"
    if frame.orientation is None or not is_direction_pair(frame.orientation):
        return "orientation (ImageOrientationPatient)"
    if frame.pixel_spacing is None or min(frame.pixel_spacing) <= 0:
        return "pixel size (PixelSpacing)"
    return "" if instance.rows > 0 and instance.columns > 0 else "picture size (Rows, Columns)"


def _check_alike(series: Series, found: tuple[Plane, ...]) -> None:
    first = found[0]
    if (name := plane_name(first.frame.orientation or ())) != "axial":
        raise _fail(series, f"slices are {name}. Only axial slices are screened. Not screened.")
    for plane in found:
        if (plane.instance.rows, plane.instance.columns) != (
            first.instance.rows,
            first.instance.columns,
        ):
            sizes = f"{_size(first)} and {_size(plane)}"
            raise _fail(series, f"slices of different size ({sizes} pixels). Not screened.")
        if not is_parallel(plane, first):
            raise _fail(series, "slices point in different directions. Not screened.")
        if not np.allclose(
            plane.frame.pixel_spacing or 0, first.frame.pixel_spacing or 0, rtol=0.01
        ):
            raise _fail(series, "slices have different pixel sizes. Not screened.")


def is_parallel(a: Plane, b: Plane) -> bool:
    """Whether two slices have the same row and column direction."""
    one = np.asarray(a.frame.orientation).reshape(2, 3)
    other = np.asarray(b.frame.orientation).reshape(2, 3)
    return bool(np.all(np.sum(one * other, axis=1) > SAME_COSINE))


def _size(plane: Plane) -> str:
    return f"{plane.instance.columns} × {plane.instance.rows}"


def _order(found: tuple[Plane, ...]) -> tuple[list[Plane], Array]:
    """Slices and their positions (slices,), rising; equal positions by acquisition."""
    along = normal(found[0].frame.orientation or ())
    positions = np.array([plane.frame.position for plane in found]) @ along
    order = sorted(range(len(found)), key=lambda i: (positions[i], _taken(found[i])))
    return [found[i] for i in order], positions[order]


def _taken(plane: Plane) -> tuple[int, int, int]:
    return plane.frame.acquisition_number or 0, plane.instance.number or 0, plane.frame.index


def _last_of_each_place(positions: Array) -> list[int]:
    """Indices of the slices to keep: of several at one position, the last."""
    steps = np.append(np.diff(positions), np.inf)
    return [int(i) for i in np.flatnonzero(steps > SAME_PLACE_MM)]


def _thickness(plane: Plane) -> float:
    thickness = plane.frame.slice_thickness
    return thickness if thickness and thickness > 0 else 5.0


def _check_gaps(series: Series, ordered: tuple[Plane, ...], places: Array) -> None:
    steps = np.diff(places)
    for i, step in enumerate(steps):
        usual = _usual_step(steps, i)
        touching = (_thickness(ordered[i]) + _thickness(ordered[i + 1])) / 2 * UNEVEN
        if usual and step > GAP * usual and step > touching:
            missing = max(round(step / usual) - 1, 1)
            raise _fail(series, _gap_sentence(usual, step, i + 1, missing))


def _usual_step(steps: Array, i: int) -> float | None:
    """The step to expect at `i`: the larger of the smallest near steps before and after."""
    sides = (steps[max(i - 2, 0) : i], steps[i + 1 : i + 3])
    near = [float(side.min()) for side in sides if len(side)]
    return max(near) if near else None


def _gap_sentence(usual: float, step: float, after: int, missing: int) -> str:
    count = ("", "one slice seems", "two slices seem", "three slices seem")
    lost = count[missing] if missing < len(count) else f"{missing} slices seem"
    return (
        f"slice spacing jumps from {usual:.1f} to {step:.1f} mm after slice {after}; "
        f"{lost} to be missing. Not screened. Send the series again."
    )


def _drift(series: Series, ordered: tuple[Plane, ...], places: Array) -> tuple[float, list[str]]:
    """The shear of the stack, and what is odd about how slices lie over one another."""
    if len(ordered) < 2:
        return 0.0, []
    origins = np.array([plane.frame.position for plane in ordered])
    directions = np.array(reading_directions(ordered[0].frame.orientation or ()))
    offsets = origins @ directions.T  # (slices, 2): to the back, to the left, in millimetres
    slopes, starts = np.polyfit(places, offsets, 1)
    jump = float(abs(offsets - (np.outer(places, slopes) + starts)).max())
    shear, sideways = float(slopes[0]), float(slopes[1])
    if abs(shear) > MOST_SHEAR or abs(sideways) > MOST_SHEAR:
        raise _fail(series, "slices do not lie over one another. Not screened.")
    return (0.0 if abs(shear) < 1e-4 else shear), _drift_warnings(jump, sideways)


def _drift_warnings(jump: float, sideways: float) -> list[str]:
    found = []
    if abs(sideways) > MOST_SIDEWAYS:
        found.append(f"Slices drift sideways by {abs(sideways):.2f} mm per mm.")
    if jump > MOST_JUMP_MM:
        found.append(f"Slices jump against one another by up to {jump:.1f} mm.")
    return found


def _doubles_warning(count: int) -> list[str]:
    if not count:
        return []
    slices = "1 slice lies" if count == 1 else f"{count} slices lie"
    return [f"{slices} at the position of another; the later one is used."]


def _spacing_warnings(ordered: tuple[Plane, ...], places: Array) -> list[str]:
    if len(places) < 2:
        return ["The series holds a single slice."]
    steps, found = np.diff(places), []
    thickness = float(np.median([_thickness(plane) for plane in ordered]))
    if steps.max() > UNEVEN * steps.min():
        found.append(f"Slice spacing varies from {steps.min():.1f} to {steps.max():.1f} mm.")
    if np.median(steps) > GAP * thickness:
        found.append(
            f"Slices are {np.median(steps):.1f} mm apart but {thickness:.1f} mm thick: "
            "what lies between them was not seen."
        )
    if (covered := places[-1] - places[0] + thickness) < LEAST_COVERAGE_MM:
        found.append(f"The series covers {covered:.0f} mm of the head only.")
    return found
