"""Where the brain could be: the space that the skull encloses, found from HU alone.

Shared by the head check (is there a cavity with brain in it?), by preprocessing (what to centre
on) and by training (where bleeds may be inserted). Thresholds in HU; sizes in mm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ichdash.domain import Volume
from ichdash.imaging import resample

AIR_HU = -1000.0

SURVEY_MM = 2.0
"""Sampling of the coarse volume in which the cavity is looked for."""

BONE_HU = 150.0
"""Above this, at 1–3 mm samples, is bone (or metal), not blood, brain or muscle."""

BRAIN_HU = (-15.0, 100.0)
"""From CSF with noise to dense clot."""

SMOOTH_MM = 1.0
"""Noise is smoothed with a Gaussian of this standard deviation."""

NECK_MM = 4.0
"""Passages narrower than twice this (fissures, foramina, sutures) part one space from another."""

WALL_MM = 5.0
"""Bone this close to the border of a space counts as its wall."""

WALL_FRACTION = 0.6
"""A space is intracranial if bone walls at least this much of its border in the slice."""

OVERLAP = 0.5
"""A space continues its neighbour's if at least this much of it lies under (or over) it."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Survey:
    """A volume at SURVEY_MM in the slice, all slices, with its cavity."""

    hu: npt.NDArray[np.float32]  # (slices, rows, columns)
    cavity: BoolArray  # (slices, rows, columns)
    rows_mm: npt.NDArray[np.float64]  # positions of the rows in the original slice
    columns_mm: npt.NDArray[np.float64]
    step_mm: float = SURVEY_MM


@lru_cache(maxsize=1)  # the head check and preprocessing ask for the same volume in turn
def survey(volume: Volume) -> Survey:
    """Look `volume` over coarsely: HU without fine noise, and the cavity."""
    grids, operators = [], []
    for count, step in zip(volume.hu.shape[1:], volume.spacing_mm[1:], strict=True):
        samples = max(2, round(count * step / SURVEY_MM))
        grids.append(resample.centres_mm(samples, SURVEY_MM, (count - 1) * step / 2))
        operators.append(resample.operator(grids[-1], count, step))
    above_air = (plane[np.newaxis].astype(np.float32) - AIR_HU for plane in volume.hu)  # in turn
    coarse = [resample.apply(operators[0], operators[1], one) for one in above_air]
    hu = np.concatenate(coarse) + AIR_HU
    return Survey(hu, cavity(hu, SURVEY_MM), grids[0], grids[1])


def disk(radius_mm: float, spacing_mm: float) -> BoolArray:
    """A filled disk (rows, columns) of a radius in mm, at least one sample."""
    reach = int(radius_mm / spacing_mm)
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    return np.asarray(np.hypot(y, x) * spacing_mm <= radius_mm + 1e-6)


def cavity(hu: npt.NDArray[np.floating], spacing_mm: float) -> BoolArray:
    """The intracranial cavity of `hu` (slices, rows, columns), square samples of `spacing_mm`.

    From the slice with the largest bone-walled space of brain's density, up and down: each slice
    keeps the walled spaces that overlap its neighbour's, so that orbits, muscles and the mouth
    are left out. Empty where no slice has such a space.
    """
    spaces = [_walled_spaces(each, spacing_mm) for each in hu]
    largest = [max((space.sum() for space in each), default=0) for each in spaces]
    kept = np.zeros(hu.shape, np.bool_)
    if not any(largest):
        return kept
    widest = int(np.argmax(largest))
    kept[widest] = max(spaces[widest], key=np.sum)
    for direction, stop in ((1, len(hu)), (-1, -1)):
        for index in range(widest + direction, stop, direction):
            for space in spaces[index]:
                if kept[index - direction][space].mean() > OVERLAP:
                    kept[index] |= space
    return kept


def lean(rows: npt.NDArray[np.generic], columns: npt.NDArray[np.generic]) -> tuple[float, float]:
    """How far the longest axis of these points leans from the rows' direction, in radians, and
    how many times longer it is than the axis across it."""
    spread = np.cov(np.stack([rows, columns]))
    across, along = np.sqrt(np.linalg.eigvalsh(spread).clip(1e-9))
    angle = 0.5 * np.arctan2(2 * spread[0, 1], spread[0, 0] - spread[1, 1])
    return float(angle), float(along / across)


def _walled_spaces(plane: npt.NDArray[np.floating], spacing_mm: float) -> list[BoolArray]:
    """Spaces of brain's density in one slice whose border is mostly bone."""
    smooth = ndimage.gaussian_filter(plane.astype(np.float32), SMOOTH_MM / spacing_mm)
    brain = (smooth > BRAIN_HU[0]) & (smooth < BRAIN_HU[1])
    parted = ndimage.binary_opening(brain, disk(NECK_MM, spacing_mm))
    near_bone = ndimage.binary_dilation(np.asarray(plane) > BONE_HU, disk(WALL_MM, spacing_mm))
    labels, count = ndimage.label(parted)
    spaces = []
    for part in range(1, count + 1):
        space = labels == part
        border = space & ~ndimage.binary_erosion(space)
        if near_bone[border].mean() >= WALL_FRACTION:
            grown = ndimage.binary_dilation(space, disk(NECK_MM / 2, spacing_mm))
            spaces.append(np.asarray(grown & brain))
    return spaces
