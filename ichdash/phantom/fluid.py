"""Spaces filled with cerebrospinal fluid: ventricles, cisterns, fissures and sulci.

All distances are in mm and negative inside the space, at canonical points inside the skull.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ichdash.phantom.build import Build
from ichdash.phantom.shapes import Chosen, Field, Points, bump, ellipsoid, step, tube

HORNS = (  # lateral ventricle of the left side: x, y, z, radius
    (13.0, -38.0, 10.0, 2.6),
    (9.5, -29.0, 14.0, 4.4),
    (7.0, -16.0, 19.0, 4.4),
    (8.5, 0.0, 25.0, 4.3),
    (13.0, 15.0, 25.0, 4.8),
    (23.0, 30.0, 17.0, 6.0),
    (26.0, 34.0, 8.0, 5.4),
)
OCCIPITAL_HORN = ((25.0, 33.0, 10.0, 5.0), (26.0, 46.0, 7.0, 3.2), (23.0, 59.0, 6.0, 1.4))
TEMPORAL_HORN = ((27.0, 33.0, 6.0, 4.4), (32.0, 18.0, -10.0, 2.0), (30.0, -8.0, -19.0, 1.6))


@dataclass(frozen=True, eq=False)
class Fluid:
    """Distance to each kind of space, and to the brain's surface whatever bounds it."""

    ventricles: Field
    cisterns: Field
    fissures: Field
    sulci: Field
    surface: Field  # positive inside the brain: to skull, falx or tentorium
    tentorium: Field  # positive above it
    falx: Field

    @property
    def outer(self) -> Field:
        """Distance to the subarachnoid space."""
        nearest: Field = np.minimum.reduce([self.cisterns, self.fissures, self.sulci])
        return nearest


def fill(points: Points, depth: Field, build: Build) -> Fluid:
    """Distances to the fluid spaces; `depth` is that below the inner table or extra-axial blood."""
    tentorium = tentorium_height(points, build)
    falx, fissure = _interhemispheric(points, tentorium, build)
    sylvian = _sylvian(points, build)
    edge = np.where(_at_incisura(points), np.float32(20), np.abs(tentorium))
    surface = np.minimum(np.minimum(depth, edge), np.maximum(fissure, np.float32(0)))
    return Fluid(
        ventricles=_ventricles(points, build),
        cisterns=_cisterns(points, depth, build),
        fissures=np.minimum(fissure, sylvian),
        sulci=_sulci(points, depth, surface, tentorium, build),
        surface=surface,
        tentorium=tentorium,
        falx=falx,
    )


def tentorium_height(points: Points, build: Build) -> Field:
    """Height in mm above the tentorium: positive in the cerebrum, negative over the cerebellum."""
    x = np.abs(points.x)
    sag = 2.0 * build.waves("tentorium", 60, 3)(points)
    roof = 6 - 0.44 * x - 0.46 * (points.y - 26) + 0.0022 * (points.y - 26) ** 2 + sag
    behind = step((points.y - (-3 + 0.62 * (x - 14))) / 3)
    sheet = -60 + (roof + 60) * behind
    height: Field = (points.z - np.maximum(sheet, -60)) * np.float32(0.85)
    return height


def _at_incisura(points: Points) -> Chosen:
    gap: Chosen = (points.x / 21) ** 2 + ((points.y - 4) / 23) ** 2 < 1
    return gap


def _interhemispheric(points: Points, tentorium: Field, build: Build) -> tuple[Field, Field]:
    """Distance to the falx's sheet and to the fissure around it."""
    wander = 1.1 * build.waves("falx", 45, 3)(points) + build.midline_mm
    off = np.abs(points.x - wander)
    callosum = np.sqrt(((points.y + 3) / 41) ** 2 + ((points.z - 11) / 20) ** 2)
    outside = (1 - callosum) * 22
    below = np.maximum(outside, -tentorium)
    varied = 1 + 0.5 * build.waves("fissure", 22, 4)(points)
    front = bump((points.y + 62) / 30, (points.z - 10) / 60)
    width = (0.35 + 1.1 * build.atrophy * (0.5 + front)) * varied
    fissure = np.maximum(off - np.maximum(width, 0.2), below)
    free_edge = 10 + 12 * step((20 - points.y) / 12)
    falx = np.maximum(off - 0.55, below + free_edge)
    return falx, fissure


