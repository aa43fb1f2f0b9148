"""The display volume: the original slices in the fewest bytes that a browser inflates by itself.

A volume goes to the viewer once and is windowed there, so it travels as HU and not as pictures.

Format `row-difference-planes/1`, a payload and a small JSON `meta` beside it:

1. The payload is one zlib stream (what `DecompressionStream("deflate")` inflates), without a
   header of its own. Inflated it holds, slice after slice in the order of `order`, two planes of
   `rows * columns` bytes: first the low bytes, then the high bytes. The slice to look at first
   comes first, then those around it: it is shown before the others are there.
2. `z = low + 256 * high` is the zigzag of a difference: `d = (z >> 1) ^ -(z & 1)`. Zigzag keeps
   small differences of both signs in the low plane, so that the high plane is nearly all zero.
3. `d` is the pixel's code minus the code of the pixel above it in the same slice; the first row
   is kept as it is (above it is code 0). Adding up rows gives codes in `0 ... levels - 1`.
4. A code becomes HU by `segments`, a list of `[first_code, first_hu, step_hu]` in rising order:
   `hu = first_hu + step_hu * (code - first_code)` with the last segment whose `first_code` does
   not exceed the code. HU are exact from -200 to 1000; air is told in steps of 16 HU and dense
   bone and metal in steps of 8 HU (8 and 4 HU off at most), clipped to -1024 ... 2048 HU.

`meta` keys: `encoding`, `order` (slices from 0, feet to head; all in this order where it is not
told), `slices`, `rows`, `columns`, `spacing_mm` [z, y, x], `shear` (as `Volume.shear`; not told
before planes across the slices were drawn), `positions_mm` (one a slice, rising), `levels`,
`segments`, `windows` {name: [center, width]}, `reduced_by`. Slices of more than 1024 pixels a side
are averaged over blocks of `reduced_by` pixels; `rows`, `columns` and `spacing_mm` are those after
it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ichdash.domain import WINDOWS, HuArray, Volume

ENCODING = "row-difference-planes/1"
LARGEST_SIDE = 1024  # pixels
SEGMENTS = ((0, -1024, 16), (52, -200, 1), (1252, 1000, 8))  # (first code, first HU, step in HU)
LEVELS = 1384


@dataclass(frozen=True)
class DisplayVolume:
    """What the viewer inflates: the payload, and the JSON-ready facts to read it by."""

    payload: bytes
    meta: dict[str, Any]


def encode(volume: Volume, first: int = 0) -> DisplayVolume:
    """Pack the original slices of `volume`, `first` and its neighbours at the beginning; lossless
    from -200 to 1000 HU."""
    order = _order(len(volume), first)
    factor = -(-max(volume.hu.shape[1:]) // LARGEST_SIDE)
    codes = _code_of_hu()
    planes = (_planes(codes, _reduce(volume.hu[index], factor)) for index in order)
    return DisplayVolume(_deflated(planes), _meta(volume, factor) | {"order": order})


def starting_at(display: DisplayVolume, first: int) -> DisplayVolume:
    """The same slices with `first` and its neighbours at the beginning.

    The order in which a volume was packed tells where the evidence is: who reads it blind gets it
    in an order that does not.
    """
    slices = display.meta["slices"]
    raw = zlib.decompress(display.payload)
    size = len(raw) // slices
    packed_at = np.argsort(display.meta.get("order", range(slices)))
    order = _order(slices, first)
    planes = (raw[(at := packed_at[index] * size) : at + size] for index in order)
    return DisplayVolume(_deflated(planes), display.meta | {"order": order})


def _order(slices: int, first: int) -> list[int]:
    """The slices from `first` outwards."""
    return sorted(range(slices), key=lambda index: abs(index - first))


def _deflated(planes: Iterator[bytes]) -> bytes:
    # Z_RLE: noise hardly repeats, so looking for matches costs five times and saves 1 %.
    deflate = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    packed = [deflate.compress(next(planes)), deflate.flush(zlib.Z_SYNC_FLUSH)]  # whole by itself
    return b"".join([*packed, *map(deflate.compress, planes), deflate.flush()])


def decode(display: DisplayVolume, only: Sequence[int] | None = None) -> HuArray:
    """The slices that the viewer shows, int16 HU (slices, rows, columns), feet to head, or `only`
    some of them."""
    slices, rows, columns = (display.meta[name] for name in ("slices", "rows", "columns"))
    packed_at = np.argsort(display.meta.get("order", range(slices)))
    wanted = packed_at if only is None else packed_at[list(only)]
    raw = np.frombuffer(zlib.decompress(display.payload), np.uint8)
    planes = raw.reshape(slices, 2, rows, columns)[wanted].astype(np.uint16)
    zigzag = planes[:, 0] | (planes[:, 1] << 8)  # (slices, rows, columns)
    differences = (zigzag >> 1).astype(np.int16) ^ -(zigzag & 1).astype(np.int16)
    codes = np.cumsum(differences, axis=1, dtype=np.int16)
    hu: HuArray = hu_of_code()[codes]
    return hu


def unnamed(display: DisplayVolume) -> DisplayVolume:
    """The same slices with nothing that tells of the study or of what a model said of it.

    The order in which slices are packed, most evidence first, would tell where to look: it
    begins in the middle instead. Positions begin at 0.
    """
    packed = starting_at(display, display.meta["slices"] // 2)
    lowest, *_ = places = packed.meta["positions_mm"]
    bare = {"positions_mm": [place - lowest for place in places]}
    return DisplayVolume(packed.payload, packed.meta | bare)


def hu_of_code() -> HuArray:
    """The HU that each code stands for, (levels,)."""
    ends = [first for first, _, _ in SEGMENTS[1:]] + [LEVELS]
    parts = [
        first_hu + step * np.arange(end - first)
        for (first, first_hu, step), end in zip(SEGMENTS, ends, strict=True)
    ]
    return np.concatenate(parts).astype(np.int16)


def _code_of_hu() -> npt.NDArray[np.int16]:
    """The nearest code of every HU from the lowest to the highest that is told."""
    told = hu_of_code()
    every = np.arange(told[0], told[-1] + 1)
    above = np.searchsorted(told, every)
    below = np.maximum(above - 1, 0)
    nearest = np.where(every - told[below] < told[above] - every, below, above)
    return nearest.astype(np.int16)


def _planes(code_of_hu: npt.NDArray[np.int16], hu: HuArray) -> bytes:
    """One slice (rows, columns) as its low and its high plane."""
    low, high = SEGMENTS[0][1], SEGMENTS[0][1] + len(code_of_hu) - 1
    codes = code_of_hu[np.clip(hu, low, high) - low]
    differences = np.diff(codes, axis=0, prepend=np.int16(0))
    zigzag = (differences << 1) ^ (differences >> 15)
    pairs = np.ascontiguousarray(zigzag, "<i2").view(np.uint8).reshape(-1, 2)
    return pairs[:, 0].tobytes() + pairs[:, 1].tobytes()


def _reduce(hu: HuArray, factor: int) -> HuArray:
    """One slice averaged over blocks of `factor` pixels; the last row and column are repeated."""
    if factor == 1:
        return hu
    rows, columns = hu.shape
    padded = np.pad(hu, ((0, -rows % factor), (0, -columns % factor)), "edge")
    blocks = padded.reshape(padded.shape[0] // factor, factor, -1, factor)
    reduced: HuArray = blocks.mean(axis=(1, 3)).round().astype(np.int16)
    return reduced


def _meta(volume: Volume, factor: int) -> dict[str, Any]:
    slices, rows, columns = volume.hu.shape
    z, y, x = volume.spacing_mm
    return {
        "encoding": ENCODING,
        "slices": slices,
        "rows": -(-rows // factor),
        "columns": -(-columns // factor),
        "spacing_mm": [z, y * factor, x * factor],
        "shear": volume.shear,
        "positions_mm": [float(position) for position in volume.positions_mm],
        "levels": LEVELS,
        "segments": [list(segment) for segment in SEGMENTS],
        "windows": {name: [window.center, window.width] for name, window in WINDOWS.items()},
        "reduced_by": factor,
    }
