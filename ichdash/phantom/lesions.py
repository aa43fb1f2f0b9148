"""Hemorrhages: where blood of each finding collects, and how far until it has the asked volume.

Every finding is a score in mm, lowest where blood collects first, and the room that it may take.
The level at which the score is cut is solved for, so that the mask (voxels of the study at least
half filled) has the asked volume. Shapes follow the textbook: epidural lenses stop at sutures,
subdural crescents cross them but not the midline, subarachnoid blood stays in fluid, and
intraventricular blood sinks to the back of a patient who lies supine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.errors import InputError
from ichdash.phantom.brain import Brain
from ichdash.phantom.build import Build
from ichdash.phantom.grid import Grid
from ichdash.phantom.shapes import Chosen, Field, Points, Waves, bump, occupancy
from ichdash.phantom.skull import suture_offsets
from ichdash.phantom.spec import LesionSpec

Mask = npt.NDArray[np.bool_]  # (slices, rows, columns)
Center = tuple[float, float, float]

TOLERANCE = 0.04  # of the asked volume
TRIALS = 16
NOWHERE_MM = 999.0

PARENCHYMAL_CENTERS: dict[str, Center] = {
    "putamen": (28, -3, 4),
    "thalamus": (12, 9, 7),
    "frontal": (28, -44, 26),
    "temporal": (45, -4, -19),
    "parietal": (36, 28, 36),
    "occipital": (25, 56, 8),
    "cerebellum": (22, 38, -32),
    "pons": (2, 1, -26),
}
SUBDURAL_REACH: dict[str, tuple[float, float, float, float]] = {  # y, half y, z, half z
    "convexity": (-2, 56, 24, 38),
    "frontal": (-44, 38, 28, 36),
    "parietal": (34, 40, 34, 36),
}
EPIDURAL_CENTERS: dict[str, Center] = {
    "temporal": (64, -10, -2),
    "frontal": (42, -66, 20),
    "parietal": (60, 10, 38),
}
SUBARACHNOID_CENTERS: dict[str, Center] = {
    "basal": (0, -15, -11),
    "sylvian": (38, -20, -4),
    "convexity": (46, -10, 44),
}


@dataclass(frozen=True, eq=False)
class Bleed:
    """One hemorrhage in a head: its share of every point inside the skull, and its mask."""

    spec: LesionSpec
    share: Field
    beyond: Field  # mm outside the blood's surface, negative inside
    level: float  # of the score at the surface, in mm
    mask: Mask


@dataclass(frozen=True, eq=False)
class Site:
    """The points inside the skull that bleeds are drawn at."""

    grid: Grid
    build: Build
    inside: Chosen  # which samples of the grid these points are
    points: Points  # canonical
    depth: Field  # mm below the inner table


Scorer = Callable[[Site, LesionSpec], Field]


def solid_bleed(site: Site, lesion: LesionSpec) -> Bleed:
    """An intraparenchymal, subdural or epidural bleed: blood that makes its own room."""
    scorers: dict[str, Scorer] = {
        "intraparenchymal": _blob,
        "subdural": _crescent,
        "epidural": _lens,
    }
    room = occupancy(-site.depth, 1.0)
    return _filled(site, lesion, scorers[lesion.finding](site, lesion), room)


def fluid_bleed(site: Site, lesion: LesionSpec, brain: Brain) -> Bleed:
    """A subarachnoid or intraventricular bleed: blood in room that fluid had."""
    if lesion.finding == "subarachnoid":
        distended = occupancy(brain.fluid.outer - 0.8 * lesion.mass_effect, 1.0)
        room = np.where(site.depth > 0, distended * (1 - brain.ventricular), np.float32(0))
        in_sulcus = brain.fluid.sulci < np.minimum(brain.fluid.cisterns, brain.fluid.fissures)
        return _filled(site, lesion, _spread(site, lesion) + 14 * in_sulcus, room)
    return _filled(site, lesion, _settled(site, lesion), brain.ventricular)


def _filled(site: Site, lesion: LesionSpec, score: Field, room: Field) -> Bleed:
    """Fill room from the lowest score upwards until the mask has the asked volume."""
    order = np.argsort(score)
    order = order[: int(np.sum(score < NOWHERE_MM / 2))]
    filled_ml = np.cumsum(room[order], dtype=np.float64) * site.grid.sample_ml
    held_ml = float(filled_ml[-1]) if len(order) else 0.0
    low_ml, high_ml, share_ml = 0.0, held_ml, min(lesion.volume_ml, held_ml)
    for _ in range(TRIALS):
        place = min(int(np.searchsorted(filled_ml, share_ml)), len(order) - 1)
        bleed = _cut(site, lesion, score, float(score[order[place]]), room)
        drawn_ml = max(site.grid.volume_ml(bleed.mask), 1e-3)
        if abs(drawn_ml - lesion.volume_ml) <= TOLERANCE * lesion.volume_ml:
            return bleed
        is_short = drawn_ml < lesion.volume_ml
        low_ml, high_ml = (share_ml, high_ml) if is_short else (low_ml, share_ml)
        # Thin blood fills few voxels by half, so its mask may lag far behind its volume.
        share_ml *= lesion.volume_ml / drawn_ml
        if not low_ml < share_ml < high_ml:
            share_ml = (low_ml + high_ml) / 2
    raise InputError(
        f"A {lesion.finding} bleed of {lesion.volume_ml:g} ml at {lesion.place} does not fit: "
        f"{drawn_ml:.1f} ml could be drawn, the space holds {held_ml:.0f} ml in this head. "
        "Nothing was drawn. Ask for another volume."
    )


def _cut(site: Site, lesion: LesionSpec, score: Field, level: float, room: Field) -> Bleed:
    share = room * occupancy(score - level, 1.0)
    return Bleed(lesion, share, score - level, level, site.grid.mask(share, site.inside))


def _rng(site: Site, lesion: LesionSpec) -> np.random.Generator:
    return site.build.rng(lesion.finding)


def center_of(lesion: LesionSpec, build: Build) -> Center:
    """Where a bleed is centred in canonical mm, a little different in every head."""
    by_finding = {
        "intraparenchymal": PARENCHYMAL_CENTERS,
        "epidural": EPIDURAL_CENTERS,
        "subarachnoid": SUBARACHNOID_CENTERS,
    }
    x, y, z = by_finding.get(lesion.finding, {}).get(lesion.place) or (38.0, 0.0, 25.0)
    dx, dy, dz = (float(shift) for shift in build.rng("bleed centre").normal(0, 2.0, 3))
    return lesion.side.sign * x + dx, y + dy, z + dz


def _blob(site: Site, lesion: LesionSpec) -> Field:
    """An irregular ball within the brain."""
    rng = _rng(site, lesion)
    stretch = rng.uniform(0.8, 1.3, 3).astype(np.float32)
    stretch /= np.cbrt(np.prod(stretch))
    x, y, z = center_of(lesion, site.build)
    p = site.points
    radius = np.sqrt(
        ((p.x - x) / stretch[0]) ** 2
        + ((p.y - y) / stretch[1]) ** 2
        + ((p.z - z) / stretch[2]) ** 2
    )
    bumpy = 1 + 0.12 * Waves(rng, 26, 5)(p) + 0.06 * Waves(rng, 10, 5)(p)
    score: Field = radius * np.maximum(bumpy, 0.5)
    return np.where(site.depth > 3.5, score, np.float32(NOWHERE_MM))


def _crescent(site: Site, lesion: LesionSpec) -> Field:
    """Blood along the inner table on one side, thickest in its middle."""
    if lesion.place == "falx":
        return _along_falx(site, lesion)
    extent = crescent_extent(site, lesion)
    # Blood of a film starts in the middle of the crescent, not all over the bone.
    score: Field = np.maximum(site.depth, 0.5) / np.maximum(extent, 0.02)
    return np.where(extent > 0.04, score, np.float32(NOWHERE_MM))


def crescent_extent(site: Site, lesion: LesionSpec) -> Field:
    """Thickness of a crescent over the head, relative to its thickest part."""
    y, half_y, z, half_z = SUBDURAL_REACH[lesion.place]
    p, rng = site.points, _rng(site, lesion)
    over = np.exp(-(((p.y - y) / half_y) ** 4) - ((p.z - z) / half_z) ** 4)
    lateral = np.clip((lesion.side.sign * p.x - 8) / 26, 0, 1)
    extent: Field = over * lateral * (1 + 0.13 * Waves(rng, 35, 4)(p))
    return extent


def _along_falx(site: Site, lesion: LesionSpec) -> Field:
    p = site.points
    off = lesion.side.sign * (p.x - site.build.midline_mm) - 0.5
    reach = bump((p.y - 25) / 42, (p.z - 42) / 26) * (
        1 + 0.15 * Waves(_rng(site, lesion), 24, 4)(p)
    )
    callosum = ((p.y + 3) / 46) ** 2 + ((p.z - 11) / 27) ** 2
    allowed = (off > 0) & (reach > 0.05) & (callosum > 1) & (site.depth > 1)
    score: Field = np.where(allowed, off / np.maximum(reach, 0.05), np.float32(NOWHERE_MM))
    return score


def _lens(site: Site, lesion: LesionSpec) -> Field:
    """A ball from outside the skull: a lens between bone and brain that stops at sutures."""
    center = np.array(center_of(lesion, site.build))
    outward = center - [0, 0, 8]
    x, y, z = center + 22 * outward / np.linalg.norm(outward)
    p = site.points
    distance = np.sqrt((p.x - x) ** 2 + (p.y - y) ** 2 + (p.z - z) ** 2)
    distance = distance + 0.8 * Waves(_rng(site, lesion), 22, 4)(p)
    margin = suture_margin(site, center)
    score: Field = distance + 14 * np.clip(1 - margin / 7, 0, 1) ** 2
    return np.where(margin > 0.5, score, np.float32(NOWHERE_MM))


def suture_margin(site: Site, center: npt.NDArray[np.float64]) -> Field:
    """Distance in mm to the nearest suture or the midline, negative beyond it."""
    middle = Points(*(np.array([value], np.float32) for value in center))
    here = suture_offsets(site.points, site.build)
    there = suture_offsets(middle, site.build)
    margins = [h * np.sign(t) for h, t in zip(here[::2], there[::2], strict=True)]
    margins.append(site.points.x * np.float32(np.sign(center[0])))
    nearest: Field = np.minimum.reduce(margins)
    return nearest


def _spread(site: Site, lesion: LesionSpec) -> Field:
    """Subarachnoid blood thins out with distance from its source."""
    x, y, z = center_of(lesion, site.build)
    p = site.points
    distance = np.sqrt((p.x - x) ** 2 + (p.y - y) ** 2 + 1.5 * (p.z - z) ** 2)
    score: Field = np.maximum(distance + 6 * Waves(_rng(site, lesion), 28, 5)(p), 0)
    return score


def _settled(site: Site, lesion: LesionSpec) -> Field:
    """Intraventricular blood: a level in the horns, or a cast that starts at one side."""
    p = site.points
    if lesion.place == "layering":
        level: Field = 90 - p.y + 0.6 * Waves(_rng(site, lesion), 20, 3)(p)
        return np.where(p.z > -22, level, np.float32(NOWHERE_MM))
    x, y, z = 9.0 * lesion.side.sign, -4.0, 22.0
    cast: Field = np.sqrt((p.x - x) ** 2 + (0.6 * (p.y - y)) ** 2 + (p.z - z) ** 2)
    return cast
