"""Draw hemorrhage, and what is mistaken for it, into a real head without one.

The truth is free: every drawn bleed comes with the exact occupancy of each finding. What fools
detectors (calcification, scalp swelling, streaks) is drawn with no finding at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ichdash.training import lesions
from ichdash.training.scene import FloatArray, Scene, texture

Shape = Callable[[Scene, float, np.random.Generator], FloatArray | None]

SHAPES: tuple[tuple[str, Shape, float, tuple[float, float]], ...] = (
    # finding, shape, how often, volume range in ml
    ("intraparenchymal", lesions.intraparenchymal, 0.28, (0.3, 60)),
    ("epidural", lesions.epidural, 0.26, (1.0, 60)),
    ("subdural", lesions.subdural, 0.18, (3.0, 90)),
    ("subdural", lesions.parafalcine, 0.05, (2.0, 12)),
    ("subarachnoid", lesions.subarachnoid, 0.13, (2.0, 30)),
    ("intraventricular", lesions.intraventricular, 0.10, (0.3, 20)),
)

VISIBLE = 0.3
"""A sample counts as blood where at least this much of it is."""

LEAST_ML = 0.05


@dataclass(frozen=True, eq=False)
class Insertion:
    """What drawing changed: HU added and occupancy by finding, in slabs [first, last)."""

    first: int
    added: npt.NDArray[np.float16]  # (slabs, rows, columns)
    occupancy: dict[str, npt.NDArray[np.float16]]  # finding: (slabs, rows, columns)

    @property
    def last(self) -> int:
        return self.first + len(self.added)


def bleed(scene: Scene, rng: np.random.Generator) -> Insertion | None:
    """Draw one to three bleeds of random kind, volume and place; None if none came out."""
    hu = scene.hu.copy()
    occupancy: dict[str, FloatArray] = {}
    for _ in range(int(rng.choice((1, 2, 3), p=(0.72, 0.21, 0.07)))):
        finding, shape, _, (low, high) = SHAPES[rng.choice(len(SHAPES), p=[s[2] for s in SHAPES])]
        volume_ml = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        blood = shape(scene, volume_ml, rng)
        if blood is None or _millilitres(scene, blood) < LEAST_ML:
            continue
        hu = _paint(scene, hu, blood, finding, rng)
        occupancy[finding] = np.maximum(occupancy.get(finding, 0), blood)
    return _cut(hu - scene.hu, occupancy) if occupancy else None


def look_alike(scene: Scene, rng: np.random.Generator) -> Insertion:
    """Draw what is mistaken for hemorrhage, with no finding."""
    draw = (_calcification, _scalp_swelling, _streaks)[rng.choice(3, p=(0.45, 0.25, 0.3))]
    return _cut(draw(scene, rng), {})


def _millilitres(scene: Scene, blood: FloatArray) -> float:
    return float((blood > VISIBLE).sum()) * scene.step_mm**2 * scene.slab_mm / 1000


def _paint(
    scene: Scene, hu: FloatArray, blood: FloatArray, finding: str, rng: np.random.Generator
) -> FloatArray:
    """Blend blood of a random density, and the edema and push around it, into `hu`."""
    faint = rng.random() < 0.12
    density = rng.uniform(38, 50) if faint else rng.uniform(52, 80)
    field = density + texture(scene, 12, rng) * rng.uniform(1, 4)
    if finding == "subarachnoid":
        field = field + 4  # thin sheets are blurred by their surroundings
    if finding in ("intraparenchymal", "subdural", "epidural") and rng.random() < 0.6:
        hu = _push(scene, hu, blood)
    if finding == "intraparenchymal" and rng.random() < 0.6:
        reach = rng.uniform(2, 7) / scene.step_mm
        halo = ndimage.gaussian_filter(blood, (0.4, reach, reach))
        hu = hu - rng.uniform(4, 14) * np.clip(2 * halo, 0, 1) * scene.cavity
    noise = scene.hu - scene.smooth
    return np.asarray(hu + blood * (field + noise - hu), np.float32)


def _push(scene: Scene, hu: FloatArray, blood: FloatArray) -> FloatArray:
    """Push the tissue of each slice away from the blood, fading over a few centimetres."""
    out = hu.copy()
    reach = 12 / scene.step_mm
    grid = np.indices(hu.shape[1:]).astype(np.float32)
    for index in np.flatnonzero(blood.max(axis=(1, 2)) > VISIBLE):
        pressure = ndimage.gaussian_filter(blood[index], reach)
        slope = np.asarray(np.gradient(pressure)) * reach**2 * 0.35
        length = np.linalg.norm(slope, axis=0, keepdims=True)
        slope *= np.minimum(1, (6 / scene.step_mm) / (length + 1e-6))
        slope *= np.clip(scene.depth_mm[index] / 8, 0, 1)
        moved = ndimage.map_coordinates(hu[index], grid + slope, order=1, mode="nearest")
        out[index] = np.where(scene.cavity[index], np.minimum(moved, 120), hu[index])
    return out


def _cut(added: FloatArray, occupancy: dict[str, FloatArray]) -> Insertion:
    """Keep only the slabs that changed."""
    changed = np.flatnonzero(np.abs(added).max(axis=(1, 2)) > 0.5)
    first, last = (changed[0], changed[-1] + 1) if len(changed) else (0, 1)
    kept = {name: each[first:last].astype(np.float16) for name, each in occupancy.items()}
    return Insertion(int(first), added[first:last].astype(np.float16), kept)


def _calcification(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Dense dots and flecks: choroid plexus, pineal gland, basal ganglia, falx, in pairs or not."""
    added = np.zeros_like(scene.hu)
    deep = scene.cavity & (scene.depth_mm > 25)
    for _ in range(int(rng.integers(1, 5))):
        volume_ml = float(np.exp(rng.uniform(np.log(0.01), np.log(0.5))))
        where = scene if rng.random() < 0.3 or not deep.any() else _limited(scene, deep)
        dot = lesions.intraparenchymal(where, volume_ml, rng)
        if dot is not None:
            density = rng.uniform(110, 500)
            added = np.maximum(added, dot * (density - scene.hu))
    return added


