"""Whether a file sent again mends the one that is kept under its UID.

A UID names one thing only (PS3.5 9): two contents under one are a fault, and the first one
counts, unless it is the damaged one.
"""

from __future__ import annotations

import warnings
from pathlib import Path

from ichdash.dicom.pixels import stored
from ichdash.errors import DamagedError, InputError


def mends(sent: Path, kept: Path) -> bool:
    """Whether the pixel data of `kept` cannot be decoded, and all of `sent` can."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of what is judged here anyway
        return _is_damaged(kept) and _is_whole(sent)


def _is_damaged(path: Path) -> bool:
    try:
        stored(path)
    except DamagedError:
        return True
    except InputError:  # a report or a colour picture: not ours to decode, so not known to be
        return False
    return False


def _is_whole(path: Path) -> bool:
    try:
        stored(path)
    except InputError:
        return False
    return True
