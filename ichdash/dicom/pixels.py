"""Stored pixels of one file, every transfer syntax the same (PS3.5 8 and annex A).

Values come out as stored: only the bits that count, signed where they are, nothing rescaled.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import pixel_array
from pydicom.tag import Tag
from pydicom.uid import (
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ichdash.dicom import headers, jpeg
from ichdash.dicom.deflated import parse
from ichdash.dicom.values import PARSE_ERRORS, integer, text
from ichdash.errors import DamagedError, InputError

PLUGINS: dict[str, str] = {
    RLELossless: "pydicom",  # pylibjpeg's is faster, but damaged input ends it in a Rust panic
    JPEGLSLossless: "pyjpegls",
    JPEGLSNearLossless: "pyjpegls",
    JPEG2000: "pylibjpeg",
    JPEG2000Lossless: "pylibjpeg",
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",
}
"""The decoder to use where several are installed: the faster, if it survives damage."""

_KEYWORDS = """
    SOPClassUID Rows Columns NumberOfFrames SamplesPerPixel PhotometricInterpretation BitsAllocated
    BitsStored HighBit PixelRepresentation PlanarConfiguration PixelPaddingValue
    PixelPaddingRangeLimit LossyImageCompression ExtendedOffsetTable ExtendedOffsetTableLengths
    PixelData
