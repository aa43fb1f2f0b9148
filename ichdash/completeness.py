"""What of a sending has no place in the study that is kept, and so keeps it from being the whole.

A file that cannot be placed may be a slice: its study waits for it, on the worklist with the
reason, and is not screened meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ichdash.dicom.damage import is_other_image, kept_instance
from ichdash.dicom.reading import Instance, Series, Study
from ichdash.dicom.studies import NIFTI
from ichdash.domain import Refusal, StudyAttributes
from ichdash.store import StoredInstance


@dataclass(frozen=True)
class Known:
    """What the store knows of a study before a sending of it is kept."""

    patient_id: str  # empty where no file named one yet
    instances: tuple[StoredInstance, ...]
    data_dir: Path


def placeable(study: Study, known: Known) -> tuple[Study, list[Refusal]]:
    """`study` with those files refused that have no place beside what is known of it.

    Apart from them the refusals of files whose image is kept already: nothing is missing there.
    """
    kept = {instance.sop_instance_uid: instance for instance in known.instances}
    series, refused, copies = list[Series](), list(study.refused), list[Refusal]()
    for each in study.series:
        placed = []
        for sent in each.instances:
            named = kept.get(sent.sop_instance_uid)
            if named and _is_another(each, sent, named, known.data_dir):
                refused.append(Refusal(sent.name, _taken(sent), each.series_uid))
            elif _is_anothers(sent.patient_id, known):
                to = copies if named else refused
                to.append(Refusal(sent.name, _anothers(sent), each.series_uid))
            else:
                placed.append(sent)
        if placed:
            series.append(replace(each, instances=tuple(placed)))
    attributes = study.attributes
    if _is_anothers(attributes.patient_id, known):
        attributes = StudyAttributes()
    return Study(study.study_uid, attributes, tuple(series), tuple(refused)), copies


def _is_another(series: Series, sent: Instance, named: StoredInstance, data_dir: Path) -> bool:
    if sent.transfer_syntax == NIFTI:  # its UID is that of its content
        return False
    kept = kept_instance(named.sop_instance_uid, data_dir / named.path)
    return is_other_image(series.series_uid, sent, named.series_uid, kept)


def _is_anothers(patient_id: str, known: Known) -> bool:
    return bool(patient_id and known.patient_id) and patient_id != known.patient_id


def _taken(instance: Instance) -> str:
    return (
        f"{instance.short_name} has the SOP Instance UID of an image that is kept already, but is "
        "another image."
    )


def _anothers(instance: Instance) -> str:
    return (
        f"{instance.short_name} names another patient than the files kept of its study. Those stay "
        "as they are, this one was not stored. Check in the PACS whose study it is, and send it "
        "again with the patient ID of the others."
    )


def still_unplaced(
    study: Study, before: tuple[Refusal, ...], known: tuple[StoredInstance, ...]
) -> list[Refusal]:
    """The files of the study that still have no place in it, once this sending is in.

    A refused file has no UID to know it by. It is made good by a new file of its name, of the
    series that its header names, or by the whole study sent again: with such a file that is kept
    already, of whatever series where its header named none, or with as many new instances as files
    were refused.
    """
    sent = {
        instance.sop_instance_uid: (instance.name, series.series_uid)
        for series in study.series
        for instance in series.instances
    }
    kept = {instance.sop_instance_uid for instance in known}
    new = sent.keys() - kept
    is_whole = bool(kept) and kept <= sent.keys() and not study.refused
    if is_whole and len(new) >= len(before):
        return []
    good = [sent[uid] for uid in (sent if is_whole else new)]
    again = [(refusal.name, refusal.series_uid) for refusal in study.refused]

    def has_place(refusal: Refusal) -> bool:
        """Made good, or told once more, with its series maybe."""
        return any(_is_of(refusal, *file, by_name=is_whole) for file in good) or any(
            _is_of(refusal, *file, by_name=True) for file in again
        )

    return [*(refusal for refusal in before if not has_place(refusal)), *study.refused]


def _is_of(refusal: Refusal, name: str, series_uid: str, *, by_name: bool) -> bool:
    """Whether a file is the refused one; `by_name` alone where that named no series."""
    is_series = refusal.series_uid == series_uid or (by_name and not refusal.series_uid)
    return is_series and _is_same_name(refusal.name, name)


def _is_same_name(one: str, other: str) -> bool:
    """Whether two names may be one file's, sent by itself or with the folders around it."""
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")
