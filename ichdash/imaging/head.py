"""Is this a head at all: what no head CT can lack is looked for before the model is asked.

A head has a space of brain's density that bone walls in, the size of a palm in its widest slice.
Air, plastic and water phantoms, chests and limbs have none.
"""

from __future__ import annotations

import numpy as np

from ichdash.domain import Volume
from ichdash.imaging import anatomy

TISSUE_HU = -200.0
LEAST_TISSUE = 0.01
"""Of all samples; an empty scanner shows less."""

LEAST_AREA_CM2 = 50.0
"""Of the cavity in its widest slice; newborns have about 60."""

BRAIN_HU = (10.0, 65.0)
"""What most of a cavity must lie within, from old atrophied brain to one full of clot."""

WHOLE_SCAN_MM = 40.0
"""Scans that cover less may lie above or below the widest slice: bone and size must do there."""

BONE_FRACTION = (0.05, 0.97)
WIDEST_MM = 300.0
"""No head is wider; most chests and bellies are."""


def why_not_a_head(volume: Volume) -> str | None:
    """The reason why `volume` is not taken for a head, as a sentence; None for a head."""
    found = anatomy.survey(volume)
    tissue = found.hu > TISSUE_HU
    if tissue.mean() < LEAST_TISSUE:
        return "no head was found, only air. Not screened. Check that the right series was sent."
    if _covered_mm(volume) < WHOLE_SCAN_MM:
        return _why_not_a_part(found, tissue)
    area_cm2 = found.cavity.sum(axis=(1, 2)).max() * found.step_mm**2 / 100
    if area_cm2 < LEAST_AREA_CM2:
        return (
            "no brain was found: no space of brain's density inside a skull is as large as "
            f"{LEAST_AREA_CM2:.0f} cm² in any slice (largest {area_cm2:.0f} cm²). Not screened. "
            "Check that the right series was sent."
        )
    middle = float(np.median(found.hu[found.cavity]))
    if not BRAIN_HU[0] <= middle <= BRAIN_HU[1]:
        return (
            f"what the skull encloses measures {middle:.0f} HU; brain lies between "
            f"{BRAIN_HU[0]:.0f} and {BRAIN_HU[1]:.0f} HU. Not screened. Check the rescale values."
        )
    return None


def _covered_mm(volume: Volume) -> float:
    positions = volume.positions_mm
    return float(positions[-1] - positions[0]) + volume.spacing_mm[0] * (len(volume) > 1)


def _why_not_a_part(found: anatomy.Survey, tissue: anatomy.BoolArray) -> str | None:
    """The same for a scan of one or few slices, which may lie at the vertex or the base."""
    bone = float((found.hu > anatomy.BONE_HU).sum() / tissue.sum())
    if not BONE_FRACTION[0] <= bone <= BONE_FRACTION[1]:
        return (
            f"no head was found: {bone:.0%} of what is not air is bone, in a head "
            f"{BONE_FRACTION[0]:.0%} to {BONE_FRACTION[1]:.0%}. Not screened."
        )
    width_mm = max(np.ptp(axis) for axis in np.nonzero(tissue.any(axis=0))) * found.step_mm
    if width_mm > WIDEST_MM:
        return f"no head was found: the body is {width_mm / 10:.0f} cm wide. Not screened."
    return None
