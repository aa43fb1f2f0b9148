"""Measure a model on labelled studies, honestly: what it was trained on counts as held out only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import special

from ichdash.domain import HEMORRHAGE, Prediction, Volume
from ichdash.errors import InputError
from ichdash.imaging import preprocess
from ichdash.imaging.head import why_not_a_head
from ichdash.model.card import Figure
from ichdash.model.detector import Detector
from ichdash.training import heldout, metrics, slice_figures
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
    slices: npt.NDArray[np.floating]  # (slices,) scores, feet to head; none if never kept
    sop_instance_uids: tuple[str, ...]
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
    slice_figures: dict[str, Figure]  # none without slice labels
    calibration_error: float
    effort_saved: float


def run(
    studies: Path,
    labels: Path,
    card: Path,
    on_progress: OnProgress,
    slice_labels: Path | None = None,
) -> Evaluation:
    """Judge every labelled study and compute the figures, of slices too where these are labelled.

    Raises InputError where labels are broken or nothing can be judged; ModelError where the model
    cannot be loaded.
    """
    slice_truth = slice_figures.read_labels(slice_labels) if slice_labels else {}
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
            judged.append(_held_out(label, score, volume))
        else:
            judged.append(_fresh(label, detector.predict(volume), volume))
        on_progress("evaluated", done, len(known))
    if not judged:
        raise InputError(f"{labels.name}: none of its studies could be screened in {studies.name}.")
    return _figures(detector, judged, refused, slice_truth)


def _held_out(label: Labels, score: heldout.Score, volume: Volume) -> Judged:
    slabs = preprocess.slab_of_slice(volume) if score.slices else np.empty(0, np.intp)
    slices = special.expit(np.array(score.slices))[slabs]
    return Judged(
        study_uid=label.study_uid,
        truth=bool(label.findings[HEMORRHAGE]),
        score=score.logits[HEMORRHAGE],
        probability=score.probability,
        flagged=score.flagged,
        slices=slices,
        sop_instance_uids=volume.sop_instance_uids,
        is_held_out=True,
    )


def _fresh(label: Labels, prediction: Prediction, volume: Volume) -> Judged:
    return Judged(
        study_uid=label.study_uid,
        truth=bool(label.findings[HEMORRHAGE]),
        score=prediction.probability,
        probability=prediction.probability,
        flagged=prediction.flagged,
        slices=prediction.slice_scores,
        sop_instance_uids=volume.sop_instance_uids,
        is_held_out=False,
    )


def _figures(
    detector: Detector,
    judged: list[Judged],
    refused: dict[str, str],
    slice_truth: Mapping[str, bool],
) -> Evaluation:
    truth = np.array([each.truth for each in judged])
    probability = np.array([each.probability for each in judged])
    flagged = np.array([each.flagged for each in judged])
    table = metrics.figures(truth, probability, flagged)
    if "auc" in table and all(each.is_held_out for each in judged):
        # folds are calibrated apart; what ranks studies across folds is the network's own logit
        table["auc"] = metrics.auc(truth, np.array([each.score for each in judged]))
    slices = sum(len(each.sop_instance_uids) for each in judged)
    return Evaluation(
        model_id=detector.card.model_id,
        threshold=detector.card.operating_point.threshold,
        studies=len(judged),
        positive_studies=int(truth.sum()),
        slices=slices,
        held_out=sum(each.is_held_out for each in judged),
        not_screened=refused,
        figures=table,
        slice_figures=slice_figures.figures(_with_slices(judged), slice_truth),
        calibration_error=metrics.calibration_error(truth, probability),
        effort_saved=1 - len(judged) / slices,
    )


def _with_slices(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Slice scores by SOP instance UID of each study with hemorrhage."""
    return [
        dict(zip(each.sop_instance_uids, each.slices.tolist(), strict=True))
        for each in judged
        if each.truth and len(each.slices)
    ]
