"""What a browser sent, written to disk under names that can do no harm.

Names come from outside and may hold folders, `..` or anything else. Folders are kept, since they
tell two `IM0001` apart and stand in the reasons of a refusal; all that could lead elsewhere goes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Protocol

LONGEST_PART = 100  # characters; file systems stop at 255 bytes
CHUNK_BYTES = 1 << 20


class Sent(Protocol):
    """A file as the browser sent it: a name that nobody has checked, and its bytes."""

    name: str

    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


def save(sent: Iterable[Sent], folder: Path) -> Iterator[Path]:
    """Write each file below `folder`, yield where, and let go of its bytes. Raises OSError."""
    for file in sent:
        path = _free_place(folder, safe_name(file.name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as target:
            shutil.copyfileobj(file, target, CHUNK_BYTES)
        file.close()
        yield path


def _free_place(folder: Path, name: Path) -> Path:
    """Below `folder` where nothing stands yet, in a numbered folder where the name is taken."""
    places = chain([folder], (folder / f"again {number}" for number in count(2)))
    return next(place / name for place in places if _is_free(place, name))


def _is_free(place: Path, name: Path) -> bool:
    is_below_a_file = any((place / parent).is_file() for parent in name.parents)
    return not is_below_a_file and not (place / name).exists()


def safe_name(name: str) -> Path:
    """A relative path without anything that leads out of a folder; "file" where nothing is left."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = [clean for part in parts if (clean := _clean(part))]
    return Path(*kept) if kept else Path("file")


def _clean(part: str) -> str:
    printable = "".join(c for c in part if c.isprintable() and c not in '/:*?"<>|')
    short = printable.strip()[-LONGEST_PART:]  # from the end, which holds the extension
    return "" if set(short) <= {"."} else short
