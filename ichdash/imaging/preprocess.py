"""The one recipe from a `Volume` to what the network sees; training and screening both call it.

Thin slices are averaged to slabs of about 5 mm, a gantry tilt is sheared straight, a head that lies
turned is turned back, and a square of fixed size in millimetres, centred on the intracranial
cavity, is resampled to a square grid.
`Prepared.to_slices` takes maps on that grid back to every original slice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.domain import Volume
from ichdash.imaging import anatomy, resample, slabs

FIELD_MM = 208.0
"""Side of the square that the network sees: the largest heads' brains fit in."""

SLAB_MM = 5.0
"""Thickness the network is used to; thinner series are averaged up to it."""

TISSUE_HU = -200.0

LEAST_TURN, MOST_TURN = np.radians(12), np.radians(60)
"""A head turned less lies straight enough, one turned more was not measured right."""

BROAD, LEAST_BROAD_MM2 = 0.6, 9000.0
"""The turn is measured where the cavity has this much of its largest area, if that is so large."""

LEAST_LENGTH = 1.05
"""A cavity whose length is less than this times its width does not tell how it is turned."""

LEAST_SAMPLES = 50
"""A cavity of fewer coarse samples does not tell where the head's centre is."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A volume as the network sees it, with the way back to the original slices."""

    hu: npt.NDArray[np.float32]  # (slabs, size, size), air outside the scan
    slab_of_slice: npt.NDArray[np.intp]  # (slices,) which slab each original slice went into
    rows_mm: npt.NDArray[np.float64]  # (slabs, 2) first and last sample row, in volume rows' mm
    columns_mm: tuple[float, float]  # first and last sample column
    extent_mm: tuple[float, float]  # height and width of an original slice
    turn: float  # by which the slices were turned about the square's middle, in radians

    def to_slices(
        self, maps: npt.NDArray[np.floating], shape: tuple[int, int]
    ) -> npt.NDArray[np.float32]:
        """Bring (slabs, h, w) maps over the square to (slices, *shape) over the whole slice."""
        height, width = maps.shape[1:]
        columns = self._operator(self.columns_mm, width, shape[1], self.extent_mm[1])
        planes = np.empty((len(maps), *shape), np.float32)
        for slab, (first, last) in enumerate(self.rows_mm):
            rows = self._operator((first, last), height, shape[0], self.extent_mm[0])
            planes[slab] = rows @ maps[slab].astype(np.float32) @ columns.T
            if self.turn:
                planes[slab] = self._turned_back(planes[slab], (first + last) / 2)
        return planes[self.slab_of_slice]

    def _turned_back(
        self, plane: npt.NDArray[np.float32], middle_mm: float
    ) -> npt.NDArray[np.float32]:
        """Turn a map over a whole slice back about the square's middle."""
        step = self.extent_mm[0] / plane.shape[0], self.extent_mm[1] / plane.shape[1]
        across_mm = sum(self.columns_mm) / 2
        centre = middle_mm / step[0] - 0.5, across_mm / step[1] - 0.5
        return resample.turned(plane, -self.turn, centre, step)

    def _operator(
        self, span_mm: tuple[float, float], cells: int, out: int, extent_mm: float
    ) -> resample.Operator:
        """Interpolate `cells` map cells covering the square at `out` samples over the slice."""
        side = FIELD_MM / cells
        start = (span_mm[0] + span_mm[1]) / 2 - FIELD_MM / 2 + side / 2
        out_mm = (np.arange(out) + 0.5) * (extent_mm / out) - start
        return resample.operator(out_mm, cells, side)


