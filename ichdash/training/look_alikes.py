"""What detectors mistake for hemorrhage, drawn into a head and labelled as none.

Each function returns the HU to add, (slabs, rows, columns). Densities and places after what
radiologists know to mimic blood: calcified choroid plexus, pineal gland, basal ganglia and falx,
dense venous sinuses, scalp hematoma, streaks; and after what comes with blood in drawn bleeds but
is none by itself: edema, infarcts, the pale white matter of the old.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ichdash.training import lesions
from ichdash.training.scene import FloatArray, Scene, texture


class LookAlike(Protocol):
    """Draws one kind."""

    __name__: str

    def __call__(self, scene: Scene, rng: np.random.Generator, /) -> FloatArray:
        """HU to add, shape of the scene."""
        ...


def draw(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """HU that one random look-alike adds."""
    index = rng.choice(len(KINDS), p=[share for _, share in KINDS])
    return KINDS[index][0](scene, rng)


def flecks(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Dense dots anywhere, most of them deep."""
    added = np.zeros_like(scene.hu)
    deep = scene.cavity & (scene.depth_mm > 25)
    for _ in range(int(rng.integers(1, 5))):
        where = scene.cavity if rng.random() < 0.3 or not deep.any() else deep
        added = np.maximum(added, _dot(scene, where, rng))
    return added


