"""Damaged files raise nothing but our own errors, wherever the damage is."""

import zipfile
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom import dcmread
from pydicom.uid import (
    BasicTextSRStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from ichdash.dicom.damage import mends
from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import read
from ichdash.dicom.selection import select
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import Scan, head
from tests.dicom.test_enhanced import enhanced, save

TRIALS = 12


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """`content` cut short, or with some bytes replaced, or both."""
    changed = bytearray(content)
    for _ in range(random.integers(0, 6)):
        start = int(random.integers(0, len(changed)))
        noise = random.bytes(int(random.integers(1, 40)))
        changed[start : start + len(noise)] = noise
    cut = int(random.integers(1, len(changed)))
    return bytes(changed[:cut] if random.random() < 0.4 else changed)


def take(path: Path, scratch: Path) -> None:
    """Read, select and load; what cannot be used must say so in a sentence."""
    reading = read([path], scratch)
    sentences = [refusal.reason for refusal in reading.refused]
    for study in reading.studies:
        found = select(study)
        sentences.append(found.reason)
        try:
            for series in (*study.series, *([found.series] if found.series else [])):
                load_volume(series)
        except NotScreenableError as error:
            sentences.append(str(error))
    assert all(sentence.strip().endswith(".") for sentence in sentences)


@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        RLELossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEG2000Lossless,
    ],
    ids=lambda uid: uid.name,
)
def test_a_damaged_slice_raises_nothing_but_our_own(tmp_path: Path, syntax: str) -> None:
    paths = Scan(head(3), syntax=syntax).write(tmp_path / "scan")
    whole, random = paths[1].read_bytes(), np.random.default_rng(7)
    for _ in range(TRIALS):
        paths[1].write_bytes(damaged(whole, random))
        take(tmp_path / "scan", tmp_path)


def test_a_damaged_enhanced_file_raises_nothing_but_our_own(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    save(enhanced(head(3), [0.0, 5.0, 10.0], [-1024] * 3), path)
    whole, random = path.read_bytes(), np.random.default_rng(8)
    for _ in range(TRIALS):
        path.write_bytes(damaged(whole, random))
        take(path, tmp_path)


def test_a_damaged_archive_raises_nothing_but_our_own(tmp_path: Path) -> None:
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for slice_path in Scan(head(3)).write(tmp_path / "scan"):
            target.write(slice_path, slice_path.name)
    whole, random = path.read_bytes(), np.random.default_rng(9)
    for _ in range(TRIALS):
        path.write_bytes(damaged(whole, random))
        take(path, tmp_path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_a_damaged_nifti_file_raises_nothing_but_our_own(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ct{suffix}"
    nibabel.save(nibabel.Nifti1Image(head(3).T, np.diag([4.0, 3, 5, 1])), path)
    whole, random = path.read_bytes(), np.random.default_rng(10)
    for _ in range(TRIALS):
        changed = damaged(whole, random)
        path.write_bytes(random.bytes(300) + changed[300:] if random.random() < 0.3 else changed)
        take(path, tmp_path)


@pytest.mark.parametrize("left", [0, 300, -1000], ids=["nothing", "a header", "half a picture"])
def test_a_file_that_was_cut_short_is_mended_by_a_whole_one(tmp_path: Path, left: int) -> None:
    cut, whole = Scan(head(2)).write(tmp_path)
    cut.write_bytes(whole.read_bytes()[:left])
    assert mends(whole, kept=cut)
    assert not mends(cut, kept=whole)
    assert not mends(cut, kept=cut)


def test_a_compressed_file_that_cannot_be_decoded_is_mended_by_a_whole_one(tmp_path: Path) -> None:
    cut, whole = Scan(head(2), syntax=RLELossless).write(tmp_path)
    ds = dcmread(cut)
    ds.PixelData = ds.PixelData[:24] + b"\x55" * (len(ds.PixelData) - 32) + ds.PixelData[-8:]
    ds.save_as(cut)
    assert mends(whole, kept=cut)


@pytest.mark.parametrize("kind", ["another slice", "a report", "a colour picture"])
def test_a_file_that_lost_nothing_is_not_mended(tmp_path: Path, kind: str) -> None:
    kept, sent = Scan(head(2)).write(tmp_path)
    ds = dcmread(kept)
    if kind == "a report":
        ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = BasicTextSRStorage
        del ds.Rows, ds.Columns, ds.PixelData
    if kind == "a colour picture":
        ds.SamplesPerPixel = 3
    ds.save_as(kept)
    assert not mends(sent, kept=kept)
