"""Which findings a training learns: the columns of the labels that hold enough to learn from.

Hemorrhage and its subtypes are drawn, so that few labels do. Anything else is learnt from study
labels alone, and must be told from hemorrhage by studies that have the one without the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ichdash.domain import HEMORRHAGE
from ichdash.training.batches import is_drawn
from ichdash.training.labels import SUBTYPES, Labels

LEAST_PATIENTS = 5
"""Patients with a finding, without it, and with it but without hemorrhage that it takes."""


@dataclass(frozen=True)
class Choice:
    """Findings to learn, hemorrhage first, and in sentences why other columns are left out."""

    findings: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def choose(labels: Sequence[Labels]) -> Choice:
    """All that can be learnt: subtypes known of any study, other columns with enough patients."""
    columns = dict.fromkeys(name for label in labels for name in label.findings)
    known = {
        name for name in columns if any(each.findings.get(name) is not None for each in labels)
    }
    undrawn = [n for n, drawn in zip(columns, is_drawn([*columns]), strict=True) if not drawn]
    reasons = {name: _why_not(name, labels) for name in undrawn}
    others = sorted(name for name, reason in reasons.items() if not reason)
    return Choice(
        (HEMORRHAGE, *sorted(known & SUBTYPES), *others),
        tuple(f"{name} is not learnt: {why}." for name, why in reasons.items() if why),
    )


def _why_not(name: str, labels: Sequence[Labels]) -> str:
    having = _patients(label for label in labels if label.findings.get(name) is True)
    lacking = _patients(label for label in labels if label.findings.get(name) is False)
    if min(having, lacking) < LEAST_PATIENTS:
        return (
            f"{having} patients with and {lacking} without it, at least {LEAST_PATIENTS} of each "
            "are needed"
        )
    alone = _patients(
        label
        for label in labels
        if label.findings.get(name) and label.findings.get(HEMORRHAGE) is False
    )
    if alone < LEAST_PATIENTS:
        return (
            f"{alone} patients have it without {HEMORRHAGE}, at least {LEAST_PATIENTS} are needed "
            f"to tell the two apart. Name it with --finding to learn it all the same"
        )
    return ""


def _patients(labels: Iterable[Labels]) -> int:
    return len({label.patient_id for label in labels})
