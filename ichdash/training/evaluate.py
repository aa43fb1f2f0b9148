"""Measure a model on labelled studies, honestly: what it was trained on counts as held out only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ichdash.errors import InputError
from ichdash.model.card import Figure, ModelCard
from ichdash.training import judging, metrics, slice_figures
from ichdash.training.cases import read_labels, read_volumes
from ichdash.training.comparison import Comparison, compare
from ichdash.training.judging import Judge, Judged

OnProgress = Callable[[str, int, int], None]


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
    without_slice_labels: int = 0  # studies with hemorrhage, where slice labels were given
    judged: tuple[Judged, ...] = ()
    against: Comparison | None = None  # another model on the same studies
    restriction: str = ""  # on the use of the model


def run(
    studies: Path,
    labels: Path,
    card: Path,
    on_progress: OnProgress,
    *,
    slice_labels: Path | None = None,
    against: Path | None = None,
) -> Evaluation:
    """Judge every labelled study and compute the figures, of slices too where these are labelled.

    Another model, the card `against`, judges the same studies. Raises InputError where labels are
    broken or nothing can be judged; ModelError where a model cannot be loaded.
    """
    slice_truth = slice_figures.read_labels(slice_labels) if slice_labels else {}
    judges = [Judge.load(each) for each in (card, against) if each]
    known = [each for each in read_labels(labels) if each.is_known]
    judged: list[list[Judged]] = []  # what each judge said, study by study
    refused = {}
    volumes = read_volumes(studies, [label.study_uid for label in known])
    for done, (label, volume) in enumerate(zip(known, volumes, strict=True), 1):
        if isinstance(volume, str):
            refused[label.study_uid] = volume
        else:
            judged.append([judge.judge(label, volume) for judge in judges])
        on_progress("evaluated", done, len(known))
    if not judged:
        raise InputError(f"{labels.name}: none of its studies could be screened in {studies.name}.")
    first, *others = zip(*judged, strict=True)
    found = _figures(judges[0].card, first, refused, slice_truth)
    return replace(found, against=compare(first, others[0], judges[1].card)) if others else found


def _figures(
    card: ModelCard,
    judged: tuple[Judged, ...],
    refused: dict[str, str],
    slice_truth: Mapping[str, bool],
) -> Evaluation:
    truth, probability = judging.truth(judged), judging.probability(judged)
    slices = sum(len(each.sop_instance_uids) for each in judged)
    return Evaluation(
        model_id=card.model_id,
        threshold=card.operating_point.threshold,
        studies=len(judged),
        positive_studies=int(truth.sum()),
        slices=slices,
        held_out=sum(each.is_held_out for each in judged),
        not_screened=refused,
        figures=judging.figures(judged),
        slice_figures=slice_figures.figures(_with_slices(judged), slice_truth),
        calibration_error=metrics.calibration_error(truth, probability),
        effort_saved=1 - len(judged) / slices,
        without_slice_labels=_unlabelled(judged, slice_truth) if slice_truth else 0,
        judged=judged,
        restriction=card.restriction,
    )


def _unlabelled(judged: Sequence[Judged], slice_truth: Mapping[str, bool]) -> int:
    """Studies with hemorrhage of which no slice is labelled."""
    positive = (each for each in judged if each.truth)
    return sum(slice_truth.keys().isdisjoint(each.sop_instance_uids) for each in positive)


def _with_slices(judged: Sequence[Judged]) -> list[dict[str, float]]:
    """Slice scores by SOP instance UID of each study with hemorrhage."""
    return [
        dict(zip(each.sop_instance_uids, each.slices.tolist(), strict=True))
        for each in judged
        if each.truth and len(each.slices)
    ]