def prepare(volume: Volume, size: int) -> Prepared:
    """Crop, straighten, average and resample `volume` to (slabs, size, size) in HU."""
    slab = slab_of_slice(volume)
    hu, positions_mm = slabs.average(volume, slab)
    _, row_mm, column_mm = volume.spacing_mm
    shift_mm = _shift_mm(volume, positions_mm)
    middle, turn = _middle(volume), _turn(volume)
    step = FIELD_MM / size
    columns_mm = resample.centres_mm(size, step, middle[1])
    columns = resample.operator(columns_mm, hu.shape[2], column_mm)
    out = np.empty((len(hu), size, size), np.float32)
    rows_mm = np.empty((len(hu), 2))
    for index, each in enumerate(hu):
        centres = resample.centres_mm(size, step, middle[0] - shift_mm[index])
        rows = resample.operator(centres, hu.shape[1], row_mm)
        above_air = each - anatomy.AIR_HU
        if turn:
            centre = (middle[0] - shift_mm[index]) / row_mm, middle[1] / column_mm
            above_air = resample.turned(above_air, turn, centre, (row_mm, column_mm))
        out[index] = rows @ (above_air @ columns.T) + anatomy.AIR_HU
        rows_mm[index] = centres[0] + row_mm / 2, centres[-1] + row_mm / 2
    return Prepared(
        hu=out,
        slab_of_slice=slab,
        rows_mm=rows_mm,
        columns_mm=(columns_mm[0] + column_mm / 2, columns_mm[-1] + column_mm / 2),
        extent_mm=(hu.shape[1] * row_mm, hu.shape[2] * column_mm),
        turn=turn,
    )


def slab_mm(volume: Volume) -> float:
    """Distance between the slabs of `prepare`."""
    return SLAB_MM if _is_thin(volume) else volume.spacing_mm[0]


def _is_thin(volume: Volume) -> bool:
    return volume.spacing_mm[0] <= SLAB_MM / 2


def slab_of_slice(volume: Volume) -> npt.NDArray[np.intp]:
    """Number the slab of each slice: neighbours within SLAB_MM share one if they are thin."""
    return slabs.numbered(volume, SLAB_MM) if _is_thin(volume) else np.arange(len(volume))


def _middle(volume: Volume) -> tuple[float, float]:
    """Centre (row, column) in mm of the cavity, tilt removed; of the tissue if none is found."""
    found = anatomy.survey(volume)
    mask = found.cavity if found.cavity.sum() >= LEAST_SAMPLES else found.hu > TISSUE_HU
    if not mask.any():
        return float(found.rows_mm.mean()), float(found.columns_mm.mean())
    rows_mm, columns_mm = _places_mm(volume, found, mask)
    return _centre(rows_mm), _centre(columns_mm)


def _turn(volume: Volume) -> float:
    """How far the head's long axis lies turned in the slice, in radians; 0 if hardly or unknown."""
    found = anatomy.survey(volume)
    areas = found.cavity.sum(axis=(1, 2))
    if areas.max(initial=0) * found.step_mm**2 < LEAST_BROAD_MM2:
        return 0.0
    broad = found.cavity & (areas >= BROAD * areas.max())[:, np.newaxis, np.newaxis]
    lean, length = anatomy.lean(*_places_mm(volume, found, broad))
    is_turned = LEAST_TURN <= abs(lean) <= MOST_TURN and length >= LEAST_LENGTH
    return lean if is_turned else 0.0


def _places_mm(
    volume: Volume, found: anatomy.Survey, mask: anatomy.BoolArray
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Rows and columns in mm of the samples of `mask`, the gantry's tilt removed."""
    slices, rows, columns = np.nonzero(mask)
    upright = found.rows_mm[rows] + _shift_mm(volume, volume.positions_mm)[slices]
    return upright, found.columns_mm[columns]


def _shift_mm(volume: Volume, positions_mm: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far to the back the rows at these positions lie, for the tilt of the gantry."""
    return np.asarray(volume.shear * (positions_mm - volume.positions_mm.mean()))


def _centre(values_mm: npt.NDArray[np.float64]) -> float:
    low, high = np.percentile(values_mm, (1, 99))
    return float(low + high) / 2
