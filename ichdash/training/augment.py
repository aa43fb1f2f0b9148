"""Random geometry and intensity, so that another scanner, kernel or pose is nothing new."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

AIR_HU = -1000.0


@dataclass(frozen=True)
class Ranges:
    """How far each property is varied."""

    rotation: float = 22.0  # degrees
    scale: float = 0.18  # natural logarithm
    stretch: float = 0.06
    shift: float = 0.08  # of the field
    hu_shift: float = 5.0
    hu_gain: float = 0.07
    noise_hu: float = 4.0


def geometry(count: int, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """One affine map (count, 2, 3) for all slices of a run, as `affine_grid` takes it."""
    roll, log_scale, stretch, y, x = (2 * torch.rand(5, generator=generator) - 1).tolist()
    angle = math.radians(ranges.rotation) * roll
    scale = math.exp(ranges.scale * log_scale)
    mirror = -1.0 if torch.rand(1, generator=generator).item() < 0.5 else 1.0
    wide, high = scale * (1 + ranges.stretch * stretch), scale * (1 - ranges.stretch * stretch)
    matrix = torch.tensor(
        [
            [mirror * wide * math.cos(angle), -high * math.sin(angle), ranges.shift * x],
            [mirror * wide * math.sin(angle), high * math.cos(angle), ranges.shift * y],
        ]
    )
    return matrix.expand(count, 2, 3)


def warp(images: Tensor, affine: Tensor, outside: float) -> Tensor:
    """Resample (n, channels, h, w) along `affine` (n, 2, 3)."""
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images - outside, grid, align_corners=False)
    return moved + outside


def intensity(hu: Tensor, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """Vary calibration, sharpness and noise of (n, h, w) in HU, one draw for all slices."""
    draws = torch.rand(6, generator=generator).tolist()
    hu = hu * (1 + ranges.hu_gain * (2 * draws[0] - 1)) + ranges.hu_shift * (2 * draws[1] - 1)
    if draws[2] < 0.5:
        soft = _smooth(hu.clamp(-200, 400))
        weight = 0.9 * draws[3] if draws[2] < 0.3 else -0.6 * draws[3]  # softer, or sharper
        hu = hu + weight * (soft - hu.clamp(-200, 400))
    if draws[4] < 0.6:
        noise = torch.randn(hu.shape, generator=generator)
        noise = _smooth(noise) * 2.5 if draws[5] < 0.6 else noise
        hu = hu + noise * ranges.noise_hu * draws[5]
    return hu


def _smooth(images: Tensor) -> Tensor:
    """A 3 × 3 binomial filter over (n, h, w)."""
    line = torch.tensor([0.25, 0.5, 0.25])
    kernel = torch.outer(line, line)[None, None]
    padded = functional.pad(images[:, None], (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, kernel)[:, 0]
