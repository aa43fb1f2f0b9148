"""Marks of code: what was made by other code is not what would be made now."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from types import ModuleType

from ichdash import dicom, imaging, model, phantom, training


@cache
def reading_code() -> str:
    """Of all code between a file and what the network sees."""
    return _of(dicom, imaging)


@cache
def fitting_code() -> str:
    """Of all code that draws and fits, and of the networks."""
    return _of(imaging, model, phantom, training)


def digest(*parts: object) -> str:
    """One mark of all parts, by how they are written."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _of(*rooms: ModuleType) -> str:
    folders = [Path(path) for room in rooms for path in room.__path__]
    sources = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return digest(*(path.read_bytes() for path in sources))
