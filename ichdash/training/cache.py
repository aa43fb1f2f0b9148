"""Studies as the network sees them, kept in a folder, so that another run reads no DICOM.

An entry is found by what shapes it: the study's files (SOP instance UID, size, time of change),
the code that reads and prepares them, and the sizes that the network sees. The index names studies
by UID and accession number; nothing names a patient. Writing is atomic, and an entry that is
damaged is prepared anew.
"""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

import numpy as np

from ichdash.dicom import reading
from ichdash.training import archive
from ichdash.training.archive import Entry
from ichdash.training.cases import View, Views, view
from ichdash.training.versions import digest, reading_code

DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    struct.error,
    zipfile.BadZipFile,
)
"""What reading a file raises that is not what was written."""


class Archive:
    """A folder of studies, read only where the cache does not hold what is asked for."""

    def __init__(self, folder: Path, sizes: tuple[int, ...], kept: Path) -> None:
        self.folder, self.sizes, self.kept = folder, sizes, kept
        self._open = ExitStack()
        self._studies: dict[str, reading.Study] | None = None
        mark = digest(reading_code(), *_files(folder))  # changes where a file does
        self._index_path = kept / f"index-{mark}.json"
        self._index = _read_index(self._index_path)

    def __enter__(self) -> Archive:
        if not self._index:
            self._read()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
        if self._studies is not None and error is None:
            content = [[asdict(entry), key] for entry, key in self._index.values()]
            _write(self._index_path, json.dumps(content).encode())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is known of each study."""
        return tuple(entry for entry, _ in self._index.values())

    def views(self, study_uid: str) -> Views | str:
        """A study as the network sees it, in each size, or the reason why it cannot be had."""
        found = {size: _read_view(self._path(study_uid, size)) for size in self.sizes}
        missing = [size for size, each in found.items() if each is None]
        if missing:
            study = self._read().get(study_uid)
            volume = archive.volume(study) if study is not None else archive.NOT_THERE
            if isinstance(volume, str):
                return volume
            for size in missing:
                found[size] = made = view(volume, size)
                _write_view(self._path(study_uid, size), made)
        return tuple(each for size in self.sizes if (each := found[size]) is not None)

    def _path(self, study_uid: str, size: int) -> Path:
        return self.kept / f"{self._index[study_uid][1]}-{size}.npz"

    def _read(self) -> dict[str, reading.Study]:
        """Read all headers, once, and learn which files make up a study."""
        if self._studies is None:
            self._studies = self._open.enter_context(archive.opened(self.folder))
            self._index = {
                uid: (archive.entry(study), _key(study, self.folder))
                for uid, study in self._studies.items()
            }
        return self._studies


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.is_file() and path.suffix != ".csv":  # labels, which may be corrected
                yield str(path.relative_to(folder)), *_stamp(path)


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _unpacked(path: Path) -> tuple[int, int]:
    """Of a file out of an archive, which is as old as its unpacking: size and checksum."""
    content = path.read_bytes()
    return len(content), zlib.crc32(content)


def _key(study: reading.Study, folder: Path) -> str:
    files = [
        (
            each.sop_instance_uid,
            *(_stamp if each.path.is_relative_to(folder) else _unpacked)(each.path),
        )
        for series in study.series
        for each in series.instances
    ]
    return digest(reading_code(), study.study_uid, sorted(files), study.refused)


def _read_index(path: Path) -> dict[str, tuple[Entry, str]]:
    """Entry and key of each study; empty where nothing whole is kept of this state of a folder."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        entries = [(Entry(**entry), str(key)) for entry, key in content]
    except DAMAGED:
        return {}
    return {entry.study_uid: (entry, key) for entry, key in entries}


def _read_view(path: Path) -> View | None:
    try:
        with np.load(path) as parts:  # a changed byte is told by the checksum of ZIP
            hu, (step_mm, slab_mm), slices = (parts[name] for name in ("hu", "mm", "slices"))
    except DAMAGED:
        return None
    return View(hu, float(step_mm), float(slab_mm), int(slices))


def _write_view(path: Path, made: View) -> None:
    content = io.BytesIO()
    mm = np.array([made.step_mm, made.slab_mm])
    np.savez(content, hu=made.hu, mm=mm, slices=np.array(made.slices))
    _write(path, content.getvalue())


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, also where two runs share the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(content)
    partial.replace(path)
