"""Labels and studies for training: a CSV of study-level labels beside a folder of studies.

No slice label is read anywhere here: that none is needed is the point of the method.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ichdash.dicom import geometry, reading, selection
from ichdash.domain import HEMORRHAGE, Volume
from ichdash.errors import InputError, NotScreenableError
from ichdash.imaging import preprocess
from ichdash.imaging.head import why_not_a_head

SUBTYPES = frozenset(
    {"epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural"}
)
"""Kinds of hemorrhage, which are drawn; other findings are taught by study labels alone."""

NOT_FINDINGS = frozenset(
    {"study_uid", "patient_id", "folder", "file", "slices", "accession_number"}
)


@dataclass(frozen=True)
class Labels:
    """Study-level labels of one study; None where the CSV leaves a finding empty."""

    study_uid: str
    patient_id: str
    findings: dict[str, bool | None]

    @property
    def is_known(self) -> bool:
        """Whether it is known if there is a hemorrhage."""
        return self.findings[HEMORRHAGE] is not None


@dataclass(frozen=True, eq=False)
class Case:
    """One labelled study as the network sees it."""

    study_uid: str
    patient_id: str
    hu: npt.NDArray[np.float16]  # (slabs, size, size)
    step_mm: float
    slab_mm: float
    slices: int  # of the original volume
    targets: npt.NDArray[np.float32]  # (findings,), NaN where unknown

    @property
    def is_positive(self) -> bool:
        return bool(self.targets[0] == 1)


def read_labels(path: Path) -> tuple[Labels, ...]:
    """Read a labels CSV; raises InputError naming every bad row at once."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns = tuple(reader.fieldnames or ())
            rows = [row | {"study_uid": (row.get("study_uid") or "").strip()} for row in reader]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as a CSV of labels: {error}.") from error
    if missing := [c for c in ("study_uid", HEMORRHAGE) if c not in columns]:
        raise InputError(f"{path.name} has no column {' and no column '.join(missing)}.")
    faults = [f"row {n}: {fault}" for n, row in enumerate(rows, 2) if (fault := _fault(row))]
    uids = [row["study_uid"] for row in rows if row["study_uid"]]
    faults += [f"{uid} stands {uids.count(uid)} times" for uid in {*uids} if uids.count(uid) > 1]
    if faults:
        raise InputError(f"{path.name}: {'; '.join(faults)}. Nothing was trained or evaluated.")
    return tuple(_labels(row) for row in rows)


def _fault(row: dict[str, str]) -> str:
    if not row["study_uid"]:
        return "study_uid is empty"
    findings = _findings(row)
    if wrong := [f"{k}={v!r}" for k, v in findings.items() if v not in ("0", "1", "")]:
        return f"{', '.join(wrong)} is not 0, 1 or empty"
    subtypes = [name for name in SUBTYPES if findings.get(name) == "1"]
    if findings[HEMORRHAGE] == "0" and subtypes:
        return f"{HEMORRHAGE}=0, but {' and '.join(sorted(subtypes))} is 1"
    return ""


def _findings(row: dict[str, str]) -> dict[str, str]:
    return {k: (v or "").strip() for k, v in row.items() if k and k not in NOT_FINDINGS}


def _labels(row: dict[str, str]) -> Labels:
    findings = {k: None if v == "" else v == "1" for k, v in _findings(row).items()}
    patient_id = (row.get("patient_id") or "").strip()
    return Labels(row["study_uid"], patient_id or row["study_uid"], findings)


def read_volumes(folder: Path, wanted: Sequence[str]) -> Iterator[Volume | str]:
    """The volume of each wanted study in turn, or the reason why there is none."""
    with tempfile.TemporaryDirectory() as scratch:
        studies = {s.study_uid: s for s in reading.read([folder], Path(scratch)).studies}
        for uid in wanted:
            yield _volume(studies.get(uid))


def _volume(study: reading.Study | None) -> Volume | str:
    if study is None:
        return "not in the folder"
    selected = selection.select(study)
    if selected.series is None:
        return selected.reason
    try:
        volume = geometry.load_volume(selected.series)
    except NotScreenableError as error:
        return str(error)
    return why_not_a_head(volume) or volume


def prepare(
    folder: Path,
    labels: Sequence[Labels],
    findings: Sequence[str],
    size: int,
    on_progress: Callable[[int, int], None],
) -> tuple[Case, ...]:
    """Read and prepare every labelled study; raises InputError naming those that cannot be."""
    cases, faults = [], []
    volumes = read_volumes(folder, [label.study_uid for label in labels])
    for done, (label, volume) in enumerate(zip(labels, volumes, strict=True), 1):
        if isinstance(volume, str):
            faults.append(f"{label.study_uid}: {volume}")
        else:
            cases.append(_case(label, volume, findings, size))
        on_progress(done, len(labels))
    if faults:
        raise InputError(f"{len(faults)} labelled studies cannot be used: {'; '.join(faults)}")
    return tuple(cases)


def _case(label: Labels, volume: Volume, findings: Sequence[str], size: int) -> Case:
    prepared = preprocess.prepare(volume, size)
    known = [label.findings.get(name) for name in findings]
    return Case(
        study_uid=label.study_uid,
        patient_id=label.patient_id,
        hu=prepared.hu.astype(np.float16),
        step_mm=preprocess.FIELD_MM / size,
        slab_mm=preprocess.slab_mm(volume),
        slices=len(volume),
        targets=np.array([np.nan if k is None else float(k) for k in known], np.float32),
    )
