"""Everything outside the skull: scalp, muscles, face with its cavities, orbits and ears.

Only as much face as a head CT from the skull base upwards shows.
"""

from __future__ import annotations

import numpy as np

from ichdash.phantom.build import Build
from ichdash.phantom.shapes import Field, Points, bump, ellipsoid, occupancy, tube
from ichdash.phantom.skull import Skull

AIR_HU, FAT_HU, MUSCLE_HU, SKIN_HU, FACE_BONE_HU = -1000.0, -95.0, 56.0, 60.0, 900.0
FACE_TOP_MM = 2.0
GLOBE_MM = (31.0, -66.0, -31.0)
ORBIT_APEX_MM = (13.0, -28.0, -25.0)


def skin_depth(points: Points, skull: Skull, build: Build) -> Field:
    """Distance below the skin in mm; negative in the air."""
    varied = build.scalp_mm * (1 + 0.15 * build.waves("scalp", 60, 4)(points))
    head = skull.vault + skull.thickness + varied + _temporal_muscle(points)
    face = -ellipsoid(points, (0, -44, -40), (60, 55, 62))
    neck = -ellipsoid(points, (0, 28, -75), (63, 64, 60))
    nose = -tube(points.mirrored(), [(0, -95, -28, 6), (0, -102, -46, 10), (5, -101, -57, 12)])
    depth: Field = np.maximum.reduce([head, face, neck, nose])
    return depth


def _temporal_muscle(points: Points) -> Field:
    x = np.abs(points.x)
    bulk: Field = 8 * bump((x - 66) / 22, (points.y + 30) / 24, (points.z + 22) / 26)
    return bulk


def ear_depth(points: Points, build: Build) -> Field:
    """Distance below the skin of the ears: thin curled shells that stand off the head."""
    p = points.mirrored()
    curl = 1.5 * build.waves("ear", 18, 4)(p)
    shell = np.abs(p.x - 78 - 0.42 * (p.y - 8) + curl) - 1.4
    rim = ellipsoid(p, (82, 18, -30), (16, 15, 28))
    depth: Field = -np.maximum(shell, rim)
    return depth


def soft_tissue_hu(points: Points, skin: Field, build: Build) -> Field:
    """HU outside the skull: skin, fat below it, and muscle in bundles that fat parts."""
    width = 0.45 + 0.65 * build.waves("fat", 30, 5)(points)  # mm; fat parts muscles here and there
    bundle = occupancy(np.clip(width, -0.7, 1) - _septa(points, skin, build), 1.4)
    muscle = bundle * occupancy(-_muscular(points, skin, build), 0.5)
    hu = FAT_HU + (MUSCLE_HU - FAT_HU) * muscle
    tissue: Field = hu + (SKIN_HU - hu) * occupancy(skin - 2.0, 1.0)
    return tissue


def _septa(points: Points, skin: Field, build: Build) -> Field:
    """Distance to the fat between muscles: layers below the skin, the nape's midline, clefts."""
    wander = build.waves("muscle layers", 28, 6)(points)
    layers = [np.abs(skin - below + 2.2 * wander) for below in (14.0, 29.0)]
    nape = np.where(points.y > 30, np.abs(points.x + wander), np.float32(99))
    clefts = build.waves("clefts", 48, 9).distance_to_zero(points)
    nearest: Field = np.minimum.reduce([*layers, nape, clefts])
    return nearest


def _muscular(points: Points, skin: Field, build: Build) -> Field:
    """Above zero where muscle lies: temples, chewing muscles, neck; thin strands elsewhere."""
    x = np.abs(points.x)
    temple = bump((x - 62) / 20, (points.y + 34) / 32, (points.z + 22) / 34)
    low = np.clip((-30 - points.z) / 12, 0, 1) * np.clip((points.y + 80) / 20, 0, 1)
    strands = 0.35 * build.waves("strands", 13, 5)(points)
    beneath = np.clip((skin - 4.5) / 2, -0.6, 0.6)
    muscular: Field = 2.2 * np.maximum(temple, 0.75 * low) - 1.15 + beneath + strands
    return muscular


def add_face(points: Points, hu: Field, build: Build) -> Field:
    """Cheek bones, nasal cavity, sinuses and orbits painted over soft tissue."""
    low = points.z < FACE_TOP_MM
    face, p = hu[low], points.take(low)
    face = _paint_bones(p, face, build)
    face = _paint_airways(p, face, build)
    painted = hu.copy()
    painted[low] = _paint_orbits(p, face, build)
    return painted


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
    grain = FACE_BONE_HU + 200 * build.waves("cheek bone", 7, 5)(points)
    return _over(hu, occupancy(bone, 1.2), grain)


def _paint_airways(points: Points, hu: Field, build: Build) -> Field:
    p = points.mirrored()
    cells = build.waves("ethmoid", 11, 6)(points)
    ethmoid = _nasal_cavity(p, cells)
    hu = _over(hu, occupancy(ethmoid - 1.1, 1.2), 480.0)
    walls = np.minimum(np.abs(cells) * 3.0, np.abs(points.x - 1 - 0.5 * cells)) - 0.6
    hu = _over(hu, occupancy(np.maximum(ethmoid, -walls), 1.0), -960.0)
    maxilla = ellipsoid(p, (30, -62, -62), (15, 19, 17))
    hu = _over(hu, occupancy(maxilla - 1.8, 1.2), 700.0)
    hu = _over(hu, occupancy(maxilla, 1.0), -985.0)
    throat = ellipsoid(points, (0, -18, -66), (14, 9, 14))
    canal = tube(p, [(46, 9, -36, 2.2), (82, 12, -36, 3.6)])
    return _over(hu, occupancy(np.minimum(throat, canal), 1.0), -985.0)


def _nasal_cavity(folded: Points, cells: Field) -> Field:
    """Distance to the nasal cavity and ethmoid cells, a wedge that widens backwards."""
    half_width = 6.5 + 0.15 * np.clip(folded.y + 92, 0, 40) - 1.2 * cells
    walls = [folded.x - half_width, np.abs(folded.y + 63) - 29, np.abs(folded.z + 44) - 21]
    cavity: Field = np.maximum.reduce(walls)
    return cavity


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
    lid = np.maximum(np.abs(globe - 2.2) - 1.5, p.y - y + 6)
    hu = _over(hu, occupancy(lid, 1.0), 40.0)
    return _over(hu, occupancy(lens, 1.0), 78.0)
