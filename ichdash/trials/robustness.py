"""How far a model's score moves when nothing changes but the scan's quality and geometry.

The weights that ship are asked, so studies that they learnt from are in-sample: an AUC of these
tells little by itself, the change of each study's logit all the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain, zip_longest
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.metrics import roc_auc_score

from ichdash.dicom import spacing
from ichdash.domain import HEMORRHAGE, Volume
from ichdash.errors import InputError
from ichdash.imaging.head import why_not_a_head
from ichdash.model.card import ModelCard
from ichdash.model.detector import Detector
from ichdash.training import archive, learnt
from ichdash.training.labels import Labels, read_labels
from ichdash.trials.perturbations import PERTURBATIONS

OnProgress = Callable[[str, int, int], None]
Score = Callable[[Volume | str, bool], "Scored | str"]


@dataclass(frozen=True)
class Scored:
    """A study's logit as it is, and under each perturbation or why it is not screened then."""

    study_uid: str
    truth: bool
    logit: float
    under: Mapping[str, float | str]


@dataclass(frozen=True)
class Effect:
    """What one perturbation does to the studies that can be screened under it."""

    name: str
    studies: int
    auc: float | None  # none where either class lacks
    drop: float | None  # of the AUC, against the same studies as they are
    median_change: float | None  # of the study logit, absolute; none without a study
    largest_change: float | None
    crossed: int  # studies that change sides of the threshold
    not_screened: Mapping[str, str]  # study UID: reason


@dataclass(frozen=True)
class Robustness:
    """A model under all perturbations."""

    model_id: str
    threshold: float
    studies: int
    positive_studies: int
    in_sample: int  # of the studies, those that the weights learnt from
    auc: float | None
    effects: tuple[Effect, ...]
    not_screened: Mapping[str, str]  # as they are; study UID: reason


def run(
    studies: Path,
    labels: Path,
    card: Path,
    on_progress: OnProgress,
    *,
    limit: int | None = None,
    processes: int = 2,
    engine: str = "auto",
) -> Robustness:
    """Score labelled studies (`limit` of them, of both kinds in turn) under each perturbation.

    Raises InputError where labels are broken or nothing can be screened; ModelError where the
    model cannot be loaded.
    """
    found = Detector.load(card, engine).card  # told before the studies are read
    chosen = _in_turn([each for each in read_labels(labels) if each.is_known])[:limit]
    score_one = partial(_score, card, engine)
    scored: list[Scored] = []
    refused: dict[str, str] = {}
    for done, (label, result) in enumerate(_results(studies, chosen, score_one, processes), 1):
        if isinstance(result, str):
            refused[label.name] = result
        else:
            scored.append(result)
        on_progress("scored", done, len(chosen))
    if not scored:
        raise InputError(f"{labels.name}: none of its studies could be screened in {studies.name}.")
    known = learnt.of(card).studies
    return Robustness(
        model_id=found.model_id,
        threshold=found.operating_point.threshold,
        studies=len(scored),
        positive_studies=sum(each.truth for each in scored),
        in_sample=sum(each.study_uid in known for each in scored),
        auc=_auc(scored, [each.logit for each in scored]),
        effects=tuple(effect(name, scored, found) for name in PERTURBATIONS),
        not_screened=refused,
    )


def _in_turn(labels: Sequence[Labels]) -> list[Labels]:
    """Studies with and without hemorrhage in turn, so that the first few are of both kinds."""
    positive = [each for each in labels if each.findings[HEMORRHAGE]]
    negative = [each for each in labels if not each.findings[HEMORRHAGE]]
    pairs = zip_longest(positive, negative)
    return [each for each in chain.from_iterable(pairs) if each is not None]


def _results(
    studies: Path, labels: Sequence[Labels], score_one: Score, processes: int
) -> Iterator[tuple[Labels, Scored | str]]:
    """Each study in turn as scored, or why it is not screened; few volumes wait in memory."""
    waiting: deque[tuple[Labels, Future[Scored | str]]] = deque()

    def first() -> tuple[Labels, Scored | str]:
        label, future = waiting.popleft()
        return label, future.result()

    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
        for label, volume in _volumes(studies, labels):
            truth = bool(label.findings[HEMORRHAGE])
            waiting.append((label, executor.submit(score_one, volume, truth)))
            if len(waiting) > 2 * processes:
                yield first()
        while waiting:
            yield first()


def _volumes(studies: Path, labels: Sequence[Labels]) -> Iterator[tuple[Labels, Volume | str]]:
    with archive.opened(studies) as found:
        for match in archive.match(labels, [archive.entry(study) for study in found.values()]):
            label = match.label
            yield label, match.reason or archive.volume(found[label.study_uid])


@cache
def _detector(card: Path, engine: str) -> Detector:
    """Loaded once in each process, which has one thread: they run side by side."""
    torch.set_num_threads(1)
    return Detector.load(card, engine)


def _score(card: Path, engine: str, volume: Volume | str, truth: bool) -> Scored | str:
    return volume if isinstance(volume, str) else score(_detector(card, engine), volume, truth)


def score(detector: Detector, volume: Volume, truth: bool) -> Scored:
    """The logit of a study as it is and under each perturbation."""
    under: dict[str, float | str] = {}
    for name, perturbation in PERTURBATIONS.items():
        changed = perturbation(volume)
        under[name] = (
            "no slice is left" if changed is None else _why_not(changed) or detector.logit(changed)
        )
    return Scored(volume.study_uid, truth, detector.logit(volume), under)


def _why_not(volume: Volume) -> str | None:
    """Why a volume would not be screened, asked as of one that was sent like this."""
    thickness = [volume.spacing_mm[0]] * len(volume)
    return spacing.gap(volume.positions_mm, thickness) or why_not_a_head(volume)


def effect(name: str, scored: Sequence[Scored], card: ModelCard) -> Effect:
    """What the perturbation `name` did to the studies."""
    reasons = {each.study_uid: why for each in scored if isinstance(why := each.under[name], str)}
    shown = [each for each in scored if each.study_uid not in reasons]
    before = np.array([each.logit for each in shown])
    after = np.array([each.under[name] for each in shown], np.float64)
    change = np.abs(after - before)
    auc, unchanged = _auc(shown, after), _auc(shown, before)
    return Effect(
        name=name,
        studies=len(shown),
        auc=auc,
        drop=None if auc is None or unchanged is None else unchanged - auc,
        median_change=float(np.median(change)) if len(change) else None,
        largest_change=float(change.max()) if len(change) else None,
        crossed=int((_flagged(before, card) != _flagged(after, card)).sum()),
        not_screened=reasons,
    )


def _flagged(logits: npt.NDArray[np.float64], card: ModelCard) -> npt.NDArray[np.bool_]:
    probability = map(card.calibration[HEMORRHAGE], logits.tolist())
    return np.array([each >= card.operating_point.threshold for each in probability], np.bool_)


def _auc(
    scored: Sequence[Scored], logits: Sequence[float] | npt.NDArray[np.float64]
) -> float | None:
    truth = [each.truth for each in scored]
    return float(roc_auc_score(truth, logits)) if len({*truth}) == 2 else None
