"""Shapes of hemorrhage: how much of each sample of a scene is blood.

Each function returns occupancy (slabs, rows, columns) in [0, 1], zero outside its own space:
parenchymal clots in the brain, subdural crescents along the inner table or the falx, epidural
lenses against the skull, subarachnoid blood where CSF really is, intraventricular layers in the
ventricles that are really there. None where the scene has no such space.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage, special

from ichdash.training.scene import SUBSLICES, FloatArray, Scene, texture

EDGE_MM = 0.6
"""Half-width of the soft border of a clot."""


def soft(inside_mm: npt.NDArray[np.floating]) -> FloatArray:
    """Occupancy from the signed distance to the border, positive inside."""
    return np.asarray(special.expit(np.asarray(inside_mm, np.float32) / EDGE_MM), np.float32)


def _pick(where: npt.NDArray[np.bool_], rng: np.random.Generator) -> tuple[int, int, int] | None:
    points = np.flatnonzero(where)
    if len(points) == 0:
        return None
    z, y, x = np.unravel_index(int(rng.choice(points)), where.shape)
    return int(z), int(y), int(x)


def intraparenchymal(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """A warped ellipsoid at least 4 mm deep in the brain."""
    centre = _pick(scene.cavity & (scene.depth_mm > 4), rng)
    if centre is None:
        return None
    radius = (3000 * volume_ml / (4 * np.pi)) ** (1 / 3)
    axes = np.exp(rng.normal(0, 0.22, 3))
    axes = radius * axes / np.prod(axes) ** (1 / 3)
    angle = rng.uniform(0, np.pi)
    warp = texture(scene, max(radius, 4.0), rng) * 0.16 * radius
    occupancy = np.zeros_like(scene.hu)
    for shift in SUBSLICES:
        z, y, x = scene.offsets_mm(centre, shift)
        along = np.cos(angle) * x + np.sin(angle) * y
        across = np.cos(angle) * y - np.sin(angle) * x
        distance = np.sqrt((z / axes[0]) ** 2 + (along / axes[1]) ** 2 + (across / axes[2]) ** 2)
        occupancy += soft((1 - distance) * radius + warp)
    return np.asarray(occupancy / len(SUBSLICES) * scene.cavity, np.float32)


def contusion(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """Mottled blood in the outer brain: as a blow leaves it, clots and brain side by side."""
    outer = scene.cavity & (scene.depth_mm > 4) & (scene.depth_mm < 22)
    limited = replace(scene, cavity=outer) if outer.any() else scene
    whole = intraparenchymal(limited, volume_ml, rng)
    if whole is None:
        return None
    mottle = texture(scene, rng.uniform(5, 11), rng) + rng.uniform(-0.3, 0.6)
    return np.asarray(whole * special.expit(2.5 * mottle), np.float32)


def subdural(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """A crescent along one hemisphere's inner table, thin and long."""
    return _extra_axial(scene, volume_ml, rng, spread=rng.uniform(0.85, 1.7), power=0.5)


