"""A folder of studies beside its labels: which study a row means, and which patient's it is.

A patient is known by the pseudonym of its PatientID: the number itself is neither kept nor told.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ichdash.dicom import geometry, reading, selection
from ichdash.domain import Volume
from ichdash.errors import NotScreenableError
from ichdash.imaging.head import why_not_a_head
from ichdash.training.labels import Labels

SALT = b"ichdash patient"

NOT_THERE = "not in the folder"


@dataclass(frozen=True)
class Entry:
    """What the headers of a study say that labels are joined by."""

    study_uid: str
    accession_number: str
    patient: str  # pseudonym, empty where no PatientID is recorded


@dataclass(frozen=True)
class Match:
    """A row of labels with the study that it means."""

    label: Labels  # with its study UID and patient where the study was found
    patient: str = ""  # pseudonym, of the header where it tells patients apart, else of the labels
    reason: str = ""  # why no study is meant; else empty


@contextmanager
def opened(folder: Path) -> Iterator[dict[str, reading.Study]]:
    """The studies of a folder by study UID, to be read from while the context lasts."""
    with tempfile.TemporaryDirectory() as scratch:
        yield {s.study_uid: s for s in reading.read([folder], Path(scratch)).studies}


def volume(study: reading.Study) -> Volume | str:
    """The volume that would be screened, or the reason why there is none."""
    selected = selection.select(study)
    if selected.series is None:
        return selected.reason
    try:
        found = geometry.load_volume(selected.series)
    except NotScreenableError as error:
        return str(error)
    return why_not_a_head(found) or found


def entry(study: reading.Study) -> Entry:
    """What labels are joined by."""
    said = study.attributes
    return Entry(study.study_uid, said.accession_number, pseudonym(said.patient_id))


@cache
def pseudonym(patient_id: str) -> str:
    """Stands for a patient in files: slow to compute, so that numbers are not simply tried out."""
    if not patient_id:
        return ""
    return hashlib.scrypt(patient_id.encode(), salt=SALT, n=2**12, r=8, p=1, dklen=16).hex()


def match(labels: Sequence[Labels], entries: Sequence[Entry]) -> tuple[Match, ...]:
    """The study of each row, by study UID, else by accession number, and its patient.

    A patient is the one that the labels name; else all studies whose headers name the same. A
    PatientID that stands on several patients of the labels, as "anonymous" does, names none.
    """
    by_uid = {each.study_uid: each for each in entries}
    by_accession = defaultdict(list)
    for each in entries:
        by_accession[each.accession_number].append(each)
    found = [
        [each for each in (by_uid.get(label.study_uid),) if each is not None]
        if label.study_uid
        else by_accession[label.accession_number]
        for label in labels
    ]
    found = _without_shared(labels, found)
    rows = Counter(each.study_uid for meant in found if len(meant) == 1 for each in meant)
    names = _patients(labels, found)
    return tuple(
        _match(label, meant, rows, names) for label, meant in zip(labels, found, strict=True)
    )


def _without_shared(
    labels: Sequence[Labels], found: Sequence[Sequence[Entry]]
) -> list[list[Entry]]:
    named = defaultdict(set)
    for label, meant in zip(labels, found, strict=True):
        if label.patient_id and meant:
            named[meant[0].patient].add(label.patient_id)
    shared = {patient for patient, names in named.items() if len(names) > 1}
    return [
        [replace(each, patient="") if each.patient in shared else each for each in meant]
        for meant in found
    ]


def _patients(labels: Sequence[Labels], found: Sequence[Sequence[Entry]]) -> dict[str, str]:
    """Name of a patient by what the header says: that of the labels, else the first study's."""
    pairs = [(label, meant[0]) for label, meant in zip(labels, found, strict=True) if meant]
    names = {_of_header(study): label.patient_id for label, study in pairs if label.patient_id}
    for _, study in pairs:
        names.setdefault(_of_header(study), study.study_uid)
    return names


def _of_header(study: Entry) -> str:
    return study.patient or study.study_uid


def _match(
    label: Labels, meant: Sequence[Entry], rows: Mapping[str, int], names: Mapping[str, str]
) -> Match:
    if reason := _why_none(meant, rows):
        return Match(replace(label, patient_id=label.patient_id or label.name), reason=reason)
    (study,) = meant
    patient = label.patient_id or names[_of_header(study)]
    known = study.patient or pseudonym(label.patient_id)
    return Match(replace(label, study_uid=study.study_uid, patient_id=patient), known)


def _why_none(meant: Sequence[Entry], rows: Mapping[str, int]) -> str:
    if not meant:
        return NOT_THERE
    if len(meant) > 1:
        uids = ", ".join(each.study_uid for each in meant)
        return f"stands on {len(meant)} studies of the folder ({uids})"
    count, uid = rows[meant[0].study_uid], meant[0].study_uid
    return f"study {uid} stands in {count} rows" if count > 1 else ""