"""
TAGS = [Tag(keyword) for keyword in _KEYWORDS.split()]


PLAIN = {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}
NATIVE = PLAIN | {DeflatedExplicitVRLittleEndian}  # plain values, once inflated
CHECKED = {JPEGLossless, JPEGLosslessSV1}
LOSSY = {JPEG2000, JPEGLSNearLossless, JPEGBaseline8Bit, JPEGExtended12Bit}


@dataclass(frozen=True, eq=False)
class Stored:
    """The pixels of one file as stored, and what is needed to read them as HU."""

    frames: npt.NDArray[np.integer]  # (frames, rows, columns), all allocated bits
    bits: int  # that count
    high_bit: int  # the uppermost of them
    is_signed: bool
    padding: tuple[int, int] | None  # lowest and highest value that stands for "no data"
    is_monochrome1: bool
    is_lossy: bool


def stored(path: Path) -> Stored:
    """Decode every frame of `path`; raises InputError with the reason, to follow a file's name.

    It is a DamagedError where the file lost what it held, not where it holds something else.
    """
    try:
        ds = parse(path, TAGS, force=True)
        _name_syntax(ds)
        is_there = "PixelData" in ds and isinstance(ds.PixelData, bytes)
    except PARSE_ERRORS as error:
        raise DamagedError("the file cannot be read") from error
    if not is_there and headers.is_pictureless(ds):
        raise InputError("no picture is in it")
    if not is_there:
        raise DamagedError(_ends_early(ds, path))
    if (samples := integer(ds, "SamplesPerPixel") or 1) != 1:
        raise InputError(f"a colour picture ({samples} samples a pixel), not Hounsfield units")
    if (allocated := integer(ds, "BitsAllocated")) not in (8, 16):
        raise InputError(f"{allocated} bits are allocated for a value; a CT image has 16")
    return _described(ds, _decoded(ds, path))


def _name_syntax(ds: Dataset) -> None:
    """A file without meta information has the syntax that its first elements were read in."""
    if not text(ds.file_meta, "TransferSyntaxUID"):
        implicit, little = ds.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit


def _decoded(ds: Dataset, path: Path) -> npt.NDArray[np.integer]:
    """The decoded frames (frames, rows, columns)."""
    syntax = _syntax(ds)
    if syntax in NATIVE and len(ds.PixelData) < _native_bytes(ds):
        raise DamagedError(_ends_early(ds, path))
    if syntax in CHECKED and not _is_sound(ds):
        raise DamagedError(f"pixel data cannot be decoded ({syntax.name})")
    try:
        plugin = PLUGINS.get(syntax, "")
        found = pixel_array(ds, raw=True, decoding_plugin=plugin, correct_unused_bits=False)
    except PARSE_ERRORS as error:
        raise DamagedError(f"pixel data cannot be decoded ({syntax.name})") from error
    shape = (integer(ds, "Rows") or 0, integer(ds, "Columns") or 0)
    if found.shape[-2:] != shape:
        raise DamagedError(
            f"pixel data are {found.shape[-1]} × {found.shape[-2]}, not {shape[1]} × {shape[0]}"
        )
    return found.reshape(-1, *shape)


def _is_sound(ds: Dataset) -> bool:
    """Whether each lossless JPEG picture can be given to its decoder."""
    rows, columns = integer(ds, "Rows") or 0, integer(ds, "Columns") or 0
    count = max(integer(ds, "NumberOfFrames") or 1, 1)
    try:
        pictures = list(generate_frames(ds.PixelData, number_of_frames=count))
    except PARSE_ERRORS:
        return False
    return all(jpeg.is_sound(picture, rows, columns) for picture in pictures)


def _syntax(ds: Dataset) -> UID:
    return UID(text(ds.file_meta, "TransferSyntaxUID"))


def _native_bytes(ds: Dataset) -> int:
    """The length that uncompressed pixel data must have."""
    frames = max(integer(ds, "NumberOfFrames") or 1, 1)
    pixels = (integer(ds, "Rows") or 0) * (integer(ds, "Columns") or 0) * frames
    return pixels * (integer(ds, "BitsAllocated") or 0) // 8


def _ends_early(ds: Dataset, path: Path) -> str:
    if _syntax(ds) not in (NATIVE if "PixelData" in ds else PLAIN):
        return "pixel data are missing or end early"
    needed = _native_bytes(ds)
    return f"pixel data ends early ({_bytes_there(ds, path):,} of {needed:,} bytes)"


def _bytes_there(ds: Dataset, path: Path) -> int:
    """How many bytes of pixel data the file holds, whatever its length field says."""
    if "PixelData" in ds:
        return len(ds.PixelData)
    with path.open("rb") as file:
        dcmread(file, stop_before_pixels=True, specific_tags=[Tag("Rows")], force=True)
        head = file.read(12)
        is_explicit = head[4:6] in (b"OW", b"OB")
        return max(path.stat().st_size - file.tell() + (0 if is_explicit else 4), 0)


def _described(ds: Dataset, frames: npt.NDArray[np.integer]) -> Stored:
    allocated = integer(ds, "BitsAllocated") or 16
    bits, high_bit = _bits(ds, allocated)
    is_signed = integer(ds, "PixelRepresentation") == 1
    return Stored(
        frames=frames,
        bits=bits,
        high_bit=high_bit,
        is_signed=is_signed,
        padding=_padding(ds, allocated, is_signed),
        is_monochrome1=text(ds, "PhotometricInterpretation") == "MONOCHROME1",
        is_lossy=_is_lossy(ds),
    )


def _bits(ds: Dataset, allocated: int) -> tuple[int, int]:
    """How many bits count, and the uppermost of them; all where the header makes no sense."""
    bits = integer(ds, "BitsStored") or allocated
    high_bit = integer(ds, "HighBit")
    high_bit = bits - 1 if high_bit is None else high_bit
    return (
        (bits, high_bit) if 1 <= bits <= high_bit + 1 <= allocated else (allocated, allocated - 1)
    )


def _padding(ds: Dataset, allocated: int, is_signed: bool) -> tuple[int, int] | None:
    """The range of padding values (PS3.3 C.7.5.1.1.2), whichever sign their VR gave them."""
    found = [integer(ds, "PixelPaddingValue"), integer(ds, "PixelPaddingRangeLimit")]
    if found[0] is None:
        return None
    span = 2**allocated
    low = -span // 2 if is_signed else 0
    ends = [(end - low) % span + low for end in found if end is not None]
    return min(ends), max(ends)


def _is_lossy(ds: Dataset) -> bool:
    said = text(ds, "LossyImageCompression")
    return said == "01" or (not said and _syntax(ds) in LOSSY)
