"""Twelve synthetic studies that a first start shows: every kind of bleed, a small one, heads
without any, and one that cannot be screened because slices are missing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ichdash.phantom.spec import HeadSpec, LesionSpec, Side, random_head
from ichdash.phantom.study import StudyLabel

BASAL_GANGLIA = LesionSpec("intraparenchymal", 34, "putamen", Side.RIGHT, 66, edema_mm=4)
BROKEN_THROUGH = LesionSpec("intraventricular", 7, "cast", Side.RIGHT, 60)
ACUTE_SUBDURAL = LesionSpec("subdural", 70, "convexity", Side.LEFT, 64)
ARTERIAL_EPIDURAL = LesionSpec("epidural", 38, "temporal", Side.RIGHT, 66)
ANEURYSM = LesionSpec("subarachnoid", 20, "basal", Side.LEFT, 60)
LAYERED = LesionSpec("intraventricular", 3.5, "layering", Side.LEFT, 60)
SMALL_THALAMIC = LesionSpec("intraparenchymal", 1.6, "thalamus", Side.LEFT, 62, edema_mm=2)


@dataclass(frozen=True)
class DemoStudy:
    """One study of the demo: what to draw, how it is labelled, which slices are left out."""

    spec: HeadSpec
    label: StudyLabel
    omitted: tuple[int, ...] = ()


# (seed, age, sex, minutes before now, bleeds)
CASES: tuple[tuple[int, int, str, int, tuple[LesionSpec, ...]], ...] = (
    (11, 34, "F", 232, ()),
    (12, 71, "M", 205, (BASAL_GANGLIA, BROKEN_THROUGH)),
    (13, 58, "F", 188, ()),
    (14, 79, "M", 161, (ACUTE_SUBDURAL,)),
    (15, 83, "F", 137, ()),
    (16, 27, "M", 118, (ARTERIAL_EPIDURAL,)),
    (17, 49, "F", 96, (ANEURYSM,)),
    (18, 66, "M", 83, ()),
    (19, 74, "F", 61, (SMALL_THALAMIC,)),
    (20, 45, "M", 44, ()),
    (21, 62, "F", 27, (LAYERED,)),
    (22, 55, "M", 12, ()),
)
INCOMPLETE_SEED, MISSING_SLICES = 20, (13, 14, 15)
TILTED_SEED, TILT_DEG = 18, 16.0


def demo_studies(now: datetime) -> tuple[DemoStudy, ...]:
    """The twelve studies, acquired within the four hours before `now`."""
    return tuple(_demo_study(number, now) for number in range(len(CASES)))


def _demo_study(number: int, now: datetime) -> DemoStudy:
    seed, age, sex, minutes, lesions = CASES[number]
    spec = replace(random_head(seed, lesions), age_years=age, sex=sex)
    if seed == TILTED_SEED:
        spec = replace(spec, gantry_tilt_deg=TILT_DEG)
    label = StudyLabel(
        patient_id=f"SYN-{1000 + seed}",
        accession_number=f"SYN{260000 + 37 * seed}",
        acquired_at=(now - timedelta(minutes=minutes)).replace(microsecond=0),
        patient_name=f"SYNTHETIC^HEAD {number + 1:02d}",
    )
    return DemoStudy(spec, label, MISSING_SLICES if seed == INCOMPLETE_SEED else ())
