"""Brain tissue: gray and white matter with their fluid spaces, in HU as a CT shows them.

Gray matter is about 37 HU, white matter 28, fluid 7, dura and venous blood 50-60.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ichdash.phantom.build import Build
from ichdash.phantom.fluid import Fluid, brainstem, fill
from ichdash.phantom.shapes import Field, Points, bump, ellipsoid, occupancy, tube

CSF_HU, DURA_HU, SINUS_HU = 6.5, 52.0, 58.0
CORTEX_MM = 3.1


@dataclass(frozen=True, eq=False)
class Brain:
    """HU and shares of fluid at each point inside the skull."""

    hu: Field
    subarachnoid: Field  # share of each point that is fluid outside the brain
    ventricular: Field  # share that is fluid inside the ventricles
    fluid: Fluid


def draw(points: Points, depth: Field, build: Build) -> Brain:
    """The brain at canonical points; `depth` is that below the inner table or extra-axial blood."""
    fluid = fill(points, depth, build)
    hu = _parenchyma(points, fluid, build)
    ventricular = occupancy(fluid.ventricles, 1.2)
    subarachnoid = occupancy(fluid.outer, 1.0) * (1 - ventricular)
    hu = hu + (CSF_HU - hu) * np.maximum(subarachnoid, ventricular)
    hu = _membranes(points, depth, fluid, hu, build)
    hu = _calcifications(points, hu, build)
    return Brain(hu, subarachnoid, ventricular, fluid)


def _parenchyma(points: Points, fluid: Fluid, build: Build) -> Field:
    supra = fluid.tentorium > 0
    uneven = 0.7 * build.waves("tone", 30, 5)(points)
    ribbon = CORTEX_MM + 0.7 * build.waves("ribbon", 16, 4)(points)
    cortex = np.minimum(fluid.outer, fluid.surface) - ribbon
    # Folds too fine for 5 mm slices lighten the white matter towards the surface.
    unresolved = 0.45 * np.exp(-np.maximum(fluid.surface, 0) / 9)
    gray = np.maximum.reduce([occupancy(cortex, 2.6), unresolved, _deep_gray(points, build)])
    around = bump(np.maximum(fluid.ventricles, 0) / 9) * build.atrophy
    deep = bump((np.abs(points.x) - 25) / 13, (points.y + 2) / 45, (points.z - 36) / 22)
    white_hu = build.white_hu + 0.8 + uneven - 4.5 * around - 2.2 * deep
    gray_hu = build.gray_hu + uneven
    cerebrum = white_hu + (gray_hu - white_hu) * gray
    infra: Field = np.where(supra, cerebrum, _hindbrain(points, build) + uneven)
    return infra


def _deep_gray(points: Points, build: Build) -> Field:
    """Share of caudate, lentiform nucleus and thalamus."""
    p = points.mirrored()
    ripple = 0.8 * build.waves("nuclei", 15, 4)(points)
    caudate = tube(p, [(12, -28, 6, 5.5), (15, -16, 14, 4.5), (18, 4, 23, 2.4)])
    slanted = Points(p.x - 0.28 * (p.y + 2), p.y, p.z)
    lentiform = ellipsoid(slanted, (25, -3, 4), (7, 17, 10))
    leaning = Points(p.x - 0.3 * (p.y - 8), p.y, p.z)
    thalamus = ellipsoid(leaning, (10.5, 8, 7), (8.5, 14, 10))
    share: Field = occupancy(np.minimum.reduce([caudate, lentiform, thalamus]) + ripple, 2.2)
    return share


def _hindbrain(points: Points, build: Build) -> Field:
    """Cerebellum with its folia and white core, brainstem a little darker."""
    p = points.mirrored()
    folia = np.sin(
        2.1 * np.hypot(p.x * 0.55, points.y - 14) + 1.3 * build.waves("folia", 24, 4)(points)
    )
    patch = 1 + 0.4 * build.waves("cerebellum", 30, 4)(points)
    core = bump((p.x - 21) / 12, (points.y - 32) / 13, (points.z + 34) / 12) * patch
    vermis = bump(points.x / 5, (points.y - 40) / 22)
    cerebellum = build.gray_hu - 1.5 + 1.8 * folia - 6.5 * core + 2.0 * vermis
    stem = occupancy(brainstem(points), 1.5)
    hu: Field = cerebellum + (build.white_hu + 2.2 - cerebellum) * stem
    return hu


def _membranes(points: Points, depth: Field, fluid: Fluid, hu: Field, build: Build) -> Field:
    """Falx, tentorium and the venous sinuses that run along them."""
    sheet = np.abs(fluid.tentorium) - 0.7
    opening = np.hypot(points.x / 21, (points.y - 4) / 23) * 21 - 21
    sheet = np.maximum(sheet, -opening)
    dura = np.minimum(fluid.falx, sheet)
    hu = hu + (DURA_HU - hu) * occupancy(dura, 1.0)
    lining = occupancy(depth - 0.5, 1.0)
    hu = hu + (45 - hu) * lining
    sinuses = _venous_sinuses(points, depth, fluid)
    tone: Field = hu + (SINUS_HU - hu) * occupancy(sinuses, 1.2)
    return tone


def _venous_sinuses(points: Points, depth: Field, fluid: Fluid) -> Field:
    """Distance to superior sagittal, straight and transverse sinuses."""
    sagittal = np.maximum(np.abs(points.x) + 0.55 * depth - 3.8, depth - 7)
    sagittal = np.maximum(sagittal, -points.z - 12)
    sagittal = np.maximum(sagittal, -40 - points.y)
    straight = tube(points, [(0, 32, 6, 1.7), (0, 76, -16, 2.4)])
    gutter = np.hypot(np.maximum(depth - 2, 0), fluid.tentorium) - 3.6
    transverse = np.maximum(gutter, 34 - points.y)
    nearest: Field = np.minimum.reduce([sagittal, straight, transverse])
    return nearest


def _calcifications(points: Points, hu: Field, build: Build) -> Field:
    rough = 0.9 * build.waves("calcification", 5, 5)(points)
    for side, density in zip((-1, 1), build.choroid_hu, strict=True):
        plexus = tube(points, [(side * 21, 27, 18, 1.6), (side * 25, 33, 12, 2.6)]) + rough
        hu = hu + (max(density, 42.0) - hu) * occupancy(plexus, 1.2)
    pineal = ellipsoid(points, (0, 19.5, 3), (2.6, 3.2, 2.6)) + 0.6 * rough
    painted: Field = hu + (max(build.pineal_hu, 38.0) - hu) * occupancy(pineal, 1.2)
    return painted
