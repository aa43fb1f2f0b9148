"""A deflated file is inflated no further than a CT image can be: a small one may hold gigabytes."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ichdash.dicom import deflated, deidentify
from ichdash.dicom.geometry import load_volume
from ichdash.dicom.pixels import stored
from ichdash.dicom.reading import read
from ichdash.errors import InputError
from tests.dicom.scanner import Scan, head, only_series

FRAMES = 20_000  # of 48 × 40 pixels, all alike: 73 MB in some 80 kB


def bomb(folder: Path) -> Path:
    scan = Scan(head(1), syntax=DeflatedExplicitVRLittleEndian)
    (path,) = scan.write(folder)
    ds = dcmread(path)
    ds.NumberOfFrames = FRAMES
    ds.PixelData = bytes(len(ds.PixelData) * FRAMES)
    ds.save_as(path)
    return path


def test_a_file_that_inflates_out_of_all_proportion_is_refused_by_name(tmp_path: Path) -> None:
    path = bomb(tmp_path)
    (refusal,) = read([path], tmp_path).refused
    assert refusal.reason == (
        "IM0001 inflates to more than 64.0 MB from 0.1 MB, as no CT image does. "
        "Nothing was stored. Send it uncompressed."
    )


def test_pixels_that_inflate_out_of_all_proportion_are_not_decoded(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        stored(bomb(tmp_path))
    assert str(refused.value) == "inflates to more than 64.0 MB from 0.1 MB, as no CT image does"


def test_a_file_that_inflates_out_of_all_proportion_does_not_leave(tmp_path: Path) -> None:
    (each,) = deidentify.deidentified([bomb(tmp_path)])
    assert (each.content, each.reason) == (b"", "cannot be read or cleaned for certain")


def test_a_deflated_file_holds_no_more_than_the_largest_ct_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deflated, "MOST_BYTES", 4_000)
    Scan(head(1), syntax=DeflatedExplicitVRLittleEndian).write(tmp_path)
    (refusal,) = read([tmp_path], tmp_path).refused
    assert refusal.reason.startswith("IM0001 inflates to more than 0.0 MB")


def test_a_deflated_file_without_preamble_is_read(tmp_path: Path) -> None:
    truth = head()
    for path in Scan(truth, syntax=DeflatedExplicitVRLittleEndian).write(tmp_path):
        path.write_bytes(path.read_bytes()[132:])
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_a_deflated_file_that_ends_early_is_refused_by_name(tmp_path: Path) -> None:
    (path,) = Scan(head(1), syntax=DeflatedExplicitVRLittleEndian).write(tmp_path)
    path.write_bytes(path.read_bytes()[:-300])
    (refusal,) = read([path], tmp_path).refused
    assert refusal.reason == (
        "IM0001 is damaged: its header cannot be read. Nothing was stored. Send it again."
    )


def test_deflated_pixel_data_that_end_early_are_refused_by_name(tmp_path: Path) -> None:
    (path,) = Scan(head(1), syntax=DeflatedExplicitVRLittleEndian).write(tmp_path)
    ds = dcmread(path)
    ds.PixelData = ds.PixelData[:-1000]
    ds.save_as(path)
    with pytest.raises(InputError, match=r"pixel data ends early \(2,840 of 3,840 bytes\)"):
        stored(path)


def test_deflated_pixel_data_that_never_begin_are_refused_by_name(tmp_path: Path) -> None:
    (path,) = Scan(head(1), syntax=DeflatedExplicitVRLittleEndian).write(tmp_path)
    whole = path.read_bytes()
    start = 144 + dcmread(path).file_meta.FileMetaInformationGroupLength
    plain = zlib.decompress(whole[start:], -zlib.MAX_WBITS)
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    path.write_bytes(whole[:start] + deflater.compress(plain[:-3_852]) + deflater.flush())
    with pytest.raises(InputError, match="pixel data are missing or end early"):
        stored(path)
