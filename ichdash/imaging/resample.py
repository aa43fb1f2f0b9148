"""Separable resampling as two matrix products, anti-aliased when shrinking.

A row operator `R (out, in)` and a column operator `C (out, in)` turn a slice into
`R @ slice @ C.T`. Rows of an operator whose support leaves the input sum to less than one, so what
lies outside the input counts as zero: store HU above air's, and outside becomes air.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Operator = npt.NDArray[np.float32]
FloatVolume = npt.NDArray[np.float32]


def centres_mm(count: int, step_mm: float, middle_mm: float) -> npt.NDArray[np.float64]:
    """Positions of `count` sample centres, `step_mm` apart and symmetric about `middle_mm`."""
    return np.asarray((np.arange(count) - (count - 1) / 2) * step_mm + middle_mm, np.float64)


def operator(
    out_mm: npt.NDArray[np.floating], source_count: int, source_step_mm: float
) -> Operator:
    """Weights (out, source_count) of a triangle filter as wide as the coarser of both grids.

    Source sample `i` lies at `i * source_step_mm`; `out_mm` holds the output sample positions.
    """
    step = out_mm[1] - out_mm[0] if len(out_mm) > 1 else source_step_mm
    width = max(source_step_mm, abs(step))
    beyond = int(np.ceil(width / source_step_mm)) + 1  # as if the source went on, for the sum
    nearest = np.clip(np.round(out_mm / source_step_mm), -beyond, source_count - 1 + beyond)
    around = nearest[:, None] + np.arange(-beyond, beyond + 1)
    total = _triangle(out_mm[:, None] - around * source_step_mm, width).sum(1, keepdims=True)
    source_mm = np.arange(source_count) * source_step_mm
    weights = _triangle(out_mm[:, None] - source_mm, width)
    return np.asarray(weights / np.maximum(total, 1e-6), np.float32)


def _triangle(distance_mm: npt.NDArray[np.floating], width_mm: float) -> npt.NDArray[np.floating]:
    return np.asarray(np.clip(1 - np.abs(distance_mm) / width_mm, 0, None))


def apply(rows: Operator, columns: Operator, slices: npt.NDArray[np.generic]) -> FloatVolume:
    """Resample (slices, in_rows, in_columns) to (slices, out_rows, out_columns), float32."""
    out = np.empty((len(slices), len(rows), len(columns)), np.float32)
    for index, each in enumerate(slices):
        out[index] = rows @ (each.astype(np.float32) @ columns.T)
    return out


def turned(
    plane: npt.NDArray[np.float32],
    angle: float,
    centre: tuple[float, float],
    step_mm: tuple[float, float],
) -> npt.NDArray[np.float32]:
    """Turn (rows, columns) about the sample `centre` by `angle` in radians, true to millimetres.

    A positive angle moves what is below the centre to the left. What comes from outside the input
    counts as zero.
    """
    step = np.array(step_mm)
    cosine, sine = np.cos(angle), np.sin(angle)
    matrix = np.array([[cosine, -sine], [sine, cosine]]) * step[np.newaxis] / step[:, np.newaxis]
    middle = np.array(centre)
    out = ndimage.affine_transform(plane, matrix, middle - matrix @ middle, order=1)
    return np.asarray(out, np.float32)
