"""Taking in: whatever a person chose becomes studies in the store, each kept whole or not at all.

A study's files are copied and synced first; its rows then appear in one transaction that also
queues it. A sender that is cut off leaves nothing on the worklist that looks complete.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ichdash.dicom.damage import mends
from ichdash.dicom.reading import Instance, Series, Study, read
from ichdash.dicom.studies import NIFTI
from ichdash.domain import Refusal
from ichdash.errors import StoreError
from ichdash.store import Store, StoredFile, StoredInstance

OnProgress = Callable[[str, int, int], None]
"""Told of each file kept: study UID, files of the study so far, files of the study in all."""

Files = list[tuple[Series, Instance]]

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
    instances, or whole ones for damaged ones. Raises StoreError where the disk is full; studies
    before that are kept.
    """
    refused: list[Refusal] = []
    kept: list[str] = []
    with tempfile.TemporaryDirectory(dir=store.files.scratch) as scratch:
        reading = read(paths, Path(scratch))
        refused += reading.refused
        for study in reading.studies:
            refused += study.refused
            if study.series:
                refused += _keep(study, store, source, now, on_progress or _untold)
                kept.append(study.study_uid)
    store.note_intake(source, kept, refused, now)
    return Intake(tuple(kept), tuple(refused))


def _untold(study_uid: str, files: int, of: int) -> None:
    """Nobody wants to know."""


def _keep(
    study: Study, store: Store, source: str, now: datetime, on_progress: OnProgress
) -> list[Refusal]:
    files = [(series, instance) for series in study.series for instance in series.instances]
    _check_space(study.study_uid, [instance.path for _, instance in files], store)
    stored: list[StoredFile] = []
    try:
        for series, instance in files:
            stored.append(_put(store, series, instance))
            on_progress(study.study_uid, len(stored), len(files))
        with store.batch():
            store.receive(study.study_uid, study.attributes, source, now)
            store.add_instances(study.study_uid, _instances(files, stored), now)
            store.queue(study.study_uid, now)
    except BaseException:
        for file in stored:
            if file.is_new:  # what took a damaged one's place stays; sent again, its row follows
                store.files.drop_original(file)
        raise
    return [
        _other_content(instance.name)
        for (_, instance), file in zip(files, stored, strict=True)
        if not file.is_same
    ]


def _check_space(study_uid: str, paths: list[Path], store: Store) -> None:
    needed = sum(path.stat().st_size for path in paths) + RESERVE_BYTES
    free = store.files.free_bytes()
    if needed > free:
        raise StoreError(
            f"Study {study_uid} could not be stored: it needs {needed // 10**6:,} MB on the disk "
            f"of {store.files.data_dir}, {free // 10**6:,} MB are free. Nothing of it was kept. "
            "Free space there and send it again."
        )


def _put(store: Store, series: Series, instance: Instance) -> StoredFile:
    suffix = _suffix(instance)
    file = store.files.put_original(
        series.study_uid, instance.sop_instance_uid, instance.path, suffix
    )
    if not file.is_same and mends(instance.path, store.files.data_dir / file.path):
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
