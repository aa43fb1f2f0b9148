"""How far a learner's mark is from the truth, in millimetres through the volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ichdash.lessons import Spot
from ichdash.store.teaching import Truth

HIT_MM = 10.0
"""A mark this near to the blood counts as found: two slices of a usual study, a finger's width."""


def distance_mm(
    mark: Spot, meta: Mapping[str, Any], truth: Truth | None, spots: Sequence[Spot]
) -> float | None:
    """From `mark` to the nearest place with blood, 0 inside it; None where no place is known.

    `truth` is a mask that covers the slices of the display volume `meta`; without one, `spots`
    are balls of their radius.
    """
    if truth is not None and truth.any():
        return _to_mask(mark, meta, truth)
    if spots:
        return min(_to_ball(mark, meta, spot) for spot in spots)
    return None


def _to_mask(mark: Spot, meta: Mapping[str, Any], truth: Truth) -> float:
    cells = np.argwhere(truth)  # (cells, 3): slice, row, column
    scale = np.array([meta["rows"] / truth.shape[1], meta["columns"] / truth.shape[2]])
    low = cells[:, 1:] * scale
    point = np.array([mark.y, mark.x])
    beside = np.maximum(0, np.maximum(low - point, point - (low + scale)))  # pixels
    across = beside * np.array(meta["spacing_mm"][1:])
    along = _slices_mm(meta, mark.slice_index, cells[:, 0])
    squared = (across**2).sum(axis=1) + along**2
    return float(np.sqrt(squared).min())


def _to_ball(mark: Spot, meta: Mapping[str, Any], spot: Spot) -> float:
    _, row_mm, column_mm = meta["spacing_mm"]
    across = np.hypot((mark.x - spot.x) * column_mm, (mark.y - spot.y) * row_mm)
    along = _slices_mm(meta, mark.slice_index, np.array([spot.slice_index]))[0]
    return max(0.0, float(np.hypot(across, along)) - spot.radius * float(column_mm))


def _slices_mm(
    meta: Mapping[str, Any], index: int, others: npt.NDArray[np.integer]
) -> npt.NDArray[np.float64]:
    positions = np.asarray(meta["positions_mm"], np.float64)
    return np.asarray(positions[others] - positions[index], np.float64)
