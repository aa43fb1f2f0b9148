"""A head that moves while it is scanned: some slices shifted and turned, the table not."""

from dataclasses import replace

import numpy as np
from scipy import ndimage

from ichdash.domain import Volume

AIR_HU, TISSUE_HU = -1000, -200
TABLE_MM = 3.0
"""A table's shell is thinner than twice this, and no part of the head is."""


def moved(
    volume: Volume, slices: slice, down_mm: float = 0.0, right_mm: float = 0.0, degrees: float = 0.0
) -> Volume:
    """The head of `volume` in other places in `slices`, turned about its middle (clockwise)."""
    hu = volume.hu.copy()
    for index in range(*slices.indices(len(hu))):
        hu[index] = _moved(hu[index], volume.spacing_mm[1:], (down_mm, right_mm), degrees)
    return replace(volume, hu=hu)


def _moved(
    plane: np.ndarray, step_mm: tuple[float, float], way_mm: tuple[float, float], degrees: float
) -> np.ndarray:
    head = _head(plane, step_mm[0])
    above_air = np.where(head, plane - float(AIR_HU), 0).astype(np.float32)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cosine, -sine], [sine, cosine]])  # pixels are square
    middle = np.array(ndimage.center_of_mass(head))
    offset = middle - turn @ (middle + np.array(way_mm) / step_mm)
    elsewhere = ndimage.affine_transform(above_air, turn, offset, order=1) + AIR_HU
    rest = np.where(head, AIR_HU, plane)
    return np.maximum(rest, np.rint(elsewhere)).astype(np.int16)


def _head(plane: np.ndarray, step_mm: float) -> np.ndarray:
    """The largest thing in a slice, with a margin for the partial volume of its skin."""
    tissue = ndimage.binary_fill_holes(plane > TISSUE_HU)
    parted = ndimage.binary_opening(tissue, iterations=round(TABLE_MM / step_mm))
    labels, count = ndimage.label(parted)
    if not count:
        return np.zeros(plane.shape, bool)
    largest = labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])
    return ndimage.binary_dilation(largest, iterations=round(TABLE_MM / step_mm))
