"""What to train, and what is refused of it before anything is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.model.card import TrainingData
from ichdash.model.spec import NetworkSpec
from ichdash.training.archive import Match
from ichdash.training.findings import choose
from ichdash.training.labels import Labels, read_labels
from ichdash.training.recipe import Recipe

OnNotice = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """A folder of studies and the CSV of their labels."""

    studies: Path
    labels: Path
    data: TrainingData  # its counts are filled in


@dataclass(frozen=True)
class Job:
    """What to train, from what, and where to."""

    sources: tuple[Source, ...]
    output: Path  # the card; weights and held-out scores go beside it
    work: Path  # checkpoints; a killed run goes on from here
    model_id: str
    recipe: Recipe
    size: int = NetworkSpec.taught  # samples a side that the network is taught with
    folds: int = 5
    processes: int = 2
    findings: tuple[str, ...] = ()  # all that can be learnt from the labels, if empty
    cache: Path | None = None  # studies as the network sees them; in `work` if None
    start_from: Path | None = None  # card of a model to go on from
    leaves_out: bool = False  # studies that cannot be used, instead of refusing them


def sources(
    studies: Sequence[Path],
    labels: Sequence[Path],
    names: Sequence[str] = (),
    licences: Sequence[str] = (),
    citations: Sequence[str] = (),
) -> tuple[Source, ...]:
    """Put together what was said of each folder, in order; raises InputError where some is missing.

    What is told of one folder must be told of all.
    """
    told = {
        "--labels": (labels, ""),
        "--name": (names, "own archive"),
        "--licence": (licences, "not stated"),
        "--citation": (citations, ""),
    }
    for option, (given, _) in told.items():
        if len(given) != len(studies) and (given or option == "--labels"):
            raise InputError(
                f"{len(studies)} of --studies and {len(given)} of {option}: give both as often, "
                "in the same order. Nothing was trained."
            )
    _, *facts = ([*given] or [default] * len(studies) for given, default in told.values())
    data = (
        TrainingData(name, licence, citation, 0, 0, 0, "Study-level labels only.")
        for name, licence, citation in zip(*facts, strict=True)
    )
    return tuple(map(Source, studies, labels, data))


def labelled(job: Job) -> list[list[Labels]]:
    """The labels of each source; raises InputError before anything else is read or written."""
    if job.output.suffix != ".json":
        raise InputError(f"{job.output.name} is no name for a card: it must end in .json.")
    _refuse_unwritable(job.output)
    if job.findings and job.findings[0] != HEMORRHAGE:
        raise InputError(f"{HEMORRHAGE} must be the first finding, not {job.findings[0]}.")
    labels = [
        [each for each in read_labels(source.labels, job.findings) if each.is_known]
        for source in job.sources
    ]
    for name in (HEMORRHAGE, *job.findings):
        if all(label.findings.get(name) is None for label in chain(*labels)):
            raise InputError(f"{_names(job)} says of no study whether it has {name}.")
    return labels


def _refuse_unwritable(output: Path) -> None:
    """Raise InputError where the card could not be written in the end, an hour later."""
    nearest = next(each for each in output.absolute().parents if each.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise InputError(
            f"{output.name} cannot be written: {nearest} is no folder that you may write into. "
            "Nothing was trained. Name another place with --output."
        )


def _names(job: Job) -> str:
    return " and ".join(source.labels.name for source in job.sources)


def findings(job: Job, matches: Sequence[Match], on_notice: OnNotice) -> tuple[str, ...]:
    """Those that are named, else all that can be learnt; told is which cannot."""
    if job.findings:
        return job.findings
    choice = choose([match.label for match in matches])
    for sentence in choice.left_out:
        on_notice(sentence)
    return choice.findings


def refuse_few(job: Job, matches: Sequence[Match]) -> None:
    """Raise InputError where a fold would lack studies of either kind."""
    patients = [
        {m.label.patient_id for m in matches if bool(m.label.findings[HEMORRHAGE]) is answer}
        for answer in (True, False)
    ]
    if min(map(len, patients)) < job.folds:
        raise InputError(
            f"{_names(job)}: {len(patients[0])} patients with and {len(patients[1])} without "
            f"hemorrhage; {job.folds} folds need at least {job.folds} of each. Nothing was trained."
        )
