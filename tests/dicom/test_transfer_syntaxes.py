"""Every transfer syntax gives the same Hounsfield units, to the last bit."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    JPEG2000,
    MPEG2MPML,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ichdash.dicom.geometry import load_volume
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import Scan, head, only_series

LOSSLESS = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEG2000Lossless,
]


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.name)
def test_12_bit_unsigned_values_come_out_exactly(tmp_path: Path, syntax: str) -> None:
    truth = head()
    Scan(truth, syntax=syntax).write(tmp_path)
    assert dcmread(tmp_path / "IM0001").file_meta.TransferSyntaxUID == syntax
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda uid: uid.name)
def test_16_bit_signed_values_come_out_exactly(tmp_path: Path, syntax: str) -> None:
    truth = head()
    Scan(truth, syntax=syntax, bits=16, is_signed=True, intercept=0).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_near_lossless_is_taken_with_a_warning(tmp_path: Path) -> None:
    truth = head()
    scan = Scan(truth)
    for path in scan.write(tmp_path):
        ds = dcmread(path)
        ds.compress(JPEGLSNearLossless, jls_error=2, generate_instance_uid=False)
        ds.save_as(path)
    volume = load_volume(only_series(tmp_path))
    assert np.abs(volume.hu - truth).max() <= 2
    assert "Lossy compression: fine detail may be lost." in volume.warnings


def test_lossy_jpeg_2000_is_taken_with_a_warning(tmp_path: Path) -> None:
    for path in Scan().write(tmp_path):
        ds = dcmread(path)
        ds.compress(JPEG2000, j2k_psnr=[80], generate_instance_uid=False)
        ds.save_as(path)
    assert (
        "Lossy compression: fine detail may be lost." in load_volume(only_series(tmp_path)).warnings
    )


def test_a_picture_that_says_it_was_lossy_once_is_warned_of(tmp_path: Path) -> None:
    Scan(extra={"LossyImageCompression": "01"}).write(tmp_path)
    assert (
        "Lossy compression: fine detail may be lost." in load_volume(only_series(tmp_path)).warnings
    )


def test_a_file_without_preamble_and_meta_information_is_read(tmp_path: Path) -> None:
    truth = head()
    for path in Scan(truth, syntax=ImplicitVRLittleEndian).write(tmp_path):
        ds = dcmread(path)
        del ds.file_meta
        ds.preamble = None
        path.unlink()
        ds.save_as(path, implicit_vr=True, little_endian=True, enforce_file_format=False)
        assert path.read_bytes()[:2] == b"\x08\x00"
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_uncompressed_pixel_data_that_end_early_are_refused_by_name(tmp_path: Path) -> None:
    path = Scan().write(tmp_path)[6]
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        "IM0007: pixel data ends early (2,840 of 3,840 bytes); 13 of 14 slices readable. "
        "Not screened. Send the series again."
    )


def test_implicit_pixel_data_that_end_early_are_counted_too(tmp_path: Path) -> None:
    path = Scan(syntax=ImplicitVRLittleEndian).write(tmp_path)[6]
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(NotScreenableError, match=r"\(2,840 of 3,840 bytes\)"):
        load_volume(only_series(tmp_path))


@pytest.mark.parametrize(
    "syntax", [RLELossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless], ids=lambda u: u.name
)
def test_compressed_pixel_data_that_end_early_are_refused_by_name(
    tmp_path: Path, syntax: str
) -> None:
    path = Scan(syntax=syntax).write(tmp_path)[6]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        "IM0007: pixel data are missing or end early; 13 of 14 slices readable. "
        "Not screened. Send the series again."
    )


def test_compressed_pixel_data_that_make_no_sense_are_refused_by_name(tmp_path: Path) -> None:
    path = Scan(syntax=JPEGLSLossless).write(tmp_path)[6]
    ds = dcmread(path)
    ds.PixelData = ds.PixelData[:24] + b"\x55" * (len(ds.PixelData) - 32) + ds.PixelData[-8:]
    ds.save_as(path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        "IM0007: pixel data cannot be decoded (JPEG-LS Lossless Image Compression); "
        "13 of 14 slices readable. Not screened. Send the series again."
    )


def test_a_syntax_for_video_is_refused_by_name(tmp_path: Path) -> None:
    for path in Scan(syntax=JPEGLSLossless).write(tmp_path):
        ds = dcmread(path)
        ds.file_meta.TransferSyntaxUID = MPEG2MPML
        ds.save_as(path)
    with pytest.raises(NotScreenableError, match=r"IM0001: pixel data cannot be decoded \(MPEG2"):
        load_volume(only_series(tmp_path))
