"""Where a study samples the patient: slices, tilt, placement, and the way back to its matrix.

Coordinates follow the DICOM patient (PS3.3 C.7.6.2.1.1): x to the left, y to the back, z to the
head. A gantry tilt turns the slices about x while the table still moves along z, so that slices
are sheared against one another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.phantom.shapes import Chosen, Field, Points
from ichdash.phantom.spec import HeadSpec

Slices = npt.NDArray[np.float32]  # (slices, rows, columns)
ROW_DIRECTION = np.array([1.0, 0.0, 0.0])
LOWEST_MM = -56.0  # of the first slice's centre below the head's reference plane
HEIGHT_MM = 145.0  # up to the vertex
PLANES = 4  # thin planes averaged into a slice
FINE_MATRIX = 384  # from here on, anatomy is sampled at half the matrix


@dataclass(frozen=True, eq=False)
class Grid:
    """The sampling of one study: `planes` thin planes a slice, pixels coarser by `factor`."""

    spec: HeadSpec

    @property
    def factor(self) -> int:
        return 2 if self.spec.columns >= FINE_MATRIX else 1

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(slices, planes, rows, columns) of the samples."""
        pixels = self.spec.columns // self.factor
        return self.spec.slices, PLANES, pixels, pixels

    @property
    def sample_ml(self) -> float:
        """Volume of one sample."""
        pixel_mm = self.spec.pixel_mm * self.factor
        return pixel_mm**2 * self.spec.slice_mm / PLANES / 1000

    def volume_ml(self, mask: npt.NDArray[np.bool_]) -> float:
        """Volume of a mask of the study's voxels."""
        return float(mask.sum()) * float(np.prod(self.spec.spacing_mm)) / 1000

    @property
    def column_direction(self) -> npt.NDArray[np.float64]:
        """Direction of growing row index."""
        tilt = np.deg2rad(self.spec.gantry_tilt_deg)
        return np.array([0, np.cos(tilt), -np.sin(tilt)])

    @property
    def normal(self) -> npt.NDArray[np.float64]:
        """Slice normal, towards the head."""
        return np.cross(ROW_DIRECTION, self.column_direction)

    def slice_center(self, slice_index: int) -> npt.NDArray[np.float64]:
        """Centre of a slice in mm; the table moves along z alone."""
        step = self.spec.slice_mm / self.normal[2]
        middle = LOWEST_MM + HEIGHT_MM / 2
        return np.array([0, 0, middle + (slice_index - (self.spec.slices - 1) / 2) * step])

    def first_pixel(self, slice_index: int) -> npt.NDArray[np.float64]:
        """Centre of a slice's first pixel, as ImagePositionPatient wants it."""
        half_mm = (self.spec.columns - 1) / 2 * self.spec.pixel_mm
        return self.slice_center(slice_index) - half_mm * (ROW_DIRECTION + self.column_direction)

    def plane_offsets(self) -> npt.NDArray[np.float64]:
        """Distances in mm of the thin planes from their slice's centre, along the normal."""
        return ((np.arange(PLANES) + 0.5) / PLANES - 0.5) * self.spec.slice_mm

    def patient_points(self) -> Points:
        """All samples in patient coordinates, shaped as `shape`."""
        pixels = self.shape[2]
        centers = np.stack([self.slice_center(i) for i in range(self.spec.slices)])
        planes = centers[:, None] + self.plane_offsets()[:, None] * self.normal
        origin = planes.astype(np.float32)[:, :, None, None, :]  # (slices, planes, 1, 1, xyz)
        along = (np.arange(pixels) - (pixels - 1) / 2) * self.spec.pixel_mm * self.factor
        across = along.astype(np.float32)  # (columns,)
        _, cy, cz = self.column_direction.astype(np.float32)
        zero = np.zeros(self.shape, np.float32)
        return Points(
            zero + across,
            zero + (origin[..., 1] + across[:, None] * cy),
            zero + (origin[..., 2] + across[:, None] * cz),
        )

    def near_head(self, patient: Points) -> Chosen:
        """Samples that may lie within the head, however it is turned."""
        x, y = patient.x - self.spec.offset_mm[0], patient.y - self.spec.offset_mm[1] + 4
        near: Chosen = x * x * np.float32(1 / 108**2) + y * y * np.float32(1 / 126**2) < 1
        return near

    def head_points(self, patient: Points) -> Points:
        """The samples in the head's own frame."""
        turned: Slices = _rotation(self.spec).T.astype(np.float32)
        x, y = patient.x - self.spec.offset_mm[0], patient.y - self.spec.offset_mm[1]
        z = patient.z
        return Points(*(row[0] * x + row[1] * y + row[2] * z for row in turned))

    def to_slices(self, samples: Field) -> Slices:
        """Thin planes averaged: (slices, planes, rows, columns) to (slices, rows, columns)."""
        averaged: Slices = samples.reshape(self.shape).mean(axis=1)
        return averaged

    def enlarge(self, slices: Slices) -> Slices:
        """Sample pixels to the study's matrix, with the blur of a soft kernel."""
        if self.factor == 1:
            return slices
        weights = _interpolation(self.shape[2], self.spec.columns)
        return np.asarray(weights @ slices @ weights.T, np.float32)

    def mask(self, share: Field, chosen: Chosen) -> npt.NDArray[np.bool_]:
        """Voxels of the study at least half filled, from the share of each chosen sample."""
        samples = np.zeros(self.shape, np.float32)
        samples[chosen] = share
        slices = self.to_slices(samples)
        filled = np.zeros((len(slices), self.spec.rows, self.spec.columns), np.bool_)
        touched = slices.max(axis=(1, 2)) > 0
        filled[touched] = self.enlarge(slices[touched]) >= 0.5
        return filled


def _rotation(spec: HeadSpec) -> npt.NDArray[np.float64]:
    """Rotation from the head's frame to the patient's."""
    turn, nod, lean = np.deg2rad([spec.turn_deg, spec.nod_deg, spec.lean_deg])
    c, s = np.cos, np.sin
    about_z = np.array([[c(turn), -s(turn), 0], [s(turn), c(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, c(nod), -s(nod)], [0, s(nod), c(nod)]])
    about_y = np.array([[c(lean), 0, s(lean)], [0, 1, 0], [-s(lean), 0, c(lean)]])
    turned: npt.NDArray[np.float64] = about_z @ about_x @ about_y
    return turned


def _interpolation(coarse: int, fine: int) -> npt.NDArray[np.float32]:
    """Weights (fine, coarse) of cubic B-splines: they blur like a soft kernel and never ring."""
    position = (np.arange(fine) + 0.5) * coarse / fine - 0.5
    weights = np.zeros((fine, coarse), np.float32)
    for neighbour in range(-1, 3):
        index = np.floor(position).astype(int) + neighbour
        gap = np.abs(position - index)
        weight = np.where(gap < 1, 2 / 3 - gap**2 + gap**3 / 2, (2 - gap) ** 3 / 6)
        np.add.at(weights, (np.arange(fine), np.clip(index, 0, coarse - 1)), weight)
    return weights
