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

    rotation: float = 20.0  # degrees
    scale: float = 0.13  # natural logarithm
    stretch: float = 0.06
    shift: float = 0.08  # of the field
    hu_shift: float = 5.0
    hu_gain: float = 0.07
    noise_hu: float = 4.0


def geometry(count: int, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """Random affine maps (count, 2, 3), as `affine_grid` takes them; half of them mirror."""
    roll, log_scale, stretch, y, x = (2 * torch.rand(5, count, generator=generator) - 1).unbind()
    angle, scale = math.radians(ranges.rotation) * roll, torch.exp(ranges.scale * log_scale)
    mirror = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    wide, high = scale * (1 + ranges.stretch * stretch), scale * (1 - ranges.stretch * stretch)
    rows = (
        torch.stack([mirror * wide * angle.cos(), -high * angle.sin(), ranges.shift * x], 1),
        torch.stack([mirror * wide * angle.sin(), high * angle.cos(), ranges.shift * y], 1),
    )
    return torch.stack(rows, 1)


def warp(images: Tensor, affine: Tensor, outside: float) -> Tensor:
    """Resample (n, channels, h, w) along `affine` (n, 2, 3)."""
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images - outside, grid, align_corners=False)
    return moved + outside


def intensity(hu: Tensor, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """Vary calibration, sharpness and noise of (n, channels, h, w) in HU, one draw for each n."""
    gain, shift, kernel, strength, is_noisy, noise = torch.rand(
        6, len(hu), 1, 1, 1, generator=generator
    ).unbind()
    hu = hu * (1 + ranges.hu_gain * (2 * gain - 1)) + ranges.hu_shift * (2 * shift - 1)
    tissue = hu.clamp(-200, 400)
    softer, sharper = 0.9 * strength * (kernel < 0.3), 0.6 * strength * (kernel > 0.8)
    hu = hu + (softer - sharper) * (_smooth(tissue) - tissue)
    grain = torch.randn(hu.shape, generator=generator)
    grain = torch.where(noise < 0.6, _smooth(grain) * 2.5, grain)
    return hu + grain * ranges.noise_hu * noise * (is_noisy < 0.6)


def _smooth(images: Tensor) -> Tensor:
    """A 3 × 3 binomial filter over (n, channels, h, w); ten times as fast as a convolution here."""
    padded = functional.pad(images, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., :-2] + padded[..., 2:]) / 4 + padded[..., 1:-1] / 2
    return (across[:, :, :-2] + across[:, :, 2:]) / 4 + across[:, :, 1:-1] / 2
