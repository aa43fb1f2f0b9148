"""A real head without hemorrhage, measured once so that bleeds can be drawn into it many times.

Everything lives on the network's own grid (`imaging.preprocess`): square samples in the slice,
slabs along the body. Distances are in millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch.nn import functional

from ichdash.imaging import anatomy

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

SUBSLICES = (-1 / 3, 0.0, 1 / 3)
"""Where in a slab its occupancy is sampled, in slab thicknesses: partial volume across slices."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A head and its measured anatomy; all arrays are (slabs, rows, columns)."""

    hu: FloatArray
    smooth: FloatArray  # HU with its noise filtered out
    cavity: BoolArray
    depth_mm: FloatArray  # from the inner table inwards, in the slice; 0 outside the cavity
    sulci: FloatArray  # in [0, 1], how much of a sample is CSF between gyri or in cisterns
    ventricles: BoolArray
    z_mm: npt.NDArray[np.float32]  # (slabs,)
    step_mm: float

    @property
    def slab_mm(self) -> float:
        return float(np.median(np.diff(self.z_mm))) if len(self.z_mm) > 1 else 5.0

    def offsets_mm(self, centre: tuple[int, int, int], shift: float = 0.0) -> list[FloatArray]:
        """Distance to a sample along (z, y, x), broadcastable; `shift` in slab thicknesses."""
        count, rows, columns = self.hu.shape
        z = self.z_mm - self.z_mm[centre[0]] + shift * self.slab_mm
        y = (np.arange(rows, dtype=np.float32) - centre[1]) * self.step_mm
        x = (np.arange(columns, dtype=np.float32) - centre[2]) * self.step_mm
        return [z.reshape(count, 1, 1), y.reshape(1, rows, 1), x.reshape(1, 1, columns)]

    def midline(self) -> tuple[FloatArray, FloatArray]:
        """Distance in mm (slabs, rows, columns) along the head's long axis from the cavity's
        middle, to the back positive, and across it."""
        areas = self.cavity.sum(axis=(1, 2))
        _, rows, columns = np.nonzero(self.cavity[areas >= 0.6 * areas.max()])
        lean, _ = anatomy.lean(rows, columns)
        middle = rows.mean(), columns.mean()
        _, y, x = self.offsets_mm((0, 0, 0))
        y, x = y - middle[0] * self.step_mm, x - middle[1] * self.step_mm
        along, across = y * np.cos(lean) + x * np.sin(lean), x * np.cos(lean) - y * np.sin(lean)
        shape = self.hu.shape
        return np.broadcast_to(along, shape), np.broadcast_to(across, shape)


def measure(hu: npt.NDArray[np.floating], step_mm: float, slab_mm: float) -> Scene | None:
    """Measure the anatomy of `hu` (slabs, rows, columns); None where no cavity is found."""
    hu = hu.astype(np.float32)
    cavity = anatomy.cavity(hu, step_mm)
    if not cavity.any():
        return None
    cavity = np.stack([ndimage.binary_fill_holes(each) for each in cavity])
    clipped = np.clip(hu, -50, 120)
    smooth = _smooth(clipped, cavity, 1.0 / step_mm)
    broad = ndimage.gaussian_filter(clipped, (0, 6.0 / step_mm, 6.0 / step_mm))
    depth = np.stack([ndimage.distance_transform_edt(each) for each in cavity]) * step_mm
    fluid = np.clip((22 - smooth) / 14, 0, 1)
    groove = np.clip((broad - smooth - 3) / 8, 0, 1) * 0.8
    deep_fluid = cavity & (smooth < 17) & (depth > 22)
    ventricles = ndimage.binary_opening(deep_fluid, np.ones((1, 2, 2), np.bool_))
    return Scene(
        hu=hu,
        smooth=smooth,
        cavity=cavity,
        depth_mm=depth.astype(np.float32),
        sulci=np.where(cavity & ~ventricles, np.maximum(fluid, groove), 0).astype(np.float32),
        ventricles=ventricles,
        z_mm=(np.arange(len(hu)) * slab_mm).astype(np.float32),
        step_mm=step_mm,
    )


def _smooth(hu: FloatArray, cavity: BoolArray, reach: float) -> FloatArray:
    """Filter the noise out of each slice, keeping the skull out of the cavity and the brain out of
    the skull: blood drawn beside bone takes over the noise there, which must not hold the edge."""
    sigma = (0, reach, reach)
    inside = ndimage.gaussian_filter(cavity.astype(np.float32), sigma)
    brain = ndimage.gaussian_filter(hu * cavity, sigma) / np.maximum(inside, 1e-3)
    other = ndimage.gaussian_filter(hu * ~cavity, sigma) / np.maximum(1 - inside, 1e-3)
    return np.asarray(np.where(cavity, brain, other), np.float32)


def texture(scene: Scene, scale_mm: float, rng: np.random.Generator) -> FloatArray:
    """Smooth random field of unit deviation and a correlation length in mm, shape of the scene."""
    count, rows, columns = scene.hu.shape
    coarse_mm = max(scale_mm / 2, scene.step_mm)
    shape = [
        max(2, int(np.ceil(extent / coarse_mm)) + 1)
        for extent in (count * scene.slab_mm, rows * scene.step_mm, columns * scene.step_mm)
    ]
    coarse = rng.standard_normal(shape).astype(np.float32)
    fine = functional.interpolate(
        torch.from_numpy(coarse)[None, None], scene.hu.shape, mode="trilinear"
    )
    field = fine[0, 0].numpy()
    return np.asarray(field / (field.std() + 1e-6), np.float32)
