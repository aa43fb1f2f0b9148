"""Thin slices averaged to slabs: for the network, which is used to thick ones, and for the viewer,
which holds the whole volume in a browser's memory."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ichdash.domain import Prediction, Volume

MOST_VOXELS = 128 * 512 * 512
"""What a viewer gets as it is: 64 MiB of HU."""

THIN = 1.5
"""Slices are averaged where a slab would hold at least as many of them."""

_NAMES_SLICES = re.compile(r"slices? \d")

IntArray = npt.NDArray[np.intp]
Parts = tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]


def numbered(volume: Volume, thickness_mm: float) -> IntArray:
    """The number of the slab of each slice (slices,): neighbours within `thickness_mm` share it."""
    depth = volume.positions_mm - volume.positions_mm[0]
    _, slab = np.unique(np.floor(depth / thickness_mm + 1e-6), return_inverse=True)
    return slab.astype(np.intp)


def average(volume: Volume, slab: IntArray) -> Parts:
    """Mean HU (slabs, rows, columns) and mean position in mm of each slab."""
    counts = np.bincount(slab)
    positions_mm = np.bincount(slab, volume.positions_mm) / counts
    if len(counts) == len(volume):
        return volume.hu.astype(np.float32), positions_mm
    sums = np.add.reduceat(volume.hu, _starts(slab), axis=0, dtype=np.float32)
    return np.asarray(sums / counts[:, None, None], np.float32), positions_mm


def shown(volume: Volume, prediction: Prediction, thickness_mm: float) -> tuple[Volume, Prediction]:
    """What a viewer shows: thin slices of a large volume as slabs of `thickness_mm`, or of more
    where even they would be too many. The most that the model said of a slab's slices is said of
    the slab. A note tells of it."""
    if volume.hu.size <= MOST_VOXELS or volume.spacing_mm[0] * THIN > thickness_mm:
        return volume, prediction
    fewest_mm = np.ptp(volume.positions_mm) * volume.hu[0].size / MOST_VOXELS
    thickness_mm = max(thickness_mm, float(fewest_mm))
    slab = numbered(volume, thickness_mm)
    starts = _starts(slab)
    return _averaged(volume, slab, thickness_mm), replace(
        prediction,
        slice_scores=np.maximum.reduceat(prediction.slice_scores, starts),
        heatmap=np.maximum.reduceat(prediction.heatmap, starts, axis=0),
        subtype_maps={
            name: np.maximum.reduceat(each, starts, axis=0)
            for name, each in prediction.subtype_maps.items()
        },
    )


def _averaged(volume: Volume, slab: IntArray, thickness_mm: float) -> Volume:
    hu, positions_mm = average(volume, slab)
    z, y, x = volume.spacing_mm
    note = (
        f"{len(volume)} slices of {z:.1f} mm are shown as {len(hu)} of {thickness_mm:.1f} mm; the "
        "model saw all of them."
    )
    if any(_NAMES_SLICES.search(warning) for warning in volume.warnings):
        note += " Slices that are named before are those that were sent."
    middles = _starts(slab) + np.bincount(slab) // 2
    return replace(
        volume,
        hu=np.rint(hu).astype(np.int16),
        positions_mm=positions_mm,
        spacing_mm=(float(np.median(np.diff(positions_mm))), y, x),
        sop_instance_uids=tuple(volume.sop_instance_uids[middle] for middle in middles),
        instance_numbers=(),
        warnings=(*volume.warnings, note),
    )


def _starts(slab: IntArray) -> IntArray:
    """The first slice of each slab."""
    return np.searchsorted(slab, np.arange(slab[-1] + 1)).astype(np.intp)
