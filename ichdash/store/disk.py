"""How a file gets onto the disk: whole and synced before its name is there, or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ichdash.errors import FULL_DISK, StoreError

_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_CHUNK_BYTES = 1 << 20


def make_data_folder(data_dir: Path) -> None:
    """The folder that all is kept in, made where it is missing; raises StoreError where it cannot
    be used."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)  # patients' data
    except OSError as error:
        raise StoreError(_unusable(data_dir, error.strerror or str(error))) from error
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise StoreError(_unusable(data_dir, "it cannot be written to"))


def _unusable(data_dir: Path, why: str) -> str:
    return (
        f"The data folder {data_dir} cannot be used: {why}. Nothing was stored. "
        "Check who owns it, or set ICHDASH_DATA to another folder."
    )


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: Path, part: Path, target: Path) -> str:
    """Copy `source` to `target` by way of `part`, or nothing; the digest of what was copied.

    The caller syncs the folder of `target`: once for many files.
    """
    copied = hashlib.sha256()
    with source.open("rb") as file:
        write(part, target, _hashed(iter(lambda: file.read(_CHUNK_BYTES), b""), copied))
    return copied.hexdigest()


def _hashed(chunks: Iterator[bytes], seen: hashlib._Hash) -> Iterator[bytes]:
    for chunk in chunks:
        seen.update(chunk)
        yield chunk


def write(part: Path, target: Path, chunks: Iterator[bytes]) -> None:
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


def write_folder(part: Path, target: Path, contents: Mapping[str, bytes]) -> None:
    """Write all of `contents` into the new folder `target` by way of `part`, or nothing."""
    part.mkdir()
    try:
        for name, content in contents.items():
            write(part / f"{name}.part", part / name, iter([content]))
        sync_folder(part)
        make_folder(target.parent)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """A rename is only kept through a power cut once its folder is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(left: Iterable[Path], before: float) -> None:
    """Remove what was last changed before a time (seconds since 1970), also while other processes
    remove some of it themselves."""
    for path in left:
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime >= before:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


@contextmanager
def workspace(scratch: Path) -> Iterator[Path]:
    """A folder below `scratch` that is gone in the end; raises StoreError."""
    try:
        scratch.mkdir(exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=scratch, ignore_cleanup_errors=True)
    except OSError as error:
        raise StoreError(
            f"No temporary folder can be made in {scratch}: {error.strerror or error}. Nothing was "
            "read or changed. Free space there, or check who owns it."
        ) from error
    with folder as path:
        yield Path(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`: one holder at a time, let go even by a killed process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def faults_told(what: str, data_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL_DISK:
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
