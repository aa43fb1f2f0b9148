"""What the report of an evaluation holds: figures, and studies by their UIDs.

It is made to be passed on: nothing of a study is in it but its UID and what was said of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from ichdash.domain import OperatingPoint
from ichdash.model.card import Bin, Figure
from ichdash.performance.words import (
    NOT_A_DEVICE,
    NOT_FOR_DIAGNOSIS,
    predictive_values,
    restricted,
)
from ichdash.training import judging, metrics
from ichdash.training.comparison import Comparison
from ichdash.training.evaluate import Evaluation
from ichdash.training.groups import Group
from ichdash.training.judging import Judged
from ichdash.training.queue_simulation import Queue, simulate

KIND = "ichdash evaluation report"
NOTICE = f"{NOT_A_DEVICE} {NOT_FOR_DIAGNOSIS}."
PREVALENCES = (0.02, 0.05, 0.1, 0.15, 0.4)
ORDER = (
    "accuracy",
    "sensitivity",
    "specificity",
    "f1",
    "auc",
    "average_precision",
    "sensitivity_at_87_specificity",
)


@dataclass(frozen=True)
class PredictiveValues:
    """What a flag, and its absence, are worth at a prevalence."""

    prevalence: float
    positive: float
    negative: float


@dataclass(frozen=True)
class Named:
    """One study by its UID."""

    study_uid: str
    probability: float


@dataclass(frozen=True)
class Report:
    """All that is written, in the HTML as in the JSON."""

    kind: str
    notice: str
    created: str  # ISO date
    model_id: str
    operating_point: OperatingPoint | None  # as it was measured here; none of one class alone
    threshold: float
    studies: int
    positive_studies: int
    slices: int
    held_out: int
    screened: int
    not_screened: tuple[str, ...]  # study UIDs
    left_out: tuple[str, ...]  # study UIDs
    repeated_patients: str  # what that does to the intervals; else empty
    figures: dict[str, Figure]
    slice_figures: dict[str, Figure]
    calibration_error: float
    calibration_error_by_chance: float
    brier_score: float
    roc: tuple[tuple[float, float], ...]
    calibration: tuple[Bin, ...]
    subtypes: tuple[Group, ...]
    sizes: tuple[Group, ...]
    predictive_values: tuple[PredictiveValues, ...]
    queue: Queue | None
    effort_saved: float
    missed: tuple[Named, ...]
    false_alarms: tuple[Named, ...]
    against: Comparison | None


def _uid_alone(name: str) -> str:
    """A study's UID; the report tells no accession number."""
    return name if re.fullmatch(r"[0-9.]+", name) else "named by its accession number"


def contents(found: Evaluation, created: date) -> Report:
    """The report of an evaluation that was made on `created`."""
    judged, truth = found.judged, judging.truth(found.judged)
    point = _measured(found)
    return Report(
        kind=KIND,
        notice=" ".join(filter(None, (NOTICE, restricted(found.model_id, found.restriction)))),
        created=created.isoformat(),
        model_id=found.model_id,
        operating_point=point,
        threshold=found.threshold,
        studies=found.studies,
        positive_studies=found.positive_studies,
        slices=found.slices,
        held_out=found.held_out,
        screened=found.studies - found.held_out,
        not_screened=tuple(map(_uid_alone, found.not_screened)),
        left_out=found.left_out,
        repeated_patients=found.repeated_patients,
        figures={name: found.figures[name] for name in ORDER if name in found.figures},
        slice_figures=found.slice_figures,
        calibration_error=found.calibration_error,
        calibration_error_by_chance=found.calibration_error_by_chance,
        brier_score=found.brier_score,
        roc=metrics.roc(truth, judging.ranking(judged)) if point else (),
        calibration=metrics.calibration(truth, judging.probability(judged)),
        subtypes=found.subtypes,
        sizes=found.sizes,
        predictive_values=_predicted(point) if point else (),
        queue=simulate(judged),
        effort_saved=found.effort_saved,
        missed=_named([each for each in judged if each.truth and not each.flagged]),
        false_alarms=_named([each for each in judged if each.flagged and not each.truth]),
        against=found.against,
    )


def _measured(found: Evaluation) -> OperatingPoint | None:
    if not 0 < found.positive_studies < found.studies:
        return None
    sensitivity, specificity = (found.figures[name] for name in ("sensitivity", "specificity"))
    return OperatingPoint(found.threshold, sensitivity.value, specificity.value)


def _predicted(point: OperatingPoint) -> tuple[PredictiveValues, ...]:
    return tuple(PredictiveValues(each, *predictive_values(point, each)) for each in PREVALENCES)


def _named(judged: list[Judged]) -> tuple[Named, ...]:
    """Most suspicious first."""
    named = [Named(each.study_uid, each.probability) for each in judged]
    return tuple(sorted(named, key=lambda each: -each.probability))
