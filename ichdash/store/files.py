"""The files beside the database: originals as they came, and what each screening gave.

`originals/<study_uid>/<sop_instance_uid>.dcm` and `results/<study_uid>/<screening_id>/`. Each is
written under a temporary name, synced and renamed before its row is written: a row never tells of
a file that is not there whole. UIDs come from outside; one that is not a plain UID (PS3.5, 9.1)
is hashed before it becomes a name.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ichdash.errors import NotFoundError, StoreError

Heatmap = npt.NDArray[np.float16]
_PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_CHUNK_BYTES = 1 << 20
_FORGOTTEN_S = 86_400.0


@dataclass(frozen=True)
class StoredFile:
    """An original that is in place."""

    path: str  # below the data folder
    size: int  # bytes
    sha256: str
    is_new: bool  # False: it was kept before
    is_same: bool  # False: another content was already kept under this UID, and still is


class Files:
    """The files of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def put_original(
        self, study_uid: str, sop_instance_uid: str, source: Path, suffix: str = ".dcm"
    ) -> StoredFile:
        """Keep a copy of `source`. What is kept already is never overwritten; raises StoreError."""
        target = self.originals_folder(study_uid) / (safe_name(sop_instance_uid) + suffix)
        with _faults_told(source.name, self.data_dir):
            digest = _digest(source)
            is_new = not target.exists()
            if is_new:
                _make_folder(target.parent)
                with source.open("rb") as file:
                    chunks = iter(lambda: file.read(_CHUNK_BYTES), b"")
                    _write(self._new_part(), target, chunks)
                _sync_folder(target.parent)
            is_same = is_new or _digest(target) == digest
            path = target.relative_to(self.data_dir).as_posix()
            return StoredFile(path, target.stat().st_size, digest, is_new, is_same)

    def drop_original(self, stored: StoredFile) -> None:
        """Remove a new original of a study that could not be kept whole."""
        (self.data_dir / stored.path).unlink(missing_ok=True)

    def originals_folder(self, study_uid: str) -> Path:
        return self.data_dir / "originals" / safe_name(study_uid)

    def originals(self, study_uid: str) -> tuple[Path, ...]:
        """The kept files of a study, by name; empty where none is."""
        folder = self.originals_folder(study_uid)
        return tuple(sorted(folder.glob("[!.]*"))) if folder.is_dir() else ()

    def put_result(
        self,
        study_uid: str,
        screening_id: int,
        *,
        display: bytes,
        meta: Mapping[str, Any],
        heatmap: Heatmap,
        sop_instance_uids: tuple[str, ...],
    ) -> None:
        """Keep what the case page shows, all or nothing.

        `display` and `meta` are the display volume; `heatmap` is (slices, h, w) in [0, 1] with
        one of `sop_instance_uids` a slice. Raises StoreError.
        """
        target = self._result_folder(study_uid, screening_id)
        contents = {
            "display.bin": display,
            "display.json": json.dumps(meta, allow_nan=False).encode(),
            "heatmap.npz": _packed(heatmap, sop_instance_uids),
        }
        with _faults_told(f"Screening {screening_id} of study {study_uid}", self.data_dir):
            _write_folder(self._new_part(), target, contents)

    def display(self, study_uid: str, screening_id: int) -> bytes:
        """The payload of the display volume; raises NotFoundError."""
        return self._read(study_uid, screening_id, "display.bin")

    def display_meta(self, study_uid: str, screening_id: int) -> dict[str, Any]:
        """How to read `display`; raises NotFoundError."""
        meta: dict[str, Any] = json.loads(self._read(study_uid, screening_id, "display.json"))
        return meta

    def heatmap(self, study_uid: str, screening_id: int) -> Heatmap:
        """(slices, h, w) in [0, 1], feet to head; raises NotFoundError."""
        packed = io.BytesIO(self._read(study_uid, screening_id, "heatmap.npz"))
        with np.load(packed, allow_pickle=False) as arrays:
            heatmap: Heatmap = arrays["heatmap"]
        return heatmap

    def drop_result(self, study_uid: str, screening_id: int) -> None:
        """Remove what a screening that was never recorded had written."""
        shutil.rmtree(self._result_folder(study_uid, screening_id), ignore_errors=True)

    def free_bytes(self) -> int:
        """Space left on the disk of the data folder."""
        return shutil.disk_usage(self.data_dir).free

    @property
    def scratch(self) -> Path:
        """The folder for what is not whole yet, on the same disk; made where it is missing."""
        folder = self.data_dir / ".partial"
        folder.mkdir(exist_ok=True)
        return folder

    def sweep(self, now: datetime) -> None:
        """Remove what killed processes left half-written a day ago or longer."""
        for left in self.scratch.iterdir():
            if now.timestamp() - left.lstat().st_mtime > _FORGOTTEN_S:
                if left.is_dir():
                    shutil.rmtree(left, ignore_errors=True)
                else:
                    left.unlink(missing_ok=True)

    def _new_part(self) -> Path:
        return self.scratch / secrets.token_hex(8)

    def _result_folder(self, study_uid: str, screening_id: int) -> Path:
        return self.data_dir / "results" / safe_name(study_uid) / str(screening_id)

    def _read(self, study_uid: str, screening_id: int, name: str) -> bytes:
        path = self._result_folder(study_uid, screening_id) / name
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise NotFoundError(
                f"Screening {screening_id} of study {study_uid} has no {name}. "
                "Screen the study again to make it."
            ) from None


def safe_name(uid: str) -> str:
    """A file name for `uid`: itself where it is a plain UID, else a hash that no path escapes."""
    if len(uid) <= 64 and _PLAIN_UID.fullmatch(uid):
        return uid
    return "x" + hashlib.sha256(uid.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _packed(heatmap: Heatmap, sop_instance_uids: tuple[str, ...]) -> bytes:
    buffer = io.BytesIO()
    uids = np.asarray(sop_instance_uids, dtype=np.str_)
    np.savez_compressed(buffer, heatmap=heatmap, sop_instance_uids=uids)
    return buffer.getvalue()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(part: Path, target: Path, chunks: Iterator[bytes]) -> None:
    """Write all of `chunks` to `target` by way of `part`, or nothing."""
    try:
        with part.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _write_folder(part: Path, target: Path, contents: Mapping[str, bytes]) -> None:
    """Write all of `contents` into the new folder `target` by way of `part`, or nothing."""
    part.mkdir()
    try:
        for name, content in contents.items():
            _write(part / f"{name}.part", part / name, iter([content]))
        _sync_folder(part)
        _make_folder(target.parent)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _sync_folder(target.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A rename is only kept through a power cut once its folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _faults_told(what: str, data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            why = f"the disk of {data_dir} is full"
            then = "Free space there and send it again."
        elif error.errno in _FORBIDDEN:
            why = f"{data_dir} cannot be written to"
            then = "Check who owns the data folder."
        else:
            why = f"{error.strerror or error}"
            then = "Check the disk and send it again."
        raise StoreError(
            f"{what} could not be stored: {why}. Nothing of it was kept. {then}"
        ) from error
