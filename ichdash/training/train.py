"""Train a detector: study-level labels and studies in, weights, card and held-out scores out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from ichdash.domain import HEMORRHAGE, OperatingPoint
from ichdash.errors import InputError
from ichdash.model.card import ModelCard, Performance, TrainingData
from ichdash.model.spec import NetworkSpec
from ichdash.training import (
    archive,
    calibration,
    context,
    folds,
    heldout,
    learnt,
    metrics,
    pool,
    synthetic,
)
from ichdash.training.archive import Match
from ichdash.training.cache import Archive
from ichdash.training.cases import Case, prepare
from ichdash.training.folds import HeldOut, Material
from ichdash.training.labels import SUBTYPES, Labels, read_labels
from ichdash.training.learnt import Learnt
from ichdash.training.recipe import Recipe

DARKER = 3.0
"""Full scale of the heatmap, in times what most studies without hemorrhage reach."""

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

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Job:
    """What to train, from what, and where to."""

    studies: Path
    labels: Path
    output: Path  # the card; weights and held-out scores go beside it
    work: Path  # checkpoints; a killed run goes on from here
    model_id: str
    source: TrainingData  # its counts are filled in
    recipe: Recipe
    folds: int = 5
    processes: int = 2
    findings: tuple[str, ...] = ()  # those of the labels that can be drawn, if empty
    cache: Path | None = None  # studies as the network sees them; in `work` if None


def run(job: Job, on_progress: OnProgress) -> ModelCard:
    """Train, cross-validate, calibrate and write card, weights and held-out scores.

    Raises InputError where labels or studies cannot be used, naming each.
    """
    wanted = {HEMORRHAGE, *job.findings} if job.findings else ()
    labels = [label for label in read_labels(job.labels, wanted) if label.is_known]
    spec = NetworkSpec(job.findings or known_findings(labels))
    _refuse(job, labels, spec.findings)
    with Archive(job.studies, spec.size, job.cache or job.work / "cache") as studies:
        matches = archive.match(labels, studies.entries)
        _refuse_few(job, matches)
        cases = prepare(
            matches, studies.view, spec.findings, lambda n, of: on_progress("read", n, of)
        )
    job.work.mkdir(parents=True, exist_ok=True)
    material = _material(job, cases, spec, on_progress)
    folds.run(
        job.work, material, job.folds, job.processes, lambda n, of: on_progress("steps", n, of)
    )
    by_share = folds.held_out(job.work, material, context.SHARES)
    share, scored = context.chosen(by_share, np.array([case.is_positive for case in cases]))
    card = _write(job, cases, replace(spec, context=share), scored)
    learnt.save(job.output, _learnt(matches))
    return card


def _learnt(matches: Sequence[Match]) -> Learnt:
    uids = frozenset(match.label.study_uid for match in matches)
    return Learnt(uids, frozenset().union(*(match.patients for match in matches)))


def _refuse(job: Job, labels: Sequence[Labels], findings: Sequence[str]) -> None:
    """Raise InputError for what cannot be trained, before anything is read or written."""
    if job.output.suffix != ".json":
        raise InputError(f"{job.output.name} is no name for a card: it must end in .json.")
    if findings[0] != HEMORRHAGE:
        raise InputError(f"{HEMORRHAGE} must be the first finding, not {findings[0]}.")
    for name in findings:
        if all(label.findings.get(name) is None for label in labels):
            raise InputError(f"{job.labels.name} says of no study whether it has {name}.")


def _refuse_few(job: Job, matches: Sequence[Match]) -> None:
    """Raise InputError where a fold would lack studies of either kind."""
    patients = [
        {m.label.patient_id for m in matches if bool(m.label.findings[HEMORRHAGE]) is answer}
        for answer in (True, False)
    ]
    if min(map(len, patients)) < job.folds:
        raise InputError(
            f"{job.labels.name}: {len(patients[0])} patients with and {len(patients[1])} without "
            f"hemorrhage; {job.folds} folds need at least {job.folds} of each. Nothing was trained."
        )


def known_findings(labels: Sequence[Labels]) -> tuple[str, ...]:
    """Hemorrhage first, then the subtypes that can be drawn and are known of a study."""
    known = {
        n for label in labels for n, is_there in label.findings.items() if is_there is not None
    }
    names = sorted(known & SUBTYPES)
    return (HEMORRHAGE, *names)


def _material(
    job: Job, cases: tuple[Case, ...], spec: NetworkSpec, on_progress: OnProgress
) -> Material:
    recipe = job.recipe

    def draw() -> tuple[tuple[Case, ...], dict[str, pool.Pool]]:
        heads = synthetic.heads(
            recipe.synthetic_heads, spec, job.processes, lambda n, of: on_progress("heads", n, of)
        )
        scenes = [case for case in (*cases, *heads) if case.targets[0] == 0]
        return heads, pool.draw(
            scenes, recipe, job.processes, lambda n, of: on_progress("bleeds", n, of)
        )

    fold_of = folds.split(cases, job.folds, recipe.seed)
    return folds.material(job.work, cases, fold_of, spec, recipe, draw)


def _write(
    job: Job, cases: Sequence[Case], spec: NetworkSpec, scored: Sequence[HeldOut]
) -> ModelCard:
    weights = folds.result_path(job.work, folds.ALL).read_bytes()
    targets = np.stack([case.targets for case in cases])  # (studies, findings)
    logits = np.stack([each.logits for each in scored]).astype(np.float64)
    scaling = {
        name: calibration.platt(logits[known, index], targets[known, index] == 1)
        for index, name in enumerate(spec.findings)
        if len(known := np.flatnonzero(~np.isnan(targets[:, index])))
    }
    truth = targets[:, 0] == 1
    probability = np.array([scaling[HEMORRHAGE](logit) for logit in logits[:, 0]])
    cut = calibration.threshold(probability, truth)
    held = heldout.scores(cases, spec.findings, scored)
    performance = heldout.performance(held, targets, cases, job.folds)
    card = ModelCard(
        model_id=job.model_id,
        created=date.today().isoformat(),
        weights=job.output.with_suffix(".safetensors").name,
        sha256=hashlib.sha256(weights).hexdigest(),
        network=spec,
        calibration=scaling,
        operating_point=_point(cut, performance),
        heatmap_reference=_reference(truth, scored),
        intended_use=USE,
        limits=LIMITS,
        training=(_counted(job.source, cases),),
        recipe=asdict(job.recipe),
        performance=performance,
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
    return float(DARKER * np.percentile(strongest[~truth], 85))


def _counted(source: TrainingData, cases: Sequence[Case]) -> TrainingData:
    counts = {
        "studies": len(cases),
        "positive_studies": sum(case.is_positive for case in cases),
        "slices": sum(case.slices for case in cases),
    }
    return TrainingData(**{**asdict(source), **counts})
