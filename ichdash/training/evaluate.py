"""Measure a model on labelled studies, honestly: what it was trained on counts as held out only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ichdash.dicom.reading import Study
from ichdash.errors import InputError
from ichdash.model.card import Figure, ModelCard
from ichdash.training import archive, judging, metrics, slice_figures
from ichdash.training.archive import Match
from ichdash.training.comparison import Comparison, compare
from ichdash.training.judging import Judge, Judged
from ichdash.training.labels import read_labels

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
    left_out: tuple[str, ...] = ()  # studies of patients that a model learnt from by another study
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
    figures = _figures(judges[0].card, first, told.refused, slice_truth)
    comparison = compare(first, others[0], judges[1].card) if others else None
    return replace(figures, left_out=tuple(told.left_out), against=comparison)


@dataclass
class _Told:
    """What became of the studies."""

    judged: list[list[Judged]] = field(default_factory=list)  # what each judge said
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
