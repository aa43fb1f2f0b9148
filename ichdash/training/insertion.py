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

from ichdash.training import lesions, look_alikes
from ichdash.training.scene import FloatArray, Scene, texture

Shape = Callable[[Scene, float, np.random.Generator], FloatArray | None]

SHAPES: tuple[tuple[str, Shape, float, tuple[float, float]], ...] = (
    # finding, shape, how often, volume range in ml
    ("intraparenchymal", lesions.intraparenchymal, 0.28, (0.3, 60)),
    ("epidural", lesions.epidural, 0.26, (0.6, 60)),
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
    return _cut(look_alikes.draw(scene, rng), {})


def _millilitres(scene: Scene, blood: FloatArray) -> float:
    return float((blood > VISIBLE).sum()) * scene.step_mm**2 * scene.slab_mm / 1000


def _paint(
    scene: Scene, hu: FloatArray, blood: FloatArray, finding: str, rng: np.random.Generator
) -> FloatArray:
    """Blend blood of a random density, and the edema and push around it, into `hu`."""
    field = density(finding, rng) + texture(scene, 12, rng) * rng.uniform(1, 4)
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


def density(finding: str, rng: np.random.Generator) -> float:
    """HU of a bleed: mostly fresh, some faint; subdural blood may be old, no denser than brain."""
    if finding == "subdural" and (age := rng.random()) < 0.16:
        return float(rng.uniform(16, 30) if age < 0.08 else rng.uniform(30, 46))
    faint = rng.random() < 0.15
    return float(rng.uniform(40, 52) if faint else rng.uniform(52, 84))


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
