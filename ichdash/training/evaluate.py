"""Measure a model on labelled studies, honestly: what it was trained on counts as held out only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.imaging.head import why_not_a_head
from ichdash.model.card import Figure
from ichdash.model.detector import Detector
from ichdash.training import heldout, metrics
from ichdash.training.cases import Labels, read_labels, read_volumes

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Judged:
    """One labelled study and what was said of it."""

    study_uid: str
    truth: bool
    score: float  # logit where held out, else calibrated logit: higher is more suspicious
    probability: float
    flagged: bool
    slices: int
    is_held_out: bool


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on labelled studies."""

    model_id: str
    threshold: float
    studies: int
    positive_studies: int
    slices: int
    held_out: int  # judged by their cross-validation score
    not_screened: dict[str, str]  # study UID: reason
    figures: dict[str, Figure]
    calibration_error: float
    effort_saved: float


def run(studies: Path, labels: Path, card: Path, on_progress: OnProgress) -> Evaluation:
    """Judge every labelled study and compute the figures.

    Raises InputError where labels are broken or nothing can be judged; ModelError where the model
    cannot be loaded.
    """
    detector = Detector.load(card)
    held = heldout.load(card)
    known = [each for each in read_labels(labels) if each.is_known]
    judged, refused = [], {}
    volumes = read_volumes(studies, [label.study_uid for label in known])
    for done, (label, volume) in enumerate(zip(known, volumes, strict=True), 1):
        reason = volume if isinstance(volume, str) else why_not_a_head(volume)
        if isinstance(volume, str) or reason:
            refused[label.study_uid] = str(reason)
        elif score := held.get(label.study_uid):
            judged.append(_held_out(label, score, len(volume)))
        else:
            prediction = detector.predict(volume)
            judged.append(_fresh(label, prediction.probability, prediction.flagged, len(volume)))
        on_progress("evaluated", done, len(known))
    if not judged:
        raise InputError(f"{labels.name}: none of its studies could be screened in {studies.name}.")
    return _figures(detector, judged, refused)


def _held_out(label: Labels, score: heldout.Score, slices: int) -> Judged:
    truth = bool(label.findings[HEMORRHAGE])
    logit = score.logits[HEMORRHAGE]
    return Judged(
        label.study_uid, truth, logit, score.probability, score.flagged, slices, is_held_out=True
    )


def _fresh(label: Labels, probability: float, flagged: bool, slices: int) -> Judged:
    truth = bool(label.findings[HEMORRHAGE])
    return Judged(
        label.study_uid, truth, probability, probability, flagged, slices, is_held_out=False
    )


def _figures(detector: Detector, judged: list[Judged], refused: dict[str, str]) -> Evaluation:
    truth = np.array([each.truth for each in judged])
    probability = np.array([each.probability for each in judged])
    flagged = np.array([each.flagged for each in judged])
    table = metrics.figures(truth, probability, flagged)
    if "auc" in table and all(each.is_held_out for each in judged):
        # folds are calibrated apart; what ranks studies across folds is the network's own logit
        table["auc"] = metrics.auc(truth, np.array([each.score for each in judged]))
    slices = sum(each.slices for each in judged)
    return Evaluation(
        model_id=detector.card.model_id,
        threshold=detector.card.operating_point.threshold,
        studies=len(judged),
        positive_studies=int(truth.sum()),
        slices=slices,
        held_out=sum(each.is_held_out for each in judged),
        not_screened=refused,
        figures=table,
        calibration_error=metrics.calibration_error(truth, probability),
        effort_saved=1 - len(judged) / slices,
    )
