"""What a model says of labelled studies: by the held-out score where it learnt from the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import special

from ichdash.domain import HEMORRHAGE, Volume
from ichdash.imaging import preprocess
from ichdash.model.card import Figure, ModelCard
from ichdash.model.detector import Detector
from ichdash.training import heldout, learnt, metrics
from ichdash.training.archive import Match
from ichdash.training.labels import Labels
from ichdash.training.learnt import Learnt


@dataclass(frozen=True, eq=False)
class Judged:
    """One labelled study and what was said of it."""

    study_uid: str
    labels: Mapping[str, bool | None]  # by finding; hemorrhage is known
    score: float  # logit where held out, else probability: higher is more suspicious
    probability: float
    flagged: bool
    slices: npt.NDArray[np.floating]  # (slices,) scores, feet to head; none if never kept
    sop_instance_uids: tuple[str, ...]
    is_held_out: bool
    instance_numbers: tuple[int, ...] = ()  # (slices,), or none

    @property
    def truth(self) -> bool:
        """Whether there is a hemorrhage."""
        return bool(self.labels[HEMORRHAGE])

    @property
    def is_right(self) -> bool:
        """Whether it was flagged as it should have been."""
        return self.flagged == self.truth


class Judge:
    """A model with what it learnt from, and its scores of these studies held out."""

    def __init__(
        self, detector: Detector, held: Mapping[str, heldout.Score], seen: Learnt | None = None
    ) -> None:
        self.detector = detector
        self.held = held
        self.learnt = seen or Learnt()

    @classmethod
    def load(cls, card: Path, engine: str = "auto") -> Judge:
        """Raises ModelError where the model cannot be loaded, InputError for broken scores."""
        return cls(Detector.load(card, engine), heldout.load(card), learnt.load(card))

    @property
    def card(self) -> ModelCard:
        """The card of the model."""
        return self.detector.card

    def has_learnt(self, match: Match) -> bool:
        """Whether the weights saw the patient and no score of the study held out tells better."""
        return match.label.study_uid not in self.held and self.learnt.has(match)

    def judge(self, label: Labels, volume: Volume) -> Judged:
        """By the score of the study held out, or by the detector where it was never seen."""
        if score := self.held.get(label.study_uid):
            return _held_out(label, score, volume)
        return self._fresh(label, volume)

    def _fresh(self, label: Labels, volume: Volume) -> Judged:
        prediction = self.detector.predict(volume)
        return Judged(
            study_uid=label.study_uid,
            labels=label.findings,
            score=prediction.probability,
            probability=prediction.probability,
            flagged=prediction.flagged,
            slices=prediction.slice_scores,
            sop_instance_uids=volume.sop_instance_uids,
            is_held_out=False,
            instance_numbers=volume.instance_numbers,
        )


def _held_out(label: Labels, score: heldout.Score, volume: Volume) -> Judged:
    slabs = preprocess.slab_of_slice(volume)
    if slabs.max() + 1 != len(score.slices):  # never kept, or of other slices than there are now
        slabs = np.empty(0, np.intp)
    return Judged(
        study_uid=label.study_uid,
        labels=label.findings,
        score=score.logits[HEMORRHAGE],
        probability=score.probability,
        flagged=score.flagged,
        slices=special.expit(np.array(score.slices))[slabs],
        sop_instance_uids=volume.sop_instance_uids,
        is_held_out=True,
        instance_numbers=volume.instance_numbers,
    )


def truth(judged: Sequence[Judged]) -> metrics.BoolArray:
    """(studies,) whether there is a hemorrhage."""
    return np.array([each.truth for each in judged], np.bool_)


def probability(judged: Sequence[Judged]) -> metrics.ScoreArray:
    """(studies,) calibrated probability."""
    return np.array([each.probability for each in judged])


def ranking(judged: Sequence[Judged]) -> metrics.ScoreArray:
    """(studies,) what ranks them: logits where all were held out, else probabilities.

    Folds are calibrated apart; what ranks studies across folds is the network's own logit.
    """
    if all(each.is_held_out for each in judged):
        return np.array([each.score for each in judged])
    return probability(judged)


def figures(judged: Sequence[Judged]) -> dict[str, Figure]:
    """Figures at the operating point and, of both classes, of the ranking."""
    known, ranks = truth(judged), ranking(judged)
    table = metrics.figures(known, ranks, np.array([each.flagged for each in judged]))
    if "auc" in table:
        table["average_precision"] = metrics.average_precision(known, ranks)
        table["sensitivity_at_87_specificity"] = metrics.sensitivity_at(known, ranks, 0.87)
    return table