def epidural(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """A lens against the skull, thick and short."""
    return _extra_axial(scene, volume_ml, rng, spread=rng.uniform(0.45, 0.75), power=1.0)


def _extra_axial(
    scene: Scene, volume_ml: float, rng: np.random.Generator, spread: float, power: float
) -> FloatArray | None:
    """Blood as deep as a profile that falls off from a point on the inner table.

    `spread` stretches the footprint at a given volume; `power` shapes the profile: 1 a lens,
    0.5 a crescent of even thickness.
    """
    border = (scene.depth_mm > 0) & (scene.depth_mm <= 2 * scene.step_mm)
    centre = _pick(border, rng)
    if centre is None:
        return None
    reach_mm = spread * 26 * max(volume_ml, 0.3) ** (1 / 3) * np.exp(rng.normal(0, 0.15))
    reach_mm = float(np.clip(reach_mm, 7, 95))
    thickness_mm = np.clip(2000 * volume_ml / (np.pi * (0.55 * reach_mm) ** 2), 2.0, 28)
    ripple = 1 + 0.18 * texture(scene, 25, rng)
    side = np.sign(centre[2] - np.nonzero(scene.cavity)[2].mean())
    occupancy = np.zeros_like(scene.hu)
    middle = np.nonzero(scene.cavity)[2].mean()
    beyond_mm = (np.arange(scene.hu.shape[2]) - middle) * side * scene.step_mm
    ripple = ripple * np.clip((beyond_mm + 4) / 10, 0, 1)  # the falx stops it
    for shift in SUBSLICES:
        z, y, x = scene.offsets_mm(centre, shift)
        apart = np.sqrt((z * 1.3) ** 2 + y**2 + x**2) / reach_mm
        profile = thickness_mm * np.clip(1 - apart**2, 0, None) ** power * ripple
        occupancy += soft(profile - scene.depth_mm) * (profile > 0.4)
    return np.asarray(occupancy / len(SUBSLICES) * scene.cavity, np.float32)


def parafalcine(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """Subdural blood along the falx: a thin sheet beside each slice's long axis."""
    areas = scene.cavity.sum(axis=(1, 2))
    high = np.flatnonzero(areas > 0.4 * areas.max())
    if len(high) < 3:
        return None
    length = int(rng.integers(2, max(3, len(high) // 2) + 1))
    first = int(rng.integers(len(high) // 3, max(len(high) // 3 + 1, len(high) - length)))
    thickness_mm = float(np.clip(2.2 + volume_ml / 3, 2.2, 7)) * rng.uniform(0.8, 1.2)
    start, width = rng.uniform(-60, 30), rng.uniform(25, 70)
    offset = rng.choice((-1, 1)) * thickness_mm * rng.uniform(0.1, 0.5)
    along, across = scene.midline()
    shown = np.zeros((len(scene.hu), 1, 1), np.float32)
    shown[high[first : first + length]] = 1
    ends = np.minimum(along - start, start + width - along)
    sheet = soft(thickness_mm / 2 - np.abs(across - offset)) * soft(ends / 3)
    return np.asarray(shown * sheet * scene.cavity, np.float32)


def subarachnoid(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """Blood in the sulci around a point, patchy."""
    return _in_fluid(scene, scene.sulci, scene.sulci > 0.5, volume_ml, rng)


def cisternal(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """Subarachnoid blood in the cisterns of the base and the fissures that open into them."""
    if not scene.sulci.any():
        return None
    _, across = scene.midline()
    level = (np.arange(len(scene.hu)) / len(scene.hu)).reshape(-1, 1, 1)
    is_low = (level > 0.2) & (level < 0.5)
    fluid = np.where(is_low, np.maximum(scene.sulci, scene.ventricles), scene.sulci)
    start = (fluid > 0.5) & is_low & (np.abs(across) < 35) & (scene.depth_mm > 12)
    return _in_fluid(scene, np.asarray(fluid, np.float32), start, volume_ml, rng)


def _in_fluid(
    scene: Scene,
    fluid: FloatArray,
    start: npt.NDArray[np.bool_],
    volume_ml: float,
    rng: np.random.Generator,
) -> FloatArray | None:
    """Patches of blood where `fluid` is CSF, around a point of `start`."""
    centre = _pick(start, rng)
    if centre is None:
        return None
    reach_mm = 14 * max(volume_ml, 0.3) ** (1 / 3) * rng.uniform(0.9, 1.6)
    z, y, x = scene.offsets_mm(centre)
    near = np.exp(-((z**2 * 1.5 + y**2 + x**2) / reach_mm**2))
    patches = special.expit(3 * (texture(scene, 9, rng) + 0.8))
    occupancy = fluid * near * patches * rng.uniform(1.0, 1.5)
    return np.asarray(np.clip(np.where(near > 0.1, occupancy, 0), 0, 1), np.float32)


def intraventricular(scene: Scene, volume_ml: float, rng: np.random.Generator) -> FloatArray | None:
    """Blood that fills one ventricle or all from the dependent end, level to the patient's back."""
    parts, count = ndimage.label(scene.ventricles)
    sizes = np.bincount(parts.ravel())[1:] if count else np.empty(0)
    usable = 1 + np.flatnonzero(sizes * scene.step_mm**2 * scene.slab_mm > 300)
    if len(usable) == 0:
        return None
    chosen = np.isin(parts, usable if rng.random() < 0.4 else rng.choice(usable))
    rows = np.nonzero(chosen)[1]
    wanted = volume_ml * 1000 / (scene.step_mm**2 * scene.slab_mm)
    fraction = float(np.clip(wanted / len(rows), 0.1, 1.0))
    level = np.quantile(rows, 1 - fraction)
    below = soft((np.arange(scene.hu.shape[1])[:, None] - level) * scene.step_mm / 2)
    filled = ndimage.gaussian_filter(chosen.astype(np.float32), (0, 0.7, 0.7))
    return np.asarray(np.clip(filled * 1.3, 0, 1) * below * scene.cavity, np.float32)
