"""What weights learnt from, beside the card: a further study of a patient whom they saw is no test.

Patients stand there as pseudonyms. The file is for the hospital itself: it need not go with the
model, which then no longer tells a patient's next study from a stranger's.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from ichdash.errors import InputError
from ichdash.training import heldout, table
from ichdash.training.archive import Match

COLUMNS = ("study_uid", "patient")

OTHERS = "others, not recorded"
"""Stands for patients whom the weights saw and of whom nothing is known."""


@dataclass(frozen=True)
class Learnt:
    """Studies, and pseudonyms of patients, that some weights learnt from."""

    studies: frozenset[str] = frozenset()
    patients: frozenset[str] = frozenset()

    def __or__(self, other: Learnt) -> Learnt:
        return Learnt(self.studies | other.studies, self.patients | other.patients)

    def has(self, match: Match) -> bool:
        """Whether the weights saw the study or its patient."""
        return match.label.study_uid in self.studies or match.patient in self.patients


def path_beside(card: Path) -> Path:
    """Where it is told what a model learnt from."""
    return card.with_suffix(".learnt.csv")


def save(card: Path, learnt: Learnt) -> None:
    """Write it beside the card, in an order that tells nothing."""
    with path_beside(card).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([uid, ""] for uid in sorted(learnt.studies))
        writer.writerows(["", patient] for patient in sorted(learnt.patients))


def of(card: Path) -> Learnt:
    """What a model's weights learnt from: what that file tells, and its held-out scores."""
    return load(card) | Learnt(frozenset(heldout.load(card)))


def load(card: Path) -> Learnt:
    """Read it; empty where there is no file. Raises InputError where the file is broken."""
    path = path_beside(card)
    if not path.exists():
        return Learnt()
    columns, rows = table.read(path, "studies that a model learnt from")
    if columns != COLUMNS:
        raise InputError(f"{path.name} has not the columns {' and '.join(COLUMNS)}.")
    studies, patients = ({row[name] for row in rows} - {""} for name in COLUMNS)
    return Learnt(frozenset(studies), frozenset(patients))
