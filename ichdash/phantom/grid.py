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

HalfField = npt.NDArray[np.float32]
LOWEST_MM = -56.0  # of the first slice's centre below the head's reference plane
HEIGHT_MM = 145.0  # up to the vertex
PLANES = 4  # thin planes averaged into a slice
FINE_COLUMNS = 384  # from here on, anatomy is sampled at half the matrix


@dataclass(frozen=True, eq=False)
class Grid:
    """The sampling of one study: `planes` thin planes a slice, pixels coarser by `factor`."""

    spec: HeadSpec

    @property
    def factor(self) -> int:
        return 2 if min(self.spec.rows, self.spec.columns) >= FINE_COLUMNS else 1

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(slices, planes, rows, columns) of the samples."""
        spec = self.spec
        return spec.slices, PLANES, spec.rows // self.factor, spec.columns // self.factor

    @property
    def sample_ml(self) -> float:
        """Volume of one sample."""
        pixel_mm = self.spec.pixel_mm * self.factor
        return pixel_mm**2 * self.spec.slice_mm / PLANES / 1000

    @property
    def column_direction(self) -> npt.NDArray[np.float64]:
        """Direction of growing row index."""
        tilt = np.deg2rad(self.spec.gantry_tilt_deg)
        return np.array([0, np.cos(tilt), -np.sin(tilt)])

    @property
    def normal(self) -> npt.NDArray[np.float64]:
        """Slice normal, towards the head."""
        return np.cross([1.0, 0, 0], self.column_direction)

    def slice_center(self, slice_index: int) -> npt.NDArray[np.float64]:
        """Centre of a slice in mm; the table moves along z alone."""
        step = self.spec.slice_mm / self.normal[2]
        middle = LOWEST_MM + HEIGHT_MM / 2
        return np.array([0, 0, middle + (slice_index - (self.spec.slices - 1) / 2) * step])

    def first_pixel(self, slice_index: int) -> npt.NDArray[np.float64]:
        """Centre of a slice's first pixel, as ImagePositionPatient wants it."""
        spec = self.spec
        across = np.array([1.0, 0, 0]) * (spec.columns - 1) / 2
        down = self.column_direction * (spec.rows - 1) / 2
        return self.slice_center(slice_index) - (across + down) * spec.pixel_mm

    def plane_offsets(self) -> npt.NDArray[np.float64]:
        """Distances in mm of the thin planes from their slice's centre, along the normal."""
        return ((np.arange(PLANES) + 0.5) / PLANES - 0.5) * self.spec.slice_mm

    def patient_points(self) -> Points:
        """All samples in patient coordinates, shaped as `shape`."""
        _, _, rows, columns = self.shape
        pixel_mm = self.spec.pixel_mm * self.factor
        centers = np.stack([self.slice_center(i) for i in range(self.spec.slices)])
        planes = centers[:, None] + self.plane_offsets()[None, :, None] * self.normal
        down = (np.arange(rows) - (rows - 1) / 2) * pixel_mm
        across = (np.arange(columns) - (columns - 1) / 2) * pixel_mm
        origin = planes[:, :, None, None, :].astype(np.float32)
        _, cy, cz = self.column_direction
        zero = np.zeros(self.shape, np.float32)
        return Points(
            zero + across.astype(np.float32),
            zero + origin[..., 1] + (down * cy).astype(np.float32)[:, None],
            zero + origin[..., 2] + (down * cz).astype(np.float32)[:, None],
        )

    def head_points(self, patient: Points) -> Points:
        """The samples in the head's own frame."""
        turned = _rotation(self.spec).T.astype(np.float32)
        x, y = patient.x - self.spec.offset_mm[0], patient.y - self.spec.offset_mm[1]
        z = patient.z
        return Points(*(row[0] * x + row[1] * y + row[2] * z for row in turned))

    def to_slices(self, samples: Field) -> HalfField:
        """Thin planes averaged into slices: (slices, planes, rows, columns) → (slices, rows, columns)."""
        averaged: HalfField = samples.reshape(self.shape).mean(axis=1)
        return averaged

    def enlarge(self, slices: HalfField) -> HalfField:
        """Sample pixels to the study's matrix, with the blur of a soft kernel."""
        if self.factor == 1:
            return slices
        down = _interpolation(slices.shape[1], self.spec.rows)
        across = _interpolation(slices.shape[2], self.spec.columns)
        enlarged: HalfField = down @ slices @ across.T
        return enlarged

    def mask(self, share: Field, chosen: Chosen) -> npt.NDArray[np.bool_]:
        """Voxels of the study at least half filled, from the share of each chosen sample."""
        samples = np.zeros(self.shape, np.float32)
        samples[chosen] = share
        filled: npt.NDArray[np.bool_] = self.enlarge(self.to_slices(samples)) >= 0.5
        return filled


def _rotation(spec: HeadSpec) -> npt.NDArray[np.float64]:
    """Rotation from the head's frame to the patient's."""
    turn, nod, lean = np.deg2rad([spec.turn_deg, spec.nod_deg, spec.lean_deg])
    c, s = np.cos, np.sin
    about_z = np.array([[c(turn), -s(turn), 0], [s(turn), c(turn), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, c(nod), -s(nod)], [0, s(nod), c(nod)]])
    about_y = np.array([[c(lean), 0, s(lean)], [0, 1, 0], [-s(lean), 0, c(lean)]])
    return about_z @ about_x @ about_y


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
