"""DICOM files opened for parsing; a deflated one (PS3.5 A.5) inflated with a limit.

A few megabytes can hold gigabytes of zeros, and pydicom inflates the whole file before it reads
the first element: so the transfer syntax is read first, and such a file is inflated here.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.filereader import _read_file_meta_info, read_dataset, read_preamble
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ichdash.dicom.archive import megabytes, most_unpacked
from ichdash.errors import InputError

MOST_BYTES = 2**30  # of one file: two thousand slices of 512 × 512
PIECE_BYTES = 2**16  # of the file, inflated at once: to 64 MB at most
PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}  # elements that hold pixel data


def parse(
    path: Path,
    tags: Sequence[BaseTag | int] | None = None,
    *,
    stop_before_pixels: bool = False,
    force: bool = False,
) -> FileDataset:
    """`dcmread` of `path`, whose elements are `tags` alone where these are given.

    Raises one of PARSE_ERRORS; InputError, to follow the file's name, where it inflates too far.
    """
    wanted = None if tags is None else list(tags)
    with path.open("rb") as file:
        preamble = read_preamble(file, force)
        meta = _read_file_meta_info(file)  # pydicom's own, so that it cannot find another syntax
        if meta.get("TransferSyntaxUID") != DeflatedExplicitVRLittleEndian:
            file.seek(0)
            return dcmread(
                file, stop_before_pixels=stop_before_pixels, force=force, specific_tags=wanted
            )
        content = _inflated(file)
    ends = _at_pixels if stop_before_pixels else None
    found = read_dataset(content, False, True, stop_when=ends, specific_tags=wanted)
    ds = FileDataset(str(path), found, preamble, meta, False, True)
    ds.set_original_encoding(False, True, found._character_set)
    return ds


def _at_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag in PIXELS


def _inflated(file: BinaryIO) -> BytesIO:
    """What is left of `file`, inflated."""
    packed = os.fstat(file.fileno()).st_size
    most = min(MOST_BYTES, most_unpacked(packed))
    content, inflater = BytesIO(), zlib.decompressobj(-zlib.MAX_WBITS)
    while piece := file.read(PIECE_BYTES):
        content.write(inflater.decompress(piece))
        if content.tell() > most:
            raise InputError(
                f"inflates to more than {megabytes(most)} from {megabytes(packed)}, "
                "as no CT image does"
            )
    if not inflater.eof:
        raise zlib.error("incomplete stream")
    content.seek(0)
    return content
