"""Damaged lossless JPEG pictures are found out before the decoder, which they could bring down."""

from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGLossless, JPEGLosslessSV1

from ichdash.dicom.jpeg import is_sound
from tests.dicom.scanner import COLUMNS, ROWS, Scan, head

SCAN = b"\xff\xda\x00\x08\x01"  # start of a scan of one component
FRAME = b"\xff\xc3\x00\x0b"
TABLES = b"\xff\xc4"


@pytest.fixture(params=[JPEGLossless, JPEGLosslessSV1], ids=lambda uid: uid.name)
def picture(tmp_path: Path, request: pytest.FixtureRequest) -> bytes:
    (path,) = Scan(head(1), syntax=request.param).write(tmp_path)
    return next(generate_frames(dcmread(path).PixelData, number_of_frames=1))


def changed(picture: bytes, marker: bytes, offset: int, value: int) -> bytes:
    content = bytearray(picture)
    content[content.index(marker) + offset] = value
    return bytes(content)


def test_a_whole_picture_is_sound(picture: bytes) -> None:
    assert is_sound(picture, ROWS, COLUMNS)


def test_fill_bytes_before_the_end_are_allowed(picture: bytes) -> None:
    end = picture.rindex(b"\xff\xd9")
    assert is_sound(picture[:end] + b"\xff\xff" + picture[end:], ROWS, COLUMNS)


@pytest.mark.parametrize(("rows", "columns"), [(ROWS + 1, COLUMNS), (ROWS, COLUMNS - 1)])
def test_a_picture_of_another_size_is_not(picture: bytes, rows: int, columns: int) -> None:
    assert not is_sound(picture, rows, columns)


@pytest.mark.parametrize("length", [0, 1, 30, 60, -2, -40])
def test_a_picture_that_ends_early_is_not(picture: bytes, length: int) -> None:
    cut = picture[:length].rstrip(b"\0").removesuffix(b"\xff\xd9")
    assert not is_sound(cut, ROWS, COLUMNS)


@pytest.mark.parametrize(
    ("marker", "offset", "value"),
    [
        (b"\xff\xd8", 1, 0x00),  # no start of image
        (FRAME, 4, 99),  # precision
        (FRAME, 9, 3),  # three components
        (FRAME, 1, 0xC0),  # another process
        (SCAN, 7, 0),  # no predictor
        (SCAN, 7, 9),  # an unknown one
        (SCAN, 9, 3),  # a point transform
        (SCAN, 3, 0),  # a segment without length
        (TABLES, 4, 0x77),  # a table that there cannot be
        (TABLES, 5, 0xFF),  # more codes than values
    ],
)
def test_a_picture_with_a_damaged_marker_is_not(
    picture: bytes, marker: bytes, offset: int, value: int
) -> None:
    assert not is_sound(changed(picture, marker, offset, value), ROWS, COLUMNS)


def test_bytes_between_the_markers_are_not_sound(picture: bytes) -> None:
    at = picture.index(SCAN)
    assert not is_sound(picture[:at] + b"\x12\x34" + picture[at:], ROWS, COLUMNS)
