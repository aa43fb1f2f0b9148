"""What to train, and what is refused of it before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.model.card import TrainingData
from ichdash.training.archive import Match
from ichdash.training.findings import choose
from ichdash.training.labels import Labels, read_labels
from ichdash.training.recipe import Recipe

OnNotice = Callable[[str], None]


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
    findings: tuple[str, ...] = ()  # all that can be learnt from the labels, if empty
    cache: Path | None = None  # studies as the network sees them; in `work` if None
    start_from: Path | None = None  # card of a model to go on from


def labelled(job: Job) -> list[Labels]:
    """The labels to learn from; raises InputError before anything else is read or written."""
    if job.output.suffix != ".json":
        raise InputError(f"{job.output.name} is no name for a card: it must end in .json.")
    if job.findings and job.findings[0] != HEMORRHAGE:
        raise InputError(f"{HEMORRHAGE} must be the first finding, not {job.findings[0]}.")
    labels = [each for each in read_labels(job.labels, job.findings) if each.is_known]
    for name in (HEMORRHAGE, *job.findings):
        if all(label.findings.get(name) is None for label in labels):
            raise InputError(f"{job.labels.name} says of no study whether it has {name}.")
    return labels


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
            f"{job.labels.name}: {len(patients[0])} patients with and {len(patients[1])} without "
            f"hemorrhage; {job.folds} folds need at least {job.folds} of each. Nothing was trained."
        )
