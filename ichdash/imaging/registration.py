"""How each slice lies moved in its plane against the one before: Gauss-Newton on smooth pictures.

Anatomy grows and shrinks from slice to slice, so growth down and across is estimated with the move
and set aside. Both slices are brought halfway, so that neither is the measure of the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

BLUR = 1.5
"""Standard deviation in samples of the first steps' Gaussian, which reaches a far jump."""

BLURRED_STEPS, SHARP_STEPS = 2, 2

OUTLIER = 0.1
"""Differences beyond this part of the pictures' range count less (Huber's weights)."""

STIFF = 1e-4
"""Keeps the equations solvable where a slice shows nothing."""


@dataclass(frozen=True, eq=False)
class Moves:
    """From each slice to the next: the move of what it shows, about the middle of both."""

    down: npt.NDArray[np.float64]  # (slices - 1,) samples
    right: npt.NDArray[np.float64]  # (slices - 1,) samples
    turn: npt.NDArray[np.float64]  # (slices - 1,) radians, clockwise on screen
    turn_error: npt.NDArray[np.float64]  # (slices - 1,) standard error: large for a round outline


def moves(slices: FloatArray, region: BoolArray) -> Moves:
    """Register neighbours among `slices` (slices, rows, columns) with values in [0, 1].

    Only what lies in `region` (rows, columns) counts.
    """
    y, x = _places(slices)
    move = np.zeros((len(slices) - 1, 5))  # down, right, turn, growth down, growth across
    blurred = ndimage.gaussian_filter(slices, (0, BLUR, BLUR), truncate=2.0)
    error = np.zeros(len(move))
    for pictures in [blurred] * BLURRED_STEPS + [slices] * SHARP_STEPS:
        lower, upper = _halfway(pictures, move, y, x)
        slopes = _slopes((lower + upper) * np.float32(0.5), y, x)[:, :, region]
        step, error = _step((upper - lower)[:, region], slopes)
        move += step
    return Moves(move[:, 0], move[:, 1], move[:, 2], error)


def _places(slices: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rows (pairs, rows, 1) and columns (pairs, 1, columns) from the middle of each pair."""
    both = slices[:-1] + slices[1:]
    total = np.maximum(both.sum(axis=(1, 2)), 1e-6)
    rows, columns = (np.arange(count, dtype=np.float32) for count in slices.shape[1:])
    y = rows - (both.sum(axis=2) @ rows / total)[:, np.newaxis]
    x = columns - (both.sum(axis=1) @ columns / total)[:, np.newaxis]
    return y[:, :, np.newaxis], x[:, np.newaxis, :]


def _halfway(
    slices: FloatArray, move: npt.NDArray[np.float64], y: FloatArray, x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Each pair's lower and upper slice, both moved to the middle of the way between them."""
    down, right, turn, growth_down, growth_across = (
        move.T.astype(np.float32)[:, :, np.newaxis, np.newaxis] / 2
    )
    along, across = down + turn * x + growth_down * y, right - turn * y + growth_across * x
    rows, columns = (np.arange(count, dtype=np.float32) for count in slices.shape[1:])
    rows = rows[:, np.newaxis]
    lower = _sampled(slices[:-1], rows - along, columns - across)
    return lower, _sampled(slices[1:], rows + along, columns + across)


def _sampled(slices: FloatArray, rows: FloatArray, columns: FloatArray) -> FloatArray:
    """Bilinear samples of each slice; places outside take the border's value."""
    count, height, width = slices.shape
    rows, columns = rows.clip(0, height - 1.001), columns.clip(0, width - 1.001)
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    down, right = rows - top, columns - left
    first = top * width + left + np.arange(count, dtype=np.int32)[:, None, None] * height * width
    flat = slices.ravel()
    upper = flat[first] * (1 - right) + flat[first + 1] * right
    lower = flat[first + width] * (1 - right) + flat[first + width + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, np.float32)


def _step(
    difference: FloatArray, slopes: FloatArray
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The Gauss-Newton step of each pair (pairs, 5), and the standard error of its turn.

    Of `difference` (pairs, samples) and `slopes` (pairs, 5, samples).
    """
    weight = OUTLIER / np.maximum(np.abs(difference), OUTLIER)
    weighted = slopes * weight[:, np.newaxis]
    normal = (weighted @ slopes.transpose(0, 2, 1)).astype(np.float64) + STIFF * np.eye(5)
    inverse = np.linalg.inv(normal)
    step = -(inverse @ (weighted @ difference[:, :, np.newaxis]))[:, :, 0]
    misfit = (weight * difference**2).mean(axis=1)
    return step, np.sqrt(misfit * inverse[:, 2, 2])


def _slopes(picture: FloatArray, y: FloatArray, x: FloatArray) -> FloatArray:
    """How a picture changes with each of the five parts of a move (pairs, 5, rows, columns)."""
    down, right = np.zeros_like(picture), np.zeros_like(picture)
    down[:, 1:-1] = (picture[:, 2:] - picture[:, :-2]) / 2
    right[:, :, 1:-1] = (picture[:, :, 2:] - picture[:, :, :-2]) / 2
    return np.stack((down, right, down * x - right * y, down * y, right * x), axis=1)
