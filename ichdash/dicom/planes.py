"""Where one slice lies in the patient: PS3.3 C.7.6.2.1.1, in LPS millimetres.

x runs to the patient's left, y to the back, z to the head, however the patient lay on the table:
so feet-first, prone and reversed series need no rule of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.dicom.studies import Frame, Instance, Series, Vector
from ichdash.domain import Turn

Array = npt.NDArray[np.float64]

AXIAL_COSINE = 0.75  # of the angle between slice normal and body axis: within about 41 degrees
SAME_COSINE = 0.9995  # of the angle between like directions: within about 1.8 degrees
UNIT_TOLERANCE = 0.02  # of length and of the right angle between row and column direction


@dataclass(frozen=True)
class Plane:
    """One frame and the instance that it stands in."""

    instance: Instance
    frame: Frame

    @property
    def name(self) -> str:
        """How a sentence names it: the file, and the frame where the file has several."""
        several = len(self.instance.frames) > 1
        suffix = f" (frame {self.frame.index + 1})" if several else ""
        return f"{self.instance.short_name}{suffix}"

    @property
    def size(self) -> tuple[int, int]:
        return self.instance.rows, self.instance.columns

    @property
    def taken(self) -> tuple[int, int, int]:
        """Sorts slices of one position by when they were taken."""
        return self.frame.acquisition_number or 0, self.instance.number or 0, self.frame.index


def planes(series: Series) -> tuple[Plane, ...]:
    """Every picture of `series`, in stored order."""
    return tuple(Plane(i, frame) for i in series.instances for frame in i.frames)


def is_direction_pair(orientation: Vector) -> bool:
    """Whether the six cosines are two unit vectors at a right angle."""
    row, column = np.asarray(orientation).reshape(2, 3)
    lengths = np.linalg.norm([row, column], axis=1)
    return bool(np.all(abs(lengths - 1) < UNIT_TOLERANCE) and abs(row @ column) < UNIT_TOLERANCE)


def is_parallel(one: Plane, other: Plane) -> bool:
    """Whether two slices have the same row and column direction."""
    directions = np.asarray(one.frame.orientation).reshape(2, 3)
    others = np.asarray(other.frame.orientation).reshape(2, 3)
    return bool(np.all(np.sum(directions * others, axis=1) > SAME_COSINE))


def normal(orientation: Vector) -> Array:
    """The unit vector (3,) across the slice, pointing to the head where the slice is axial."""
    row, column = np.asarray(orientation).reshape(2, 3)
    across = np.cross(row, column)
    across /= np.linalg.norm(across)
    return across if across[np.argmax(abs(across))] > 0 else -across


def plane_name(orientation: Vector) -> str:
    """axial, coronal, sagittal or oblique."""
    across = abs(normal(orientation))
    if across.max() < AXIAL_COSINE:
        return "oblique"
    return ("sagittal", "coronal", "axial")[int(np.argmax(across))]


def reading_turn(orientation: Vector) -> Turn:
    """The turn after which rows run to the back and columns to the patient's left."""
    along_row, along_column = np.asarray(orientation).reshape(2, 3)
    transpose = bool(abs(along_row[1]) > abs(along_row[0]))
    if transpose:
        along_row, along_column = along_column, along_row
    return Turn(transpose, bool(along_column[1] < 0), bool(along_row[0] < 0))


def reading_directions(orientation: Vector) -> tuple[Array, Array]:
    """Unit vectors (3,) along rising rows and rising columns, once turned for reading."""
    turn = reading_turn(orientation)
    along_row, along_column = np.asarray(orientation).reshape(2, 3)
    if turn.transpose:
        along_row, along_column = along_column, along_row
    return (
        -along_column if turn.flip_rows else along_column,
        -along_row if turn.flip_columns else along_row,
    )
