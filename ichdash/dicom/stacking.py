"""The slices of a series put in order along their normal, and checked to be a whole scan.

Only positions tell the order: InstanceNumber and z alone are wrong under gantry tilt. Headers
suffice, so a series can be judged before a pixel is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ichdash.dicom import spacing
from ichdash.dicom.planes import (
    Array,
    Plane,
    is_direction_pair,
    is_parallel,
    normal,
    plane_name,
    planes,
    reading_directions,
)
from ichdash.dicom.studies import Series, Vector
from ichdash.errors import InputError, NotScreenableError

ALL = slice(None)
SAME_PLACE_MM = 0.05  # two slices nearer than this lie at the same position
SAME_PIXEL_SIZE = 0.01  # relative
BODY_PART_MM = (20.0, 2000.0)  # along either side of a slice
THICKNESS_MM = 5.0  # assumed where the header is silent: the usual head CT
MOST_SHEAR = 0.7  # tan 35 degrees; gantries tilt to 30
NO_SHEAR = 1e-3  # rounding of positions
MOST_SIDEWAYS = 0.1  # millimetres to the left or right per millimetre: 15 mm over a head
MOST_JUMP_MM = 3.0  # that a slice may lie off the line through all slices


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

    def cut(self, only: slice) -> Stack:
        """Some of the slices, counted from the feet; raises InputError where there are none."""
        planes, count = self.planes[only], len(self.planes)
        if not planes:
            raise InputError(
                f"The series has no more than {count} slices that lie apart, and the part that was "
                "asked for begins after them. Choose another part."
            )
        return replace(self, planes=planes, positions_mm=self.positions_mm[only])


def stack(series: Series) -> Stack:
    """Put the slices of `series` in order; raises NotScreenableError with the sentence.

    Two slices at one position leave the later one, with a warning: a series that holds two
    whole acquisitions is to be parted first.
    """
    found = planes(series)
    if fault := _fault(found):
        raise NotScreenableError(f"{series.label}: {fault}")
    ordered, positions = _order(found)
    thickness = [thickness_mm(plane) for plane in ordered]
    shear, sideways, jump = _drift(ordered, positions)
    if fault := spacing.gap(positions, thickness) or _drift_fault(shear, sideways):
        raise NotScreenableError(f"{series.label}: {fault}")
    step = float(np.median(np.diff(positions))) if len(positions) > 1 else thickness[0]
    rows, columns = ordered[0].frame.pixel_spacing or (1.0, 1.0)
    warnings = (
        *_doubles(len(found) - len(ordered)),
        *spacing.oddities(positions, thickness),
        *_drift_oddities(sideways, jump),
    )
    return Stack(ordered, positions, (step, rows, columns), shear, warnings)


def thickness_mm(plane: Plane) -> float:
    thickness = plane.frame.slice_thickness
    return thickness if thickness and thickness > 0 else THICKNESS_MM


def _fault(found: tuple[Plane, ...]) -> str:
    """Why the slices cannot be laid on one another, empty where they can."""
    if not found:
        return "holds no picture. Not screened."
    for plane in found:
        if missing := _missing(plane):
            return f"{plane.name} has no usable {missing}. Not screened. Send the series again."
    if (name := plane_name(found[0].frame.orientation or ())) != "axial":
        return f"slices are {name}. Only axial slices are screened. Not screened."
    faults = (_difference(plane, found[0]) for plane in found)
    return next(filter(None, faults), "") or _size_fault(found[0])


def _missing(plane: Plane) -> str:
    """The first thing of a slice's place (PS3.3 C.7.6.2, all type 1) that is not there."""
    frame, instance = plane.frame, plane.instance
    if instance.rows <= 0 or instance.columns <= 0:
        return "picture size (Rows, Columns)"
    if frame.position is None:
        return "position (ImagePositionPatient)"
    if frame.orientation is None or not is_direction_pair(frame.orientation):
        return "orientation (ImageOrientationPatient)"
    if frame.pixel_spacing is None or min(frame.pixel_spacing) <= 0:
        return "pixel size (PixelSpacing)"
    return ""