def _sylvian(points: Points, build: Build) -> Field:
    """The insular slot and its opening to the surface, rising backwards."""
    x = np.abs(points.x)
    wander = 2.2 * build.waves("sylvian", 26, 5)(points)
    half = (0.5 + 1.5 * build.atrophy) * (1 + 0.4 * build.waves("sylvian width", 14, 4)(points))
    slot = np.abs(x - 41 - 0.006 * (points.y + 6) ** 2 + wander) - half
    slot = np.maximum(slot, ellipsoid(points.mirrored(), (41, -6, 4), (16, 23, 17)))
    rise = (points.z + 10) - 0.48 * (points.y + 34)
    opening = np.abs(rise * 0.9 + 1.2 * wander) - half
    opening = np.maximum(opening, np.abs(points.y + 2) - 30)
    opening = np.maximum(opening, 40 - x)
    stem = tube(points.mirrored(), [(12, -20, -13, 1.6), (28, -25, -12, 1.4), (40, -22, -6, 1.2)])
    fissure: Field = np.minimum.reduce([slot, opening, stem + 0.9 - build.atrophy])
    return fissure


def _ventricles(points: Points, build: Build) -> Field:
    side = np.sign(points.x)
    widened = build.ventricle * (1 + build.asymmetry * side)
    p = points.mirrored()
    horns = np.minimum(tube(p, HORNS), tube(p, OCCIPITAL_HORN) + np.float32(1.2 - build.atrophy))
    horns = np.minimum(horns, tube(p, TEMPORAL_HORN) + np.float32(1.1 - 1.2 * build.atrophy))
    ripple = 0.55 * build.waves("ventricles", 17, 5)(points)
    lateral = horns - 0.7 - 3.4 * (widened - 1) + ripple
    lateral = np.maximum(lateral, 0.8 - p.x)
    third_half = 1.3 + 1.9 * build.atrophy
    third = ellipsoid(points, (0, -3, 3), (third_half, 13, 8.5))
    monro = tube(p, [(1, -9, 8, 1.2), (6, -14, 14, 1.6)])
    fourth = ellipsoid(points, (0, 17.5, -31), (7.5, 4.2 + build.atrophy, 12))
    fourth = np.maximum(fourth, -ellipsoid(points, (0, 7.5, -31), (14, 8.0, 20)))
    aqueduct = tube(points, [(0, 13, -2, 0.9), (0, 15, -22, 1.0)])
    nearest: Field = np.minimum.reduce([lateral, third, monro, fourth, aqueduct])
    return nearest


def _cisterns(points: Points, depth: Field, build: Build) -> Field:
    wide = 0.7 + 0.9 * build.atrophy
    p = points.mirrored()
    rough = 0.8 * build.waves("cisterns", 12, 5)(points)
    sella = ellipsoid(points, (0, -17, -13), (9 + wide, 8.5, 6))
    arms = tube(p, [(3, -20, -13, 2.4), (15, -24, -13, 1.6)])
    front = tube(points, [(0, -24, -12, 1.6), (0, -36, -9, 1.2)])
    midbrain = ellipsoid(points, (0, 3, -6), (16.5, 14.5, 15))
    ambient = np.abs(midbrain - 1.5) - wide * (0.75 + 0.5 * rough)
    ambient = np.maximum(ambient, np.abs(points.z + 9) - 7.5)
    ambient = np.maximum(ambient, -4 - points.y)
    smile = tube(p, [(0, 20.5, 0, 2.6), (7, 20, 0, 2.0), (14, 14, -2, 1.4)])
    velum = ellipsoid(points, (0, 25, 6), (3.6 + wide, 5.5, 6))
    notch = ellipsoid(points, (0, -11, -10), (3.2, 4, 6))
    basal = _around_brainstem(points, depth, wide)
    folds = np.minimum.reduce([sella, arms, front, ambient, smile, velum, notch]) + rough
    nearest: Field = np.minimum(folds - 0.4, basal)
    return nearest


