"""Whether heatmaps show where the blood is, and whether they come from what the model learnt.

Bleeds of exactly known place are drawn into heads without hemorrhage that the network never saw:
the studies of its own fold, or synthetic heads beyond those of the training. The pointing game
follows Zhang et al. (IJCV 2018; 126: 1084–1102), the randomisation test Adebayo et al. (Sanity
Checks for Saliency Maps, NeurIPS 2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ichdash.errors import InputError
from ichdash.model.card import Figure, ModelCard
from ichdash.model.detector import Detector
from ichdash.model.saliency import Method
from ichdash.training import folds, heldout, synthetic
from ichdash.training.metrics import proportion
from ichdash.trials.examination import Examined, Subject, examine

HEADS = 12
"""Synthetic heads that are drawn where no training is named."""

FIRST_HEAD = 5000
"""No training draws so many."""

VOLUMES_ML = (
    ("under 1 ml", 0, 1),
    ("1–5 ml", 1, 5),
    ("5–25 ml", 5, 25),
    ("over 25 ml", 25, np.inf),
)
DARK = 1 / 3
"""Of the reference: a head without hemorrhage should stay below."""

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pointing:
    """Drawn bleeds of one size, and in how many the map's maximum lies in the bleed."""

    volume: str
    bleeds: int
    hit: Figure


@dataclass(frozen=True)
class Likeness:
    """Spearman correlations, without sign, with the maps of random weights, over all heads: low
    where a map comes from what was learnt."""

    median: float
    largest: float


@dataclass(frozen=True)
class Explained:
    """What one method is worth."""

    method: str
    reference: float  # full scale of the heatmap
    pointing: tuple[Pointing, ...]
    dark: Figure  # heads without hemorrhage whose map stays under DARK of the reference
    repeated: float  # largest difference of two maps of the same head
    random_head: Likeness
    random_weights: Likeness


@dataclass(frozen=True)
class Explanation:
    """All methods on the same heads and bleeds."""

    model_id: str
    are_folds: bool  # networks of the folds on real studies; else the model on synthetic heads
    heads: int
    bleeds: int
    methods: tuple[Explained, ...]


def run(
    card: Path,
    on_progress: OnProgress,
    *,
    work: Path | None = None,
    heads: int | None = None,
    bleeds: int = 8,
    processes: int = 2,
) -> Explanation:
    """Examine `bleeds` drawn bleeds in each of (at most) `heads` heads, with every method.

    Raises InputError where `work` holds no ended training of this network; ModelError where the
    model cannot be loaded.
    """
    found = Detector.load(card).card
    if work:
        subjects = _held_out(found, work)[:heads]
    else:
        subjects = _synthetic(found, card.parent, heads or HEADS, processes, on_progress)
    job = partial(examine, found.network, bleeds)
    examined: list[Examined] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
        for each in executor.map(job, subjects):
            examined.append(each)
            on_progress("examined", len(examined), len(subjects))
    return Explanation(
        model_id=found.model_id,
        are_folds=work is not None,
        heads=len(examined),
        bleeds=sum(len(each.bleeds) for each in examined),
        methods=tuple(explained(method, examined, found.heatmap_reference) for method in Method),
    )


def _held_out(card: ModelCard, work: Path) -> list[Subject]:
    """Each study without hemorrhage with the network of its own fold; single slices only where
    there is little else."""
    material = folds.finished(work)
    read = card.network
    if replace(material.spec, context=read.context, highest=read.highest) != read:
        raise InputError(
            f"The training in {work.name} is of another network than {card.model_id}. Name the "
            "card that it wrote with --model."
        )
    is_whole = heldout.whole(material.seen, len({*material.fold_of}))
    triples = zip(material.seen, material.fold_of, is_whole, strict=True)
    return [
        Subject(case, folds.result_path(work, fold))
        for case, fold, is_head in triples
        if is_head and case.targets[0] == 0
    ]


def _synthetic(
    card: ModelCard, folder: Path, heads: int, processes: int, on_progress: OnProgress
) -> list[Subject]:
    drawn = synthetic.heads(
        heads,
        card.network.findings,
        card.network.size,
        processes,
        lambda n, of: on_progress("heads", n, of),
        FIRST_HEAD,
    )
    return [Subject(case, folder / card.weights) for case in drawn]


def explained(method: Method, examined: Sequence[Examined], card_reference: float) -> Explained:
    """The figures of one method.

    The card's reference is that of the method that ships. Another one gets the reference under
    which the median bleed is as bright.
    """
    reference = (
        card_reference * _brightness(method, examined) / _brightness(Method.HIRES_CAM, examined)
    )
    dark = [each.calm[method] < DARK * reference for each in examined]
    return Explained(
        method=method.value,
        reference=reference,
        pointing=tuple(_pointing(method, examined, *each) for each in VOLUMES_ML),
        dark=proportion(sum(dark), len(dark)),
        repeated=max(each.repeated[method] for each in examined),
        random_head=_likeness([each.random_head[method] for each in examined]),
        random_weights=_likeness([each.random_weights[method] for each in examined]),
    )


def _brightness(method: Method, examined: Sequence[Examined]) -> float:
    """The strongest evidence of the median bleed; 1 where there is none."""
    strongest = [bleed.strongest[method] for each in examined for bleed in each.bleeds]
    return float(np.median(strongest)) or 1.0 if strongest else 1.0


def _pointing(
    method: Method, examined: Sequence[Examined], name: str, least: float, most: float
) -> Pointing:
    hits = [
        bleed.is_hit[method]
        for each in examined
        for bleed in each.bleeds
        if least <= bleed.volume_ml < most
    ]
    return Pointing(name, len(hits), proportion(sum(hits), len(hits)))


def _likeness(correlations: Sequence[float]) -> Likeness:
    return Likeness(float(np.median(correlations)), float(max(correlations)))
