"""Study-level labels: a CSV with one row a study and one column a finding.

No slice label is read here or anywhere in training: that none is needed is the point of the
method.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.training import table

SUBTYPES = frozenset(
    {"epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural"}
)
"""Kinds of hemorrhage, which are drawn; other findings are taught by study labels alone."""

STUDY, ACCESSION, PATIENT = "study_uid", "accession_number", "patient_id"

NOT_FINDINGS = frozenset(
    {STUDY, ACCESSION, PATIENT, "series_uid", "folder", "file", "slices", "age", "sex", "comment"}
)


@dataclass(frozen=True)
class Labels:
    """Study-level labels of one study; None where the CSV leaves a finding empty."""

    study_uid: str  # empty where the CSV names the study by its accession number alone
    patient_id: str  # empty where the CSV does not tell
    findings: dict[str, bool | None]
    accession_number: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it is known if there is a hemorrhage."""
        return self.findings[HEMORRHAGE] is not None

    @property
    def name(self) -> str:
        """How a sentence names the study."""
        return self.study_uid or f"accession number {self.accession_number}"


def read_labels(path: Path, findings: Collection[str] = ()) -> tuple[Labels, ...]:
    """Read a labels CSV; raises InputError naming every bad row at once.

    Only the columns `findings` are looked at, or all that can be findings where none is named.
    """
    columns, rows = table.read(path, "labels")
    missing = [] if {STUDY, ACCESSION} & {*columns} else [f"{STUDY} or {ACCESSION}"]
    missing += [] if HEMORRHAGE in columns else [HEMORRHAGE]
    if missing:
        raise InputError(f"{path.name} has no column {' and no column '.join(missing)}.")
    wanted = [c for c in columns if c and c not in NOT_FINDINGS and c in (findings or columns)]
    labels = [_labels(row, wanted) for row in rows]
    faults = [
        f"row {number}: {fault}"
        for number, (row, label) in enumerate(zip(rows, labels, strict=True), 2)
        if (fault := _fault(row, label, wanted))
    ]
    faults += _twice(labels)
    if faults:
        raise InputError(f"{path.name}: {'; '.join(faults)}. Nothing was trained or evaluated.")
    return tuple(labels)


def _labels(row: dict[str, str], wanted: Sequence[str]) -> Labels:
    findings = {name: None if row[name] == "" else row[name] == "1" for name in wanted}
    return Labels(row.get(STUDY, ""), row.get(PATIENT, ""), findings, row.get(ACCESSION, ""))


def _fault(row: dict[str, str], label: Labels, wanted: Sequence[str]) -> str:
    if table.BEYOND in row:
        return "more values than columns"
    if not label.study_uid and not label.accession_number:
        return f"{' and '.join(name for name in (STUDY, ACCESSION) if name in row)} is empty"
    if wrong := [f"{name}={row[name]!r}" for name in wanted if row[name] not in ("0", "1", "")]:
        return f"{', '.join(wrong)} is not 0, 1 or empty"
    subtypes = [name for name in SUBTYPES if label.findings.get(name)]
    if label.findings[HEMORRHAGE] is False and subtypes:
        return f"{HEMORRHAGE}=0, but {' and '.join(sorted(subtypes))} is 1"
    return ""


def _twice(labels: Sequence[Labels]) -> list[str]:
    counts = Counter(label.name for label in labels if label.study_uid or label.accession_number)
    return [f"{name} stands {count} times" for name, count in counts.items() if count > 1]
