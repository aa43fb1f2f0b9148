"""Random geometry and intensity, so that another scanner, kernel or pose is nothing new."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

AIR_HU = -1000.0

KNOTS, CURVED = 6, 32
"""Bends vary over about a fifth of the field, on curves of this many pieces."""

WAVES = 5
"""Shading varies over about a fifth of the field."""

BONE_HU, GLOW_CELLS = 1000.0, 20
"""Bone brightens what is beside it, seen at a twentieth of the field."""


@dataclass(frozen=True)
class Ranges:
    """How far each property is varied."""

    rotation: float = 20.0  # degrees
    scale: float = 0.13  # natural logarithm
    stretch: float = 0.06
    shift: float = 0.08  # of the field
    bend: float = 0.012  # of the field, deviation at each knot
    hu_shift: float = 5.0
    hu_gain: float = 0.07
    noise_hu: float = 4.0
    shading_hu: float = 5.0  # deviation of what is broad
    glow_hu: float = 14.0  # deviation beside solid bone


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


def bends(count: int, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """Random smooth displacements (count, 2, knots, knots) for `warp`: other heads' shapes."""
    return 2 * ranges.bend * torch.randn(count, 2, KNOTS, KNOTS, generator=generator)


def warp(images: Tensor, affine: Tensor, outside: float, bend: Tensor | None = None) -> Tensor:
    """Resample (n, channels, h, w) along `affine` (n, 2, 3), displaced by `bend` (`bends`)."""
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    if bend is not None:
        height, width = images.shape[-2:]
        curved = functional.interpolate(bend, (CURVED, CURVED), mode="bicubic")
        fine = _enlarged(curved, height, width)
        grid = grid + fine.permute(0, 2, 3, 1)
    moved = functional.grid_sample(images - outside, grid, align_corners=False)
    return moved + outside


def intensity(hu: Tensor, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """Vary calibration, sharpness and noise of (n, channels, h, w) in HU, one draw for each n."""
    gain, shift, kernel, strength, is_noisy, noise = torch.rand(
        6, len(hu), 1, 1, 1, generator=generator
    ).unbind()
    hu = hu * (1 + ranges.hu_gain * (2 * gain - 1)) + ranges.hu_shift * (2 * shift - 1)
    hu = hu + shading(hu, generator, ranges)
    tissue = hu.clamp(-200, 400)
    softer, sharper = 0.9 * strength * (kernel < 0.3), 0.6 * strength * (kernel > 0.8)
    hu = hu + (softer - sharper) * (_smooth(tissue) - tissue)
    grain = torch.randn(hu.shape, generator=generator)
    grain = torch.where(noise < 0.6, _smooth(grain) * 2.5, grain)
    return hu + grain * ranges.noise_hu * noise * (is_noisy < 0.6)


def shading(hu: Tensor, generator: torch.Generator, ranges: Ranges) -> Tensor:
    """What beam hardening leaves: HU to add to (n, channels, h, w), broad, strongest beside bone.

    A large part of brain that is a little brighter or darker than the rest is then no sign of
    blood.
    """
    count, _, height, width = hu.shape
    broad, beside = torch.rand(2, count, 1, 1, 1, generator=generator)
    waves, swells = torch.randn(2, count, 1, WAVES, WAVES, generator=generator)
    glow = functional.avg_pool2d(hu.clamp(0, BONE_HU) / BONE_HU, max(1, height // GLOW_CELLS))
    glow = _smooth(_smooth(glow)) * functional.interpolate(swells, glow.shape[-2:])
    everywhere: Tensor = ranges.shading_hu * broad * _enlarged(waves, height, width)
    beside_bone: Tensor = ranges.glow_hu * beside * _enlarged(glow, height, width)
    return everywhere + beside_bone


def _enlarged(coarse: Tensor, height: int, width: int) -> Tensor:
    fine: Tensor = functional.interpolate(coarse, (height, width), mode="bilinear")
    return fine


def _smooth(images: Tensor) -> Tensor:
    """A 3 × 3 binomial filter over (n, channels, h, w); ten times as fast as a convolution here."""
    padded = functional.pad(images, (1, 1, 1, 1), mode="replicate")
    across = (padded[..., :-2] + padded[..., 2:]) / 4 + padded[..., 1:-1] / 2
    return (across[:, :, :-2] + across[:, :, 2:]) / 4 + across[:, :, 1:-1] / 2