def _limited(scene: Scene, where: npt.NDArray[np.bool_]) -> Scene:
    return Scene(**{**vars(scene), "cavity": where})


def _scalp_swelling(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Blood or swelling outside the skull, which is no intracranial hemorrhage."""
    soft = (scene.smooth > -30) & (scene.smooth < 80) & ~scene.cavity
    air = scene.hu < -300
    near_air = ndimage.distance_transform_edt(~air, sampling=(1e3, scene.step_mm, scene.step_mm))
    points = np.flatnonzero(soft & (near_air < 8))
    if len(points) == 0:
        return np.zeros_like(scene.hu)
    centre = np.unravel_index(int(rng.choice(points)), scene.hu.shape)
    z, y, x = scene.offsets_mm((int(centre[0]), int(centre[1]), int(centre[2])))
    distance = np.sqrt((z * 0.8) ** 2 + y**2 + x**2) / rng.uniform(10, 35)
    weight = np.clip(2 * (1 - distance), 0, 1) * (near_air < rng.uniform(6, 16))
    bone = scene.hu > 120
    target = rng.uniform(40, 75) + (scene.hu - scene.smooth) * 0.3
    added = weight * (target - np.clip(scene.hu, -200, 100))
    return np.asarray(np.where(scene.cavity | bone, 0, added), np.float32)


def _streaks(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Bands of beam hardening or motion over a few slices."""
    rows, columns = np.indices(scene.hu.shape[1:]) * scene.step_mm
    angle, period = rng.uniform(-0.5, 0.5), rng.uniform(6, 35)
    phase = (rows * np.cos(angle) + columns * np.sin(angle)) / period
    band = np.sin(2 * np.pi * (phase + rng.random())) * rng.uniform(3, 12)
    middle, spread = rng.uniform(0, len(scene.hu)), rng.uniform(1, 4)
    fade = np.exp(-(((np.arange(len(scene.hu)) - middle) / spread) ** 2))
    patches = np.clip(texture(scene, 40, rng) + 0.5, 0, 1.5)
    return np.asarray(fade[:, None, None] * band * patches * scene.cavity, np.float32)
