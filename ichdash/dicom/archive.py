"""ZIP archives, unpacked with limits: what comes over the network is not to be trusted.

A member's name never becomes a path: files are numbered in a fresh folder, so an archive cannot
write outside it. Sizes are counted while unpacking, since a hostile archive lies about them.
"""

from __future__ import annotations

import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from ichdash.errors import FULL_DISK, InputError

MOST_FILES = 50_000
MOST_BYTES = 16 * 2**30
MOST_EXPANSION = 200  # a CT deflates to a half or a third; air alone to about a fiftieth
SMALL_BYTES = 64 * 2**20  # below this an archive may expand as much as it likes
CHUNK_BYTES = 2**20

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class File:
    """A file on this machine, and its name as the sender knows it."""

    path: Path
    name: str


def is_zip(start: bytes) -> bool:
    """Whether a file that begins with `start` is a ZIP archive, empty ones included."""
    return start[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def most_unpacked(packed: int) -> int:
    """How many bytes may come out of `packed` ones."""
    return min(MOST_BYTES, max(SMALL_BYTES, MOST_EXPANSION * packed))


def unpack(archive: File, scratch: Path) -> list[File]:
    """Unpack into a fresh folder under `scratch`; raises InputError with the sentence."""
    folder = Path(tempfile.mkdtemp(dir=scratch, prefix="zip-"))
    try:
        with zipfile.ZipFile(archive.path) as opened:
            members = [member for member in opened.infolist() if not member.is_dir()]
            _check(archive, members)
            _check_space(archive, members, folder)
            return list(_extract(archive, opened, members, folder))
    except ZIP_ERRORS as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in FULL_DISK:
            why = "could not be unpacked: the disk is full. Nothing was stored. Make room and"
        else:
            why = "is a damaged ZIP archive. Nothing was stored. Pack and"
        raise InputError(f"{archive.name} {why} send it again.") from error
    except InputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check(archive: File, members: list[zipfile.ZipInfo]) -> None:
    if not members:
        raise InputError(f"{archive.name} is an empty ZIP archive. Nothing was stored.")
    if len(members) > MOST_FILES:
        raise _refused(archive, f"holds {len(members):,} files (at most {MOST_FILES:,})")
    if any(member.flag_bits & 0x1 for member in members):
        raise InputError(
            f"{archive.name} is protected by a password. Nothing was stored. "
            "Pack it without a password and send it again."
        )
    for member in members:
        if _leaves_its_folder(member.filename):
            raise _refused(archive, f"holds a file that points outside it ({member.filename!r})")
    _check_size(archive, sum(member.file_size for member in members))


def _check_size(archive: File, size: int) -> None:
    packed = archive.path.stat().st_size
    if size > most_unpacked(packed):
        raise _refused(
            archive,
            f"would unpack to {megabytes(size)} from {megabytes(packed)} "
            f"(at most {MOST_EXPANSION} times and {MOST_BYTES // 2**30} GB)",
        )


def _check_space(archive: File, members: list[zipfile.ZipInfo], folder: Path) -> None:
    size, free = sum(member.file_size for member in members), shutil.disk_usage(folder).free
    if size > free:
        raise InputError(
            f"{archive.name} needs {megabytes(size)} to unpack and {megabytes(free)} are free. "
            "Nothing was stored. Make room and send it again."
        )


def _leaves_its_folder(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(re.match(r"[A-Za-z]:", name))


def _extract(
    archive: File, opened: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path
) -> Iterator[File]:
    for count, member in enumerate(members):
        if stat.S_ISLNK(member.external_attr >> 16):
            continue  # a link holds no picture, only a path on somebody else's machine
        target = folder / f"{count:05d}-{_plain(member.filename)}"
        with opened.open(member) as source, target.open("wb") as sink:
            _copy(archive, member, source, sink)
        yield File(target, f"{archive.name}/{member.filename}")


def _copy(archive: File, member: zipfile.ZipInfo, source: IO[bytes], sink: IO[bytes]) -> None:
    written = 0
    while chunk := source.read(CHUNK_BYTES):
        written += len(chunk)
        if written > member.file_size:
            raise _refused(archive, f"says less of the size of {member.filename!r} than it holds")
        sink.write(chunk)


def _plain(name: str) -> str:
    """The last part of a member's name with nothing in it that a file system could mind."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^A-Za-z0-9._-]", "_", last)[-80:]


def megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MB"


def _refused(archive: File, why: str) -> InputError:
    return InputError(f"{archive.name} {why}. Nothing of it was stored.")
