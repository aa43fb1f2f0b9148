"""Coarse maps over slices as a browser unpacks them: one byte a cell, deflated, as most is dark."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FULL = 255  # stands for 1.0


@dataclass(frozen=True)
class PackedMaps:
    """Maps in [0, 1] of `shape` (…, slices, h, w), on their absolute scale."""

    shape: tuple[int, ...]
    payload: bytes  # what `DecompressionStream("deflate")` inflates


def pack(maps: npt.NDArray[np.floating]) -> PackedMaps:
    """Maps in [0, 1], in steps of 1/255."""
    levels = np.rint(np.asarray(maps, np.float32) * FULL).astype(np.uint8)
    return PackedMaps(levels.shape, zlib.compress(levels.tobytes(), 1))