def _around_brainstem(points: Points, depth: Field, wide: float) -> Field:
    """Prepontine and cerebellopontine cisterns, cisterna magna, foramen magnum."""
    low = (points.z < -14) & (np.abs(points.x) < 28) & (points.y < 12)
    beside = -brainstem(points)
    prepontine = np.where(low, np.maximum(depth - 4.5 - wide, beside), np.float32(50))
    magna = ellipsoid(points, (0, 42, -50), (12, 9, 8 + 2 * wide))
    canal = np.where(points.z < -44, beside, np.float32(50))
    canal = np.maximum(canal, np.hypot(points.x / 15, (points.y - 20) / 16) * 15 - 15)
    nearest: Field = np.minimum.reduce([prepontine, magna, canal])
    return nearest


def brainstem(points: Points) -> Field:
    """Distance to midbrain, pons and medulla; negative inside."""
    pons = ellipsoid(points, (0, 2, -27), (17, 13, 14))
    midbrain = ellipsoid(points, (0, 4, -8), (15, 13.5, 12))
    medulla = tube(points, [(0, 8, -36, 9.5), (0, 14, -70, 6.5)])
    nearest: Field = np.minimum.reduce([pons, midbrain, medulla])
    return nearest


def _sulci(points: Points, depth: Field, surface: Field, tentorium: Field, build: Build) -> Field:
    """Furrows of the cerebral surface: walls that run from it towards the hemisphere's core."""
    projected, shrink = _onto_hemisphere(points)
    varied = build.waves("sulcal depth", 40, 4)(points)
    reach = np.where(surface < depth - 0.5, np.float32(8), 18 + 5 * varied)
    open_mm = (0.26 + 1.0 * build.atrophy) * (1 + 0.45 * varied)
    deep = _furrow(
        build.waves("sulci", 19, 9).distance_to_zero(projected) * shrink, surface, reach, open_mm
    )
    small = build.waves("small sulci", 13, 7).distance_to_zero(projected) * shrink
    furrow = np.minimum(deep, _furrow(small, surface, 0.4 * reach, 0.7 * open_mm))
    straight_gyri = 4 * bump(points.x / 13, (points.y + 40) / 30, (points.z + 8) / 12)
    furrow = np.maximum(furrow + straight_gyri, -_core(points))
    film = depth - (0.5 + 1.3 * build.atrophy) * np.clip(0.7 + 0.5 * varied, 0.2, 1.4)
    sulci: Field = np.where(tentorium > 0, np.minimum(furrow, film), film)
    return sulci


def _furrow(wall: Field, surface: Field, reach: Field, open_mm: Field) -> Field:
    """Distance to furrows along a wall, wide at the surface and closed at their depth."""
    taper = np.clip(1 - surface / np.maximum(reach, 2), -1, 1)
    furrow: Field = wall - np.maximum(open_mm, 0.12) * (0.35 + 0.9 * taper)
    return np.maximum(furrow, surface - reach)


def _core(points: Points) -> Field:
    """Distance to the part of each hemisphere that has no furrows: nuclei and ventricles."""
    core: Field = ellipsoid(points.mirrored(), (15, -1, 10), (23, 44, 22))
    return core


def _onto_hemisphere(points: Points) -> tuple[Points, Field]:
    """Points drawn along the rays of their hemisphere's core, and how much that shrinks lengths."""
    side = np.where(points.x < 0, np.float32(-1), np.float32(1))
    core_y = np.clip(points.y, -38, 42)
    dx, dy, dz = points.x - 20 * side, points.y - core_y, points.z - 10
    radius = np.maximum(np.sqrt(dx * dx + dy * dy + dz * dz), 4)
    shrink = (radius / 42) ** np.float32(0.75)
    far = np.float32(500) * (side > 0)
    projected = Points(dx / shrink + far, core_y + dy / shrink, dz / shrink)
    return projected, shrink
