"""The files beside the database: originals as they came, and what each screening gave.

`originals/<study_uid>/<sop_instance_uid>.dcm` and `results/<study_uid>/<screening_id>/`. Each is
written under a temporary name, synced and renamed, and its folder synced, before its row is
written: a row never tells of a file that is not there whole. UIDs come from outside; one that is
not a plain UID (PS3.5, 9.1) is hashed before it becomes a name.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ichdash.errors import NotFoundError
from ichdash.store import disk
from ichdash.store.arrays import packed, unpacked

Heatmap = npt.NDArray[np.float16]
_PLAIN_UID = re.compile(r"[0-9]+(\.[0-9]+)*")
_FORGOTTEN_S = 86_400.0
_SCRATCH = ".partial"


@dataclass(frozen=True)
class StoredFile:
    """An original that is in place."""

    path: str  # below the data folder
    size: int  # bytes
    sha256: str
    is_new: bool  # False: it was kept before
    is_same: bool  # False: another content was already kept under this UID, and still is


@dataclass(frozen=True)
class SubtypeMaps:
    """Heatmaps of findings beside hemorrhage, packed as `imaging.maps` does."""

    findings: tuple[str, ...]
    shape: tuple[int, ...]  # (findings, slices, h, w)
    payload: bytes


class Files:
    """The files of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    @contextmanager
    def held(self, study_uid: str) -> Iterator[None]:
        """Keep every other intake, in whatever process, from the originals of a study meanwhile.

        Raises StoreError.
        """
        folder = self.originals_folder(study_uid)
        with ExitStack() as stack:
            with disk.faults_told(f"Study {study_uid}", self.data_dir):
                disk.make_folder(folder)
                stack.enter_context(disk.locked(folder / ".lock"))
            yield

    def put_original(
        self, study_uid: str, sop_instance_uid: str, source: Path, suffix: str = ".dcm"
    ) -> StoredFile:
        """Keep a copy of `source`. What is kept already is never overwritten; raises StoreError.

        `sync_originals` once all of a study are in, before their rows.
        """
        target = self.originals_folder(study_uid) / (safe_name(sop_instance_uid) + suffix)
        with disk.faults_told(f"A file of study {study_uid}", self.data_dir):
            is_new = not target.exists()
            if is_new:
                disk.make_folder(target.parent)
                digest = disk.copy(source, self._new_part(), target)
            else:
                digest = disk.digest(source)
            is_same = is_new or disk.digest(target) == digest
            path = target.relative_to(self.data_dir).as_posix()
            return StoredFile(path, target.stat().st_size, digest, is_new, is_same)

    def replace_original(self, kept: StoredFile, source: Path) -> StoredFile:
        """Put a copy of `source` in the place of `kept`, which is damaged, lost, or of no row.

        Raises StoreError. The old one stays beside it under a hidden name, which `originals` leaves
        out: it is what the sender once sent. Its digest is in the name, so that none overwrites
        another.
        """
        target = self.data_dir / kept.path
        with disk.faults_told("A file", self.data_dir):
            # Copied before the new one is renamed over it: at no moment is the place empty.
            aside = target.with_name(f".{target.name}.{disk.digest(target)}")
            disk.copy(target, self._new_part(), aside)
            disk.sync_folder(target.parent)
            digest = disk.copy(source, self._new_part(), target)
            return replace(kept, size=target.stat().st_size, sha256=digest, is_same=True)

    def sync_originals(self, study_uid: str) -> None:
        """Have the names of a study's originals on the disk too; raises StoreError."""
        with disk.faults_told(f"Study {study_uid}", self.data_dir):
            disk.sync_folder(self.originals_folder(study_uid))

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
        subtypes: SubtypeMaps | None = None,
    ) -> None:
        """Keep what the case page shows, all or nothing.

        `display` and `meta` are the display volume; `heatmap` is (slices, h, w) in [0, 1] with
        one of `sop_instance_uids` a slice. Raises StoreError.
        """
        target = self._result_folder(study_uid, screening_id)
        contents = {
            "display.bin": display,
            "display.json": json.dumps(meta, allow_nan=False).encode(),
            "heatmap.npz": packed(
                heatmap=heatmap, sop_instance_uids=np.asarray(sop_instance_uids, np.str_)
            ),
        }
        if subtypes:
            told = {"findings": subtypes.findings, "shape": subtypes.shape}
            contents["subtypes.json"] = json.dumps(told).encode()
            contents["subtypes.bin"] = subtypes.payload
        with disk.faults_told(f"Screening {screening_id} of study {study_uid}", self.data_dir):
            disk.write_folder(self._new_part(), target, contents)

    def display(self, study_uid: str, screening_id: int) -> bytes:
        """The payload of the display volume; raises NotFoundError."""
        return self._read(study_uid, screening_id, "display.bin")

    def display_meta(self, study_uid: str, screening_id: int) -> dict[str, Any]:
        """How to read `display`; raises NotFoundError."""
        meta: dict[str, Any] = json.loads(self._read(study_uid, screening_id, "display.json"))
        return meta

    def heatmap(self, study_uid: str, screening_id: int) -> Heatmap:
        """(slices, h, w) in [0, 1], feet to head; raises NotFoundError."""
        return unpacked(self._read(study_uid, screening_id, "heatmap.npz"), "heatmap")

    def slice_stems(self, study_uid: str, screening_id: int) -> tuple[str, ...]:
        """The stem of the original's name for each slice of a result; empty where not told."""
        try:
            content = self._read(study_uid, screening_id, "heatmap.npz")
        except NotFoundError:
            return ()
        return tuple(map(safe_name, unpacked(content, "sop_instance_uids").tolist()))

    def subtypes(self, study_uid: str, screening_id: int) -> SubtypeMaps | None:
        """Heatmaps of other findings, or None where the screening is older than they are."""
        try:
            told = json.loads(self._read(study_uid, screening_id, "subtypes.json"))
            payload = self._read(study_uid, screening_id, "subtypes.bin")
        except NotFoundError:
            return None
        return SubtypeMaps(tuple(told["findings"]), tuple(told["shape"]), payload)

    def drop_result(self, study_uid: str, screening_id: int) -> None:
        """Remove what a screening that was never recorded had written."""
        shutil.rmtree(self._result_folder(study_uid, screening_id), ignore_errors=True)

    def put_teaching(self, file_id: str, contents: Mapping[str, bytes]) -> None:
        """Keep the pictures of a teaching file, all or nothing; raises StoreError."""
        target = self.data_dir / "teaching" / safe_name(file_id)
        with disk.faults_told(f"Teaching file {file_id}", self.data_dir):
            disk.write_folder(self._new_part(), target, contents)

    def teaching(self, file_id: str, name: str) -> bytes | None:
        """One of the pictures of a teaching file, or None where it is not there."""
        path = self.data_dir / "teaching" / safe_name(file_id) / name
        return path.read_bytes() if path.exists() else None

    def free_bytes(self) -> int:
        """Space left on the disk of the data folder."""
        return shutil.disk_usage(self.data_dir).free

    @property
    def scratch(self) -> Path:
        """The folder for what is not whole yet, on the same disk; made where it is missing."""
        folder = self.data_dir / _SCRATCH
        folder.mkdir(exist_ok=True)
        return folder

    def workspace(self) -> AbstractContextManager[Path]:
        """A folder for what is unpacked meanwhile, on the same disk; raises StoreError."""
        return disk.workspace(self.data_dir / _SCRATCH)

    def sweep(self, now: datetime) -> None:
        """Remove what killed processes left half-written a day ago or longer."""
        disk.sweep(self.scratch.iterdir(), now.timestamp() - _FORGOTTEN_S)

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
