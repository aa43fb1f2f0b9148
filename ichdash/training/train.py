"""Train a detector: study-level labels and studies in, weights, card and held-out scores out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import compress

import numpy as np
import numpy.typing as npt

from ichdash.domain import HEMORRHAGE, OperatingPoint
from ichdash.model.card import ModelCard, Performance, TrainingData
from ichdash.model.spec import NetworkSpec
from ichdash.training import (
    calibration,
    folds,
    heldout,
    learnt,
    metrics,
    pool,
    scoring,
    synthetic,
    together,
)
from ichdash.training.archive import Match
from ichdash.training.batches import is_drawn
from ichdash.training.cases import Case
from ichdash.training.folds import Material
from ichdash.training.gathering import Gathered, gather
from ichdash.training.job import Job, OnNotice
from ichdash.training.learnt import Learnt
from ichdash.training.scoring import HeldOut
from ichdash.training.start import Start
from ichdash.training.team import ALONE, Team

CONTEXT = 0.25
"""How much the biLSTM counts beside the evidence. It learns from few studies, the negative ones of
which the CNN has seen: heads that it knows look calmer than new ones."""

HIGHEST = 0.25
"""Share of a study's slices that make up its logit. False evidence is mostly of one or two slices;
blood, with all that comes with it, raises several."""

FINER, CELLS = 1.25, 16
"""Screening sees finer than teaching, in whole cells of the network: what is thin lies across more
samples then."""

DARKER = 3.0
"""Full scale of the heatmap, in times what most studies without hemorrhage reach."""

LEAST_REFERENCE = 0.01
"""A network that sees no evidence anywhere still has a scale."""

LIMITS = (
    "Scanners, hospitals and slice thicknesses other than the training studies' are untried.",
    "Bleeds seen on one to four slices, thin or faint ones, are missed more often than others.",
    "Age was not analysed; nor were motion, metal, operated skulls and tumours.",
    "Subtypes are learnt mostly from drawn bleeds; few real ones of each kind were there.",
)

USE = (
    "Ordering a worklist for triage research, case review and teaching on non-contrast head CT. "
    "Not a medical device; not for diagnostic use."
)

__all__ = ["Job", "run"]

OnProgress = Callable[[str, int, int], None]


def run(
    job: Job,
    on_progress: OnProgress,
    on_notice: OnNotice = lambda sentence: None,
    team: Team = ALONE,
) -> ModelCard:
    """Train, cross-validate, calibrate and write card, weights and held-out scores.

    `on_notice` is told what a reader should know before it starts. Of a team the first process
    calls it, the others `together.run`. Raises InputError where labels,
    studies or the model to start from cannot be used, naming each.
    """
    start = Start.load(job.start_from) if job.start_from else None
    base = start.card.network if start else NetworkSpec((HEMORRHAGE,), finer(job.size), job.size)
    found = gather(job, start, base, lambda n, of: on_progress("read", n, of), on_notice)
    spec = replace(base, findings=found.findings, context=1.0, highest=0.0)
    job.work.mkdir(parents=True, exist_ok=True)
    material = _material(job, found, spec, start, on_progress)
    _fit(job, material, team, lambda n, of: on_progress("steps", n, of))
    read = replace(spec, context=CONTEXT, highest=HIGHEST)
    scored = scoring.held_out(job.work, material, read)
    card = _write(job, found, read, scored, start)
    learnt.save(job.output, _learnt(found.matches) | (start.passed_on() if start else Learnt()))
    return card


def finer(taught: int) -> int:
    """Samples a side at screening for so many in teaching."""
    return CELLS * round(FINER * taught / CELLS)


def _fit(job: Job, material: Material, team: Team, on_progress: folds.OnProgress) -> None:
    if team.is_joined:
        together.run(job.work, job.folds, team, on_progress)
    else:
        folds.run(job.work, material, job.folds, job.processes, on_progress)


def _learnt(matches: Sequence[Match]) -> Learnt:
    uids = frozenset(match.label.study_uid for match in matches)
    return Learnt(uids, frozenset(match.patient for match in matches) - {""})


def _material(
    job: Job,
    found: Gathered,
    spec: NetworkSpec,
    start: Start | None,
    on_progress: OnProgress,
) -> Material:
    recipe = job.recipe

    def draw() -> tuple[tuple[Case, ...], dict[str, pool.Pool]]:
        heads = synthetic.heads(
            recipe.synthetic_heads,
            spec.findings,
            spec.taught,
            job.processes,
            lambda n, of: on_progress("heads", n, of),
        )
        scenes = [case for case in (*found.cases, *heads) if case.targets[0] == 0]
        return heads, pool.draw(
            scenes, recipe, job.processes, lambda n, of: on_progress("bleeds", n, of)
        )

    fold_of = folds.split(found.cases, job.folds, recipe.seed)
    if start is None:
        return folds.material(job.work, found.cases, found.seen, fold_of, spec, recipe, draw)
    made = folds.material(
        job.work, found.cases, found.seen, fold_of, spec, recipe, draw, start.card.sha256
    )
    folds.keep(job.work, folds.START, start.transferred(spec, recipe.seed))
    return made


def _write(
    job: Job, found: Gathered, spec: NetworkSpec, scored: Sequence[HeldOut], start: Start | None
) -> ModelCard:
    weights = folds.result_path(job.work, folds.ALL).read_bytes()
    is_whole = heldout.whole(found.cases, job.folds)
    held = heldout.scores(found.cases, spec.findings, scored, is_whole)
    targets = np.stack([case.targets for case in found.cases])  # (studies, findings)
    logits = np.stack([each.logits for each in scored]).astype(np.float64)
    scaling = {
        name: calibration.of_finding(logits[:, index], targets[:, index], is_whole)
        for index, name in enumerate(spec.findings)
    }
    whole = [*compress(scored, is_whole)]
    truth = targets[is_whole, 0] == 1
    probability = np.array([scaling[HEMORRHAGE](logit) for logit in logits[is_whole, 0]])
    cut = calibration.threshold(probability, truth)
    performance = heldout.performance(held, found.cases, is_whole, job.folds)
    card = ModelCard(
        model_id=job.model_id,
        created=date.today().isoformat(),
        weights=job.output.with_suffix(".safetensors").name,
        sha256=hashlib.sha256(weights).hexdigest(),
        network=spec,
        calibration=scaling,
        operating_point=_point(cut, performance),
        heatmap_reference=_reference(truth, whole),
        intended_use=USE,
        limits=(*LIMITS, *_further_limits(spec, targets, start)),
        training=_training(found.data, start),
        recipe=asdict(job.recipe),
        performance=performance,
        curves=folds.learning_curves(job.work, job.folds),
    )
    job.output.parent.mkdir(parents=True, exist_ok=True)
    job.output.with_suffix(".safetensors").write_bytes(weights)
    heldout.save(job.output, held)
    card.save(job.output)
    return card


def _point(cut: float, performance: Performance) -> OperatingPoint:
    figures = performance.figures
    return OperatingPoint(cut, figures["sensitivity"].value, figures["specificity"].value)


def _reference(truth: metrics.BoolArray, scored: Sequence[HeldOut]) -> float:
    """Full scale of the heatmap: well above what held-out studies without hemorrhage reach."""
    strongest = np.array([each.strongest for each in scored])
    return max(LEAST_REFERENCE, float(DARKER * np.percentile(strongest[~truth], 85)))


def _further_limits(
    spec: NetworkSpec, targets: npt.NDArray[np.float32], start: Start | None
) -> list[str]:
    limits = [
        f"{name} is learnt from the labels of {int((targets[:, index] == 1).sum())} studies with "
        "it alone, and the heatmap does not show it."
        for index, (name, drawn) in enumerate(
            zip(spec.findings, is_drawn(spec.findings), strict=True)
        )
        if not drawn
    ]
    return [*limits, start.doubt] if start and start.doubt else limits


def _training(own: tuple[TrainingData, ...], start: Start | None) -> tuple[TrainingData, ...]:
    """What was learnt from, with all that the model to start from had learnt from."""
    if start is None:
        return own
    first, *others = own
    noted = replace(first, notes=f"{first.notes} {start.origin}")
    return noted, *others, *start.card.training
