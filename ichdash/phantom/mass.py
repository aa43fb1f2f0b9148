"""Mass effect: how blood pushes the brain aside, towards the other side and off the skull."""

from __future__ import annotations

import numpy as np

from ichdash.phantom.lesions import Bleed, Site, center_of, crescent_extent
from ichdash.phantom.shapes import Field, Points, bump

REACH_MM = 52.0
SHIFT_MM_PER_ML, LARGEST_SHIFT_MM = 0.12, 11.0
YIELD = 0.55  # share of a blob's volume that displaces tissue instead of replacing it


def displaced(site: Site, bleeds: tuple[Bleed, ...]) -> tuple[Points, Field]:
    """Where the tissue at each point would lie without the bleeds, and its depth there."""
    points, depth = site.points, site.depth
    for bleed in bleeds:
        if bleed.spec.mass_effect > 0:
            points = _shifted(site, bleed, points)
            depth = np.minimum(depth, _left_depth(site, bleed))
    return points, depth


def _shifted(site: Site, bleed: Bleed, points: Points) -> Points:
    """Undo the shift across the midline, and for a blob its growth from a point."""
    x, y, z = center_of(bleed.spec, site.build)
    free = np.clip(site.depth / 25, 0, 1) * np.float32(bleed.spec.mass_effect)
    shift = min(LARGEST_SHIFT_MM, SHIFT_MM_PER_ML * bleed.spec.volume_ml)
    fall = bump(
        *(
            (a - b) / REACH_MM
            for a, b in ((site.points.x, x * 0.4), (site.points.y, y), (site.points.z, z))
        )
    )
    dx = shift * fall * free * np.float32(bleed.spec.side.sign)
    if bleed.spec.finding == "intraparenchymal":
        grown = _grown(site, bleed, (x, y, z)) * free
        dx = dx + (x - site.points.x) * grown
        return points.moved(dx, (y - site.points.y) * grown, (z - site.points.z) * grown)
    return points.moved(dx, np.zeros_like(dx), np.zeros_like(dx))


def _grown(site: Site, bleed: Bleed, center: tuple[float, float, float]) -> Field:
    """Share of its distance to the centre that a point has to move back."""
    offsets = zip((site.points.x, site.points.y, site.points.z), center, strict=True)
    radius = np.sqrt(sum((a - b) ** 2 for a, b in offsets))
    ball = YIELD * bleed.spec.volume_ml * 1000 * 3 / (4 * np.pi)  # cubed radius, mm3
    inner = np.cbrt(np.maximum(radius**3 - ball, 0))
    share: Field = 1 - inner / np.maximum(radius, 1)
    return share.astype(np.float32)


def _left_depth(site: Site, bleed: Bleed) -> Field:
    """Depth below the blood of an extra-axial bleed."""
    if bleed.spec.finding == "epidural":
        return bleed.beyond
    if bleed.spec.finding == "subdural" and bleed.spec.place != "falx":
        return site.depth - bleed.level * crescent_extent(site, bleed.spec)
    return site.depth