def _size_fault(plane: Plane) -> str:
    height, width = np.multiply(plane.size, plane.frame.pixel_spacing or (0.0, 0.0))
    least, most = BODY_PART_MM
    if least <= min(height, width) and max(height, width) <= most:
        return ""
    return (
        f"slices measure {width:,.6g} × {height:,.6g} mm; a part of a body has {least:.0f} to "
        f"{most:,.0f} mm. Not screened. Check the unit of its pixel size."
    )


def _difference(plane: Plane, other: Plane) -> str:
    if plane.size != other.size:
        sizes = f"{other.size[1]} × {other.size[0]} and {plane.size[1]} × {plane.size[0]} pixels"
        return f"slices differ in size ({sizes}). Not screened."
    if not is_parallel(plane, other):
        return "slices point in different directions. Not screened."
    own, first = plane.frame.pixel_spacing or (0.0,), other.frame.pixel_spacing or (0.0,)
    if not np.allclose(own, first, rtol=SAME_PIXEL_SIZE):
        return f"slices differ in pixel size ({first[0]:g} and {own[0]:g} mm). Not screened."
    return ""


def _order(found: tuple[Plane, ...]) -> tuple[tuple[Plane, ...], Array]:
    """Slices and their positions (slices,), rising; of several at one position the last taken."""
    positions = positions_mm(found)
    order = sorted(range(len(found)), key=lambda i: (positions[i], found[i].taken))
    groups: list[list[int]] = []
    for i in order:
        if groups and positions[i] - positions[groups[-1][0]] <= SAME_PLACE_MM:
            groups[-1].append(i)
        else:
            groups.append([i])
    kept = [max(group, key=lambda i: found[i].taken) for group in groups]
    return tuple(found[i] for i in kept), positions[kept]


def positions_mm(found: tuple[Plane, ...]) -> Array:
    """Where slices lie (slices,) along the normal of the first."""
    along = normal(found[0].frame.orientation or ())
    return np.array([plane.frame.position for plane in found], np.float64) @ along


def _drift(ordered: tuple[Plane, ...], positions: Array) -> tuple[float, float, float]:
    """Shear to the back and to the left (mm per mm), and the largest jump off that line (mm)."""
    if len(ordered) < 2:
        return 0.0, 0.0, 0.0
    origins = np.array([plane.frame.position for plane in ordered])  # (slices, 3)
    offsets = origins @ np.array(reading_directions(ordered[0].frame.orientation or ())).T
    places, offsets = positions - positions.mean(), offsets - offsets.mean(0)  # (slices, 2)
    slopes = places @ offsets / (places @ places)
    jump = abs(offsets - np.outer(places, slopes)).max()
    shear, sideways = (0.0 if abs(slope) < NO_SHEAR else float(slope) for slope in slopes)
    return shear, sideways, float(jump)


def _drift_fault(shear: float, sideways: float) -> str:
    if max(abs(shear), abs(sideways)) <= MOST_SHEAR:
        return ""
    degrees = np.degrees(np.arctan(max(abs(shear), abs(sideways))))
    return f"slices do not lie over one another (they lean by {degrees:.0f}°). Not screened."


def _drift_oddities(sideways: float, jump: float) -> list[str]:
    found = []
    if abs(sideways) > MOST_SIDEWAYS:
        found.append(f"Slices drift sideways by {abs(sideways):.2f} mm per mm.")
    if jump > MOST_JUMP_MM:
        found.append(f"Slices jump against one another by up to {jump:.1f} mm.")
    return found


def _doubles(count: int) -> list[str]:
    if not count:
        return []
    slices = "1 slice lies" if count == 1 else f"{count} slices lie"
    return [f"{slices} at the position of another; the later one is used."]
