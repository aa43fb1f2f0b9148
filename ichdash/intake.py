"""Taking in: whatever a person chose becomes studies in the store, each kept whole or not at all.

A study's files are copied and synced first; its rows then appear in one transaction that also
queues it. A sender that is cut off leaves nothing on the worklist that looks complete, and a
study's files that could not be placed in it are remembered with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ichdash.completeness import Known, placeable, still_unplaced
from ichdash.dicom.damage import mends
from ichdash.dicom.reading import Instance, Series, Study, read
from ichdash.dicom.studies import NIFTI
from ichdash.domain import Refusal
from ichdash.errors import NotFoundError, StoreError
from ichdash.store import Store, StoredFile, StoredInstance

OnProgress = Callable[[str, int, int], None]
"""Told of each file kept: study UID, files of the study so far, files of the study in all."""

Files = list[tuple[Series, Instance]]

MOST_NAMED = 5  # studies that a sentence names
RESERVE_BYTES = 200_000_000  # for results and the database, once the originals are in


@dataclass(frozen=True)
class Intake:
    """What one intake brought: studies in the store, and what was refused."""

    studies: tuple[str, ...]  # study UIDs
    refused: tuple[Refusal, ...]


def take_in(
    paths: Iterable[Path],
    store: Store,
    source: str,
    now: datetime,
    on_progress: OnProgress | None = None,
) -> Intake:
    """Keep every study under `paths` (files, folders, ZIP archives, NIfTI) and queue it.

    A study sent again is the same study, and is screened again only where it brings new
    instances, whole ones for damaged or lost ones, or a file that has no place in it. Raises
    StoreError at the end where studies could not be stored; the others are kept.
    """
    refused: list[Refusal] = []
    kept: list[str] = []
    faults: dict[str, StoreError] = {}
    with store.files.workspace() as scratch:
        reading = read(paths, scratch)
        refused += reading.refused
        for study in reading.studies:
            try:
                refused += _keep(study, store, source, now, on_progress or _untold)
                kept.append(study.study_uid)
            except StoreError as error:  # the next one may be smaller
                faults[study.study_uid] = error
    try:
        store.intakes.note(source, kept, refused, now)
    finally:
        if faults:
            raise _not_stored(faults, len(reading.studies))
    return Intake(tuple(kept), tuple(refused))


def _not_stored(faults: dict[str, StoreError], studies: int) -> StoreError:
    """All that could not be stored by name, with the first reason: mostly it is that of all."""
    first, *_ = faults.values()
    named = [*faults][:MOST_NAMED]
    if more := len(faults) - len(named):
        named.append(f"and {more} more")
    return StoreError(
        f"{len(faults)} of {studies} studies could not be stored: {', '.join(named)}. {first}"
    )


def _untold(study_uid: str, files: int, of: int) -> None:
    """Nobody wants to know."""


def _keep(
    study: Study, store: Store, source: str, now: datetime, on_progress: OnProgress
) -> list[Refusal]:
    """Keep a study; what was refused of it."""
    _check_space(study, store)
    with store.files.held(study.study_uid):
        known = _known(study.study_uid, store)
        study, copies = placeable(study, known)
        files = [(series, instance) for series in study.series for instance in series.instances]
        stored = _store(
            study, files, store, known.instances, source=source, now=now, on_progress=on_progress
        )
    copies += [
        _other_content(instance.name)
        for (_, instance), file in zip(files, stored, strict=True)
        if not file.is_same
    ]
    return [*study.refused, *copies]


def _known(study_uid: str, store: Store) -> Known:
    try:
        patient_id = store.study(study_uid).attributes.patient_id
    except NotFoundError:
        patient_id = ""
    return Known(patient_id, store.instances(study_uid), store.files.data_dir)


def _store(
    study: Study,
    files: Files,
    store: Store,
    known: tuple[StoredInstance, ...],
    *,
    source: str,
    now: datetime,
    on_progress: OnProgress,
) -> list[StoredFile]:
    """Files first, synced, then their rows; all or nothing. The study's originals are held."""
    named = {instance.path for instance in known if not instance.is_lost}
    stored: list[StoredFile] = []
    try:
        for series, instance in files:
            stored.append(_put(store, series, instance, named))
            on_progress(study.study_uid, len(stored), len(files))
        store.files.sync_originals(study.study_uid)
        with store.batch():
            store.receive(study.study_uid, study.attributes, source, now)
            unplaced = still_unplaced(study, store.unplaced(study.study_uid), known)
            store.set_unplaced(study.study_uid, unplaced, now)
            store.add_instances(study.study_uid, _instances(files, stored), now)
            store.queue(study.study_uid, now)
    except BaseException:
        _drop(stored, study.study_uid, store)
        raise
    return stored


def _drop(stored: list[StoredFile], study_uid: str, store: Store) -> None:
    """Remove what a failed intake copied, but nothing that a row names: a lost file that is back.

    What took a damaged one's place stays too; sent again, its row follows.
    """
    named = {instance.path for instance in store.instances(study_uid)}
    for file in stored:
        if file.is_new and file.path not in named:
            store.files.drop_original(file)


def _check_space(study: Study, store: Store) -> None:
    paths = (instance.path for series in study.series for instance in series.instances)
    needed = sum(path.stat().st_size for path in paths) + RESERVE_BYTES
    free = store.files.free_bytes()
    if needed > free:
        raise StoreError(
            f"Study {study.study_uid} needs {needed // 10**6:,} MB on the disk of "
            f"{store.files.data_dir}, {free // 10**6:,} MB are free. Nothing of it was kept. "
            "Free space there and send it again."
        )


def _put(store: Store, series: Series, instance: Instance, named: set[str]) -> StoredFile:
    """Keep a file, also in the place of one that is not `named`: it is lost, or was left by an
    intake that was killed before its rows. `named` is added to."""
    suffix = _suffix(instance)
    file = store.files.put_original(
        series.study_uid, instance.sop_instance_uid, instance.path, suffix
    )
    is_free = file.path not in named
    named.add(file.path)
    if file.is_same:
        return file
    if is_free or mends(instance.path, store.files.data_dir / file.path):
        return store.files.replace_original(file, instance.path)
    return file


def _suffix(instance: Instance) -> str:
    if instance.transfer_syntax != NIFTI:
        return ".dcm"
    return ".nii.gz" if instance.path.suffix.lower() == ".gz" else ".nii"


def _instances(files: Files, stored: list[StoredFile]) -> list[StoredInstance]:
    return [
        StoredInstance(
            instance.sop_instance_uid, series.series_uid, file.path, file.size, file.sha256
        )
        for (series, instance), file in zip(files, stored, strict=True)
        if file.is_same
    ]


def _other_content(name: str) -> Refusal:
    reason = (
        f"{name} has the UID of an instance that is kept already, but another content. "
        "The first one was kept, this one was not stored. "
        "Send it under a UID of its own if both are needed."
    )
    return Refusal(name, reason)
