"""Everything outside the skull: scalp, muscles, face with its cavities, orbits and ears.

Only as much face as a head CT from the skull base upwards shows.
"""

from __future__ import annotations

import numpy as np

from ichdash.phantom.build import Build
from ichdash.phantom.shapes import Field, Points, Waves, bump, capsule, ellipsoid, occupancy, tube
from ichdash.phantom.skull import Skull

AIR_HU, FAT_HU, MUSCLE_HU, SKIN_HU, FACE_BONE_HU = -1000.0, -95.0, 56.0, 25.0, 900.0
GLOBE_MM = (31.0, -66.0, -31.0)
ORBIT_APEX_MM = (13.0, -28.0, -25.0)


def skin_depth(points: Points, skull: Skull, build: Build) -> Field:
    """Distance below the skin in mm; negative in the air."""
    varied = build.scalp_mm * (1 + 0.15 * Waves(build.rng(7), 60, 4)(points))
    head = skull.vault + skull.thickness + varied + _temporal_muscle(points)
    face = -ellipsoid(points, (0, -44, -40), (60, 55, 62))
    neck = -ellipsoid(points, (0, 28, -75), (63, 64, 60))
    nose = -tube(points.mirrored(), [(0, -96, -30, 5), (0, -106, -48, 9), (5, -104, -58, 10)])
    depth: Field = np.maximum.reduce([head, face, neck, nose])
    return depth


def _temporal_muscle(points: Points) -> Field:
    x = np.abs(points.x)
    bulk: Field = 8 * bump((x - 66) / 22, (points.y + 30) / 24, (points.z + 22) / 26)
    return bulk


def ear_depth(points: Points, build: Build) -> Field:
    """Distance below the skin of the ears: thin curled shells that stand off the head."""
    p = points.mirrored()
    curl = 1.5 * Waves(build.rng(8), 18, 4)(p)
    shell = np.abs(p.x - 78 - 0.42 * (p.y - 8) + curl) - 1.4
    rim = ellipsoid(p, (82, 18, -30), (16, 15, 28))
    depth: Field = -np.maximum(shell, rim)
    return depth


def soft_tissue_hu(points: Points, skin: Field, build: Build) -> Field:
    """HU outside the skull: skin, subcutaneous fat with strands, muscle at temples and neck."""
    strands = Waves(build.rng(9), 11, 6)(points)
    x = np.abs(points.x)
    temple = bump((x - 66) / 18, (points.y + 28) / 24, (points.z + 20) / 28)
    low = np.clip((-34 - points.z) / 10, 0, 1)
    muscular = 3.2 * temple + 1.5 * low - 1.3 + 0.55 * strands
    hu = FAT_HU + 12 * strands + (MUSCLE_HU - FAT_HU) * occupancy(-muscular, 0.6)
    tissue: Field = hu + (SKIN_HU - hu) * occupancy(skin - 1.7, 1.0)
    return tissue


def add_face(points: Points, hu: Field, build: Build) -> Field:
    """Cheek bones, nasal cavity, sinuses and orbits painted over soft tissue."""
    hu = _paint_bones(points, hu, build)
    hu = _paint_airways(points, hu, build)
    return _paint_orbits(points, hu, build)


def _over(hu: Field, share: Field, value: Field | float) -> Field:
    painted: Field = hu + (value - hu) * share
    return painted


def _paint_bones(points: Points, hu: Field, build: Build) -> Field:
    p = points.mirrored()
    cheek = tube(
        p, [(44, -80, -36, 3.5), (52, -66, -44, 4.5), (64, -40, -43, 2.4), (68, -8, -40, 3)]
    )
    rim = tube(
        p, [(14, -88, -22, 3.5), (30, -90, -15, 4), (46, -78, -18, 4.5), (50, -72, -32, 3.5)]
    )
    jaw = tube(p, [(54, -4, -44, 6), (54, -14, -66, 5)])
    wing = tube(p, [(46, -72, -24, 2), (34, -42, -30, 2.4), (24, -26, -38, 4)])
    nasal = tube(p, [(3, -98, -24, 2), (4, -102, -40, 1.3)])
    bone = np.minimum.reduce([cheek, rim, jaw, wing, nasal])
    grain = FACE_BONE_HU + 200 * Waves(build.rng(10), 7, 5)(points)
    return _over(hu, occupancy(bone, 1.2), grain)


def _paint_airways(points: Points, hu: Field, build: Build) -> Field:
    p = points.mirrored()
    cells = Waves(build.rng(11), 11, 6)(points)
    ethmoid = np.maximum(np.abs(p.x) - 12.5, np.abs(points.y + 60) - 30)
    ethmoid = np.maximum(ethmoid, np.abs(points.z + 44) - 21)
    hu = _over(hu, occupancy(ethmoid - 1.6, 1.2), 520.0)
    walls = np.minimum(np.abs(cells) * 3.2, np.abs(points.x - 1)) - 0.6
    hu = _over(hu, occupancy(np.maximum(ethmoid, -walls), 1.0), -960.0)
    maxilla = ellipsoid(p, (30, -62, -62), (15, 19, 17))
    hu = _over(hu, occupancy(maxilla - 1.8, 1.2), 700.0)
    hu = _over(hu, occupancy(maxilla, 1.0), -985.0)
    throat = ellipsoid(points, (0, -18, -66), (14, 9, 14))
    canal = tube(p, [(46, 9, -36, 2.2), (82, 12, -36, 3.6)])
    return _over(hu, occupancy(np.minimum(throat, canal), 1.0), -985.0)


def _paint_orbits(points: Points, hu: Field, build: Build) -> Field:
    p = points.mirrored()
    x, y, z = GLOBE_MM
    cone = tube(p, [(x, y - 6, z, 19.5), (x - 6, y + 14, z + 2, 15.5), (*ORBIT_APEX_MM, 3.0)])
    behind_skin = np.maximum(cone, -84 - points.y)
    hu = _over(hu, occupancy(np.maximum(cone - 2.0, -76 - points.y), 1.2), 650.0)
    hu = _over(hu, occupancy(behind_skin, 1.0), FAT_HU)
    nerve = tube(p, [(x - 1, y + 11, z, 1.9), (20, -46, -28, 1.8), (*ORBIT_APEX_MM, 2.0)])
    medial = tube(p, [(x - 12, y - 2, z, 1.4), (17, -48, -28, 2.3), (*ORBIT_APEX_MM, 1.4)])
    lateral = tube(p, [(x + 11, y + 2, z, 1.2), (33, -46, -28, 2.0), (*ORBIT_APEX_MM, 1.4)])
    hu = _over(hu, occupancy(np.minimum.reduce([nerve, medial, lateral]), 1.0), 42.0)
    globe = ellipsoid(p, GLOBE_MM, (12, 12.3, 12))
    hu = _over(hu, occupancy(globe, 1.0), 55.0)
    hu = _over(hu, occupancy(globe + 1.4, 1.0), 9.0)
    lens = ellipsoid(p, (x + 3 * build.gaze, y - 8.3, z), (4.4, 2.0, 4.4))
    lid = np.maximum(capsule(p, (x - 14, y - 12, z, 4), (x + 14, y - 9, z, 4)), -globe)
    hu = _over(hu, occupancy(lid, 1.0), 40.0)
    return _over(hu, occupancy(lens, 1.0), 78.0)
