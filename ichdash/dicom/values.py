"""Typed access to header values: checked for kind, count and finiteness, never trusted.

A value that is not what its VR (PS3.5 6.2) promises counts as absent: the caller then says which
one is missing, which is more use than how it was broken.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from ichdash.dicom.studies import Vector

PARSE_ERRORS = (
    InvalidDicomError,
    BytesLengthException,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What pydicom and the decoders raise on broken input."""

MOST = 1e9
"""No element that is read here means more, and arithmetic on these stays exact."""


def value(ds: Dataset, keyword: str) -> object:
    """The converted value, or None where it is absent or cannot be converted."""
    try:
        return ds.get(keyword)
    except PARSE_ERRORS:
        return None


def texts(ds: Dataset, keyword: str) -> tuple[str, ...]:
    found = value(ds, keyword)
    if found is None or isinstance(found, bytes):
        return ()
    several = found if isinstance(found, Sequence) and not isinstance(found, str) else [found]
    return tuple(str(part).strip() for part in several)


def text(ds: Dataset, keyword: str) -> str:
    """The value as one line of text, empty where it is absent."""
    return " ".join("\\".join(texts(ds, keyword)).replace("\0", " ").split())


def numbers(ds: Dataset, keyword: str, count: int) -> Vector | None:
    """Exactly `count` numbers that could be meant, or None."""
    try:
        found = tuple(float(part) for part in texts(ds, keyword))
    except ValueError:
        return None
    is_sane = len(found) == count and all(abs(part) <= MOST for part in found)
    return found if is_sane else None


def number(ds: Dataset, keyword: str) -> float | None:
    found = numbers(ds, keyword, 1)
    return found[0] if found else None


def integer(ds: Dataset, keyword: str) -> int | None:
    found = number(ds, keyword)
    return None if found is None else int(found)


def items(ds: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence, none where it is absent or broken."""
    found = value(ds, keyword)
    if not hasattr(found, "__iter__"):
        return ()
    return tuple(item for item in found if isinstance(item, Dataset))
