"""Two files under one UID: whether they are one image, and whether one mends the other.

A UID names one thing only (PS3.5 9): two contents under one are a fault, and the first one
counts, unless it is the damaged one. Two images under one are worse: one of them has no place.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np

from ichdash.dicom import headers
from ichdash.dicom.pixels import stored
from ichdash.dicom.stacking import SAME_PLACE_MM
from ichdash.dicom.studies import NO_SERIES, Instance
from ichdash.dicom.values import PARSE_ERRORS
from ichdash.errors import DamagedError, InputError


def is_other_image(series_uid: str, one: Instance, other_series_uid: str, other: Instance) -> bool:
    """Whether their places differ; or series or number, and then not only these.

    An archive that gives an image another series or number shows the same all the same. What a cut
    header lacks says nothing.
    """
    places = [(a.position, b.position) for a, b in zip(one.frames, other.frames, strict=False)]
    if any(a and b and math.dist(a, b) > SAME_PLACE_MM for a, b in places):
        return True
    is_moved = NO_SERIES not in (series_uid, other_series_uid) and series_uid != other_series_uid
    numbers = {one.number, other.number} - {None}
    return (is_moved or len(numbers) > 1) and not _shows_the_same(one.path, other.path)


def _shows_the_same(one: Path, other: Path) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.array_equal(stored(one).frames, stored(other).frames)
        except InputError:
            return False


def kept_instance(sop_instance_uid: str, path: Path) -> Instance:
    """What the header of a kept file says, or nothing but its UID where it cannot be read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return headers.instance(headers.read_header(path, force=True), path, path.name)
        except (*PARSE_ERRORS, InputError):
            return Instance(sop_instance_uid, path, path.name)


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