def calcified_pair(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Calcified choroid plexus or basal ganglia, on both sides or one, or the pineal gland."""
    along, across = scene.midline()
    half = _half_length(scene, along)
    back, side, spread = (
        (0.30, 24.0, 5.0),  # choroid plexus
        (-0.15, 20.0, 4.0),  # basal ganglia
        (0.16, 0.0, 2.0),  # pineal gland
    )[rng.choice(3, p=(0.45, 0.2, 0.35))]
    level = len(scene.hu) * rng.uniform(0.42, 0.68)
    near_level = np.abs(np.arange(len(scene.hu)) - level) < 1.6
    off = along - half * (back + rng.normal(0, 0.05))
    added = np.zeros_like(scene.hu)
    for sign in (-1, 1) if rng.random() < 0.75 else (1,):
        place = np.hypot(off, across - sign * side) < spread + 2
        where = scene.cavity & place & near_level[:, None, None]
        added = np.maximum(added, _dot(scene, where, rng))
    return added


def _dot(scene: Scene, where: npt.NDArray[np.bool_], rng: np.random.Generator) -> FloatArray:
    """One calcification of 110 to 500 HU, centred in `where`."""
    limited = replace(scene, cavity=where)
    volume_ml = float(np.exp(rng.uniform(np.log(0.01), np.log(0.5))))
    dot = lesions.intraparenchymal(limited, volume_ml, rng)
    if dot is None:
        return np.zeros_like(scene.hu)
    return np.asarray(dot * np.maximum(rng.uniform(110, 500) - scene.hu, 0), np.float32)


def dense_falx(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """A dense or partly calcified falx: thinner than blood beside it."""
    along, across = scene.midline()
    half = _half_length(scene, along)
    first = int(rng.uniform(0.4, 0.8) * len(scene.hu))
    last = first + int(rng.integers(3, 12))
    start = rng.uniform(-1.0, 0.6) * half
    stop = start + rng.uniform(0.3, 1.6) * half
    is_calcified = rng.random() < 0.35
    if is_calcified:
        stop, last = min(stop, start + 25), min(last, first + 3)
    thickness_mm = rng.uniform(0.8, 2.2)
    sheet = lesions.soft(thickness_mm / 2 - np.abs(across + rng.normal(0, 0.7)))
    sheet = sheet * lesions.soft(np.minimum(along - start, stop - along) / 3)
    sheet[:first], sheet[last:] = 0, 0
    density = rng.uniform(120, 400) if is_calcified else rng.uniform(45, 70)
    return np.asarray(sheet * scene.cavity * np.maximum(density - scene.smooth, 0), np.float32)


def dense_sinus(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """A dense superior sagittal sinus where the midline meets the back of the inner table."""
    along, across = scene.midline()
    levels = np.arange(len(scene.hu)) / len(scene.hu)
    end = np.where(scene.cavity & (np.abs(across) < 5), along, -np.inf).max(axis=(1, 2))
    shown = (levels > rng.uniform(0.3, 0.5)) & (levels < rng.uniform(0.7, 1)) & np.isfinite(end)
    radius = rng.uniform(2.5, 5.5)
    off = along - (np.where(shown, end, 0)[:, None, None] - 0.7 * radius)
    inside = lesions.soft(radius - np.hypot(off, across * rng.uniform(0.7, 1.1)))
    inside = inside * shown[:, None, None] * scene.cavity
    density = rng.uniform(46, 68) + (scene.hu - scene.smooth)
    return np.asarray(inside * (density - scene.hu), np.float32)


def pale_region(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Edema or an infarct without blood, from slightly pale to nearly fluid."""
    volume_ml = float(np.exp(rng.uniform(np.log(1), np.log(120))))
    region = lesions.intraparenchymal(scene, volume_ml, rng)
    if region is None:
        return np.zeros_like(scene.hu)
    reach = rng.uniform(1, 5) / scene.step_mm
    region = ndimage.gaussian_filter(region, (0.3, reach, reach))
    depth = rng.uniform(4, 12) if rng.random() < 0.7 else rng.uniform(12, 24)
    fluid = np.clip(scene.smooth - 6, 0, depth)  # what is fluid already gets no darker
    return np.asarray(-fluid * np.clip(1.4 * region, 0, 1) * scene.cavity, np.float32)


def pale_white_matter(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """The pale rims of the ventricles that small vessels' disease leaves."""
    if not scene.ventricles.any():
        return pale_region(scene, rng)
    sampling = (scene.slab_mm, scene.step_mm, scene.step_mm)
    distance = ndimage.distance_transform_edt(~scene.ventricles, sampling=sampling)
    reach = rng.uniform(4, 14) * np.clip(1 + 0.4 * texture(scene, 20, rng), 0.2, 2)
    rim = lesions.soft((reach - distance) / 4) * ~scene.ventricles * (scene.depth_mm > 12)
    fluid = np.clip(scene.smooth - 14, 0, rng.uniform(4, 12))
    return np.asarray(-fluid * rim * scene.cavity, np.float32)


def _half_length(scene: Scene, along: FloatArray) -> float:
    """Half the length of the cavity from front to back, in mm."""
    low, high = np.percentile(along[scene.cavity], (1, 99))
    return float(high - low) / 2


def scalp_swelling(scene: Scene, rng: np.random.Generator) -> FloatArray:
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


def streaks(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Bands of beam hardening or motion over a few slices."""
    rows, columns = np.indices(scene.hu.shape[1:]) * scene.step_mm
    angle, period = rng.uniform(-0.5, 0.5), rng.uniform(6, 35)
    phase = (rows * np.cos(angle) + columns * np.sin(angle)) / period
    band = np.sin(2 * np.pi * (phase + rng.random())) * rng.uniform(3, 12)
    middle, spread = rng.uniform(0, len(scene.hu)), rng.uniform(1, 4)
    fade = np.exp(-(((np.arange(len(scene.hu)) - middle) / spread) ** 2))
    patches = np.clip(texture(scene, 40, rng) + 0.5, 0, 1.5)
    return np.asarray(fade[:, None, None] * band * patches * scene.cavity, np.float32)


def sharp_streaks(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Fine parallel lines across a few slices, as a moving head or the petrous bones leave them."""
    rows, columns = np.indices(scene.hu.shape[1:]) * scene.step_mm
    angle = rng.normal(0, 0.35) + (np.pi / 2 if rng.random() < 0.3 else 0)
    place = rows * np.cos(angle) + columns * np.sin(angle)
    band = _lines(place, rng.uniform(1.2, 5), rng) * rng.uniform(3, 12)
    return np.asarray(_few_slabs(scene, rng) * band * (scene.hu > -200), np.float32)


def metal(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """A clip, a coil or a tooth outside the brain, with streaks that run out from it."""
    bone = np.flatnonzero(scene.hu > 400)
    if len(bone) == 0:
        return np.zeros_like(scene.hu)
    centre = np.unravel_index(int(rng.choice(bone)), scene.hu.shape)
    z, y, x = scene.offsets_mm((int(centre[0]), int(centre[1]), int(centre[2])))
    distance = np.hypot(y, x)
    rays = _lines((np.arctan2(y, x) + np.pi) * 40, rng.uniform(1.5, 6), rng)
    fade = np.exp(-distance / rng.uniform(25, 80)) * np.exp(-((z / 6) ** 2))
    streaked = fade * rays * rng.uniform(10, 60) * (scene.hu > -200)
    grain = (distance < rng.uniform(1, 4)) & (np.abs(z) < 4)
    return np.asarray(np.where(grain, 2500 - scene.hu, streaked), np.float32)


def _lines(place: npt.NDArray[np.floating], width: float, rng: np.random.Generator) -> FloatArray:
    """Random bright and dark lines of unit deviation over a coordinate, `width` of it wide."""
    first = float(place.min())
    knots = rng.standard_normal(int((float(place.max()) - first) / width) + 3)
    where = np.arange(len(knots)) * width + first
    return np.asarray(np.interp(place, where, knots), np.float32)


def _few_slabs(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """Weight of each slab (slabs, 1, 1), high in a few neighbours."""
    middle, spread = rng.uniform(0, len(scene.hu)), rng.uniform(0.7, 3)
    weight = np.exp(-(((np.arange(len(scene.hu)) - middle) / spread) ** 2))
    return np.asarray(weight.reshape(-1, 1, 1), np.float32)


def bone_gap(scene: Scene, rng: np.random.Generator) -> FloatArray:
    """A gap in the skull as an operation leaves it, closed by soft tissue, with no blood."""
    border = np.flatnonzero((scene.depth_mm > 0) & (scene.depth_mm <= 2 * scene.step_mm))
    centre = np.unravel_index(int(rng.choice(border)), scene.hu.shape)
    z, y, x = scene.offsets_mm((int(centre[0]), int(centre[1]), int(centre[2])))
    distance = np.sqrt(z**2 + y**2 + x**2)
    weight = lesions.soft((rng.uniform(10, 45) - distance) / 2)
    bone = ndimage.gaussian_filter((scene.hu > 90).astype(np.float32), (0, 0.8, 0.8))
    tissue = rng.uniform(5, 45) + texture(scene, 4, rng) * 3
    added = weight * np.clip(2 * bone, 0, 1) * (tissue - scene.hu)
    return np.asarray(np.where(scene.cavity, 0, added), np.float32)


KINDS: tuple[tuple[LookAlike, float], ...] = (
    # what, how often
    (flecks, 0.12),
    (calcified_pair, 0.15),
    (dense_falx, 0.13),
    (dense_sinus, 0.07),
    (pale_region, 0.13),
    (pale_white_matter, 0.06),
    (scalp_swelling, 0.10),
    (streaks, 0.10),
    (sharp_streaks, 0.07),
    (metal, 0.04),
    (bone_gap, 0.03),
)
