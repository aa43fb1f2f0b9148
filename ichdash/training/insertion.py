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


@dataclass(frozen=True)
class Kind:
    """A kind of bleed to draw."""

    finding: str
    shape: Shape
    share: float  # of all that is drawn
    volume_ml: tuple[float, float]  # from, to


KINDS = (
    Kind("intraparenchymal", lesions.intraparenchymal, 0.18, (0.2, 60)),
    Kind("intraparenchymal", lesions.contusion, 0.10, (0.5, 40)),
    Kind("epidural", lesions.epidural, 0.24, (0.6, 60)),
    Kind("subdural", lesions.subdural, 0.18, (3.0, 90)),
    Kind("subdural", lesions.parafalcine, 0.05, (2.0, 12)),
    Kind("subarachnoid", lesions.subarachnoid, 0.08, (2.0, 30)),
    Kind("subarachnoid", lesions.cisternal, 0.07, (2.0, 40)),
    Kind("intraventricular", lesions.intraventricular, 0.10, (0.3, 20)),
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
        kind = KINDS[rng.choice(len(KINDS), p=[each.share for each in KINDS])]
        painted = one(scene, kind, hu, rng)
        if painted is None:
            continue
        hu, blood = painted
        occupancy[kind.finding] = np.maximum(occupancy.get(kind.finding, 0), blood)
    return _cut(hu - scene.hu, occupancy) if occupancy else None


def one(
    scene: Scene, kind: Kind, hu: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray] | None:
    """`hu` with one bleed of this kind painted into it, and its occupancy; None if none came out.

    All are (slabs, rows, columns).
    """
    low, high = kind.volume_ml
    blood = kind.shape(scene, float(np.exp(rng.uniform(np.log(low), np.log(high)))), rng)
    blood = None if blood is None else _blurred(scene, blood, rng)
    if blood is None or millilitres(scene, blood) < LEAST_ML:
        return None
    return _paint(scene, hu, blood, kind.finding, rng), blood


def look_alike(scene: Scene, rng: np.random.Generator) -> Insertion:
    """Draw what is mistaken for hemorrhage, with no finding."""
    return _cut(look_alikes.draw(scene, rng), {})


def _blurred(scene: Scene, blood: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Half of all bleeds as a softer kernel or a moving head shows them."""
    reach = rng.uniform(0.3, 1.3) / scene.step_mm if rng.random() < 0.5 else 0.0
    soft = ndimage.gaussian_filter(blood, (0, reach, reach)) if reach else blood
    return np.asarray(soft * scene.cavity, np.float32)


def millilitres(scene: Scene, blood: FloatArray) -> float:
    """Volume of what is visibly blood."""
    return float((blood > VISIBLE).sum()) * scene.step_mm**2 * scene.slab_mm / 1000


def _paint(
    scene: Scene, hu: FloatArray, blood: FloatArray, finding: str, rng: np.random.Generator
) -> FloatArray:
    """Blend blood of a random density, and the edema and push around it, into `hu`."""
    field = density(finding, rng) + texture(scene, 12, rng) * rng.uniform(1, 4)
    if finding != "subarachnoid" and rng.random() < 0.25:
        field = field + _layers(scene, blood, rng)
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


def _layers(scene: Scene, blood: FloatArray, rng: np.random.Generator) -> FloatArray:
    """HU to add where cells have sunk below a level: darker in front of it, denser behind."""
    rows = np.nonzero(blood > VISIBLE)[1]
    level = rng.uniform(rows.min(), rows.max()) if len(rows) else 0.0
    below = lesions.soft((np.arange(scene.hu.shape[1]) - level) * scene.step_mm / 3)
    return np.asarray((below[:, np.newaxis] - 0.5) * rng.uniform(6, 24), np.float32)


def density(finding: str, rng: np.random.Generator) -> float:
    """HU of a bleed: mostly fresh, some faint; subdural blood may be old, no denser than brain."""
    if finding == "subdural" and (age := rng.random()) < 0.20:
        return float(rng.uniform(14, 30) if age < 0.10 else rng.uniform(30, 46))
    if finding == "intraventricular":
        return float(rng.uniform(42, 72))  # mixed with CSF
    faint = rng.random() < 0.2
    return float(rng.uniform(40, 50) if faint else rng.uniform(48, 80))


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
