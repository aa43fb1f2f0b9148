"""Measure a model on labelled studies, honestly: what it was trained on counts as held out only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ichdash.dicom.reading import Study
from ichdash.errors import InputError
from ichdash.model.card import Figure, ModelCard
from ichdash.training import archive, judging, metrics, slice_figures
from ichdash.training.archive import Match
from ichdash.training.comparison import Comparison, compare
from ichdash.training.groups import Group, by_size, by_subtype
from ichdash.training.judging import Judge, Judged
from ichdash.training.labels import read_labels
from ichdash.training.metrics import BoolArray, ScoreArray
from ichdash.training.slice_labels import SliceLabels, join
from ichdash.training.slice_labels import read as read_slice_labels

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model on labelled studies."""

    model_id: str
    threshold: float
    studies: int
    patients: int
    positive_studies: int
    slices: int
    held_out: int  # judged by their cross-validation score
    not_screened: dict[str, str]  # study UID: reason
    figures: dict[str, Figure]
    slice_figures: dict[str, Figure]  # none without slice labels
    calibration_error: float
    calibration_error_by_chance: float
    brier_score: float
    effort_saved: float
    subtypes: tuple[Group, ...] = ()
    sizes: tuple[Group, ...] = ()  # none without slice labels
    slices_not_joined: Mapping[str, str] = field(default_factory=dict)  # study UID: reason
    slices_joined: Mapping[str, BoolArray] = field(default_factory=dict)  # study UID: which show it
    judged: tuple[Judged, ...] = ()
    left_out: tuple[str, ...] = ()  # studies of patients that a model learnt from by another study
    against: Comparison | None = None  # another model on the same studies
    restriction: str = ""  # on the use of the model

    @property
    def repeated_patients(self) -> str:
        """That some patients have several of the studies, in a sentence; else empty."""
        if self.patients == self.studies:
            return ""
        return (
            f"The {self.studies} studies are of {self.patients} patients. The intervals take each "
            "study as another patient's: they are too narrow."
        )


def run(
    studies: Path,
    labels: Path,
    card: Path,
    on_progress: OnProgress,
    *,
    slice_labels: Path | None = None,
    against: Path | None = None,
    engine: str = "auto",
) -> Evaluation:
    """Judge every labelled study and compute the figures, of slices too where these are labelled.

    Another model, the card `against`, judges the same studies. Raises InputError where labels are
    broken or nothing can be judged; ModelError where a model cannot be loaded.
    """
    slice_truth = read_slice_labels(slice_labels) if slice_labels else None
    judges = [Judge.load(each, engine) for each in (card, against) if each]
    known = [each for each in read_labels(labels) if each.is_known]
    told = _Told()
    with archive.opened(studies) as found:
        matches = archive.match(known, [archive.entry(study) for study in found.values()])
        for done, match in enumerate(matches, 1):
            told.add(match, found.get(match.label.study_uid), judges)
            on_progress("evaluated", done, len(known))
    if not told.judged:
        raise InputError(
            f"{labels.name}: none of its studies could be screened in {studies.name}.{told.why}"
        )
    first, *others = zip(*told.judged, strict=True)
    figures = _figures(judges[0].card, first, told, slice_truth)
    comparison = compare(first, others[0], judges[1].card) if others else None
    return replace(figures, against=comparison)


@dataclass
class _Told:
    """What became of the studies."""

    judged: list[list[Judged]] = field(default_factory=list)  # what each judge said
    patients: set[str] = field(default_factory=set)  # of those judged
    refused: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def why(self) -> str:
        """What else there was than studies that could not be screened, in a sentence."""
        if not self.left_out:
            return ""
        return f" {len(self.left_out)} are of patients that the model learnt from: left out."

    def add(self, match: Match, study: Study | None, judges: Sequence[Judge]) -> None:
        name = match.label.name
        if any(judge.has_learnt(match) for judge in judges):
            self.left_out.append(name)
        elif match.reason or study is None:
            self.refused[name] = match.reason
        elif isinstance(volume := archive.volume(study), str):
            self.refused[name] = volume
        else:
            self.judged.append([judge.judge(match.label, volume) for judge in judges])
            self.patients.add(match.label.patient_id)


def _figures(
    card: ModelCard,
    judged: tuple[Judged, ...],
    told: _Told,
    labels: SliceLabels | None,
) -> Evaluation:
    truth, probability = judging.truth(judged), judging.probability(judged)
    slices = sum(len(each.sop_instance_uids) for each in judged)
    joined, not_joined = join(judged, labels) if labels else ({}, {})
    return Evaluation(
        model_id=card.model_id,
        threshold=card.operating_point.threshold,
        studies=len(judged),
        patients=len(told.patients),
        positive_studies=int(truth.sum()),
        slices=slices,
        held_out=sum(each.is_held_out for each in judged),
        not_screened=told.refused,
        left_out=tuple(told.left_out),
        figures=judging.figures(judged),
        slice_figures=slice_figures.figures(_with_scores(judged, joined)),
        calibration_error=metrics.calibration_error(truth, probability),
        calibration_error_by_chance=metrics.error_by_chance(probability),
        brier_score=metrics.brier_score(truth, probability),
        effort_saved=1 - len(judged) / slices,
        subtypes=by_subtype(judged),
        sizes=by_size(judged, {uid: int(each.sum()) for uid, each in joined.items()}),
        slices_not_joined=not_joined,
        slices_joined=joined,
        judged=judged,
        restriction=card.restriction,
    )


def _with_scores(
    judged: Sequence[Judged], joined: Mapping[str, BoolArray]
) -> list[tuple[BoolArray, ScoreArray]]:
    """Truth and score (slices,) of each study whose slices are labelled and were scored."""
    return [
        (joined[each.study_uid], each.slices.astype(np.float64))
        for each in judged
        if each.study_uid in joined and len(each.slices)
    ]
