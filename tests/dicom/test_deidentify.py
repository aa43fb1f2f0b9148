"""Anonymised copies: nothing that names somebody is left in any element of any file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EncapsulatedPDFStorage

from ichdash.dicom.deidentify import METHOD, Anonymiser
from ichdash.errors import InputError
from tests.samples import write_head
from tests.shared_data import shared

SECRETS = (
    "Mustermann",
    "00231-X",
    "19550201",
    "ACC-77",
    "Hospital of Somewhere",
    "Dr. Operator",
    "STATION9",
    "20261123",
)


def named(ds: Dataset) -> None:
    """Say in every place that people use who this is."""
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Mustermann^Erika", "00231-X", "19550201"
    ds.AccessionNumber, ds.StudyID = "ACC-77", "ACC-77"
    ds.InstitutionName, ds.OperatorsName = "Hospital of Somewhere", "Dr. Operator"
    ds.ReferringPhysicianName, ds.StationName = "Dr. Operator", "STATION9"
    ds.StudyDescription = ds.SeriesDescription = ds.ProtocolName = "CT head Mustermann"
    ds.PatientComments = ds.ImageComments = "Mustermann, seen by Dr. Operator"
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = "20261123"
    ds.StudyTime = ds.ContentTime = "094100"
    request = Dataset()
    request.RequestedProcedureDescription = "Mustermann"
    request.AccessionNumber = "ACC-77"
    ds.RequestAttributesSequence = Sequence([request])
    ds.add(pydicom.DataElement(0x00091001, "LO", "Mustermann"))
    ds.add(pydicom.DataElement(0x00090010, "LO", "ACME"))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    write_head(tmp_path / "head")
    paths = sorted((tmp_path / "head").iterdir())
    for path in paths:
        ds = pydicom.dcmread(path)
        named(ds)
        ds.file_meta.SourceApplicationEntityTitle = "STATION9"
        ds.save_as(path)
    return paths


def copies(paths: list[Path]) -> list[bytes]:
    anonymiser = Anonymiser()
    return [anonymiser.copy(path) for path in paths]


def values(ds: Dataset) -> Iterator[str]:
    for element in ds.iterall():
        if element.keyword != "PixelData":
            yield str(element.value)


def test_no_element_and_no_byte_names_anybody_any_more(files: list[Path]) -> None:
    for content in copies(files):
        ds = pydicom.dcmread(io.BytesIO(content))
        said = "\n".join([*values(ds), *values(ds.file_meta)])
        header = content[: content.index(b"\xe0\x7f\x10\x00")]
        for secret in SECRETS:
            assert secret not in said
            assert secret.encode() not in header


def test_what_was_done_is_told_and_private_elements_are_gone(files: list[Path]) -> None:
    ds = pydicom.dcmread(io.BytesIO(copies(files)[0]))
    assert (ds.PatientIdentityRemoved, ds.DeidentificationMethod) == ("YES", METHOD)
    assert str(ds.PatientName) == "ANONYMISED"
    assert not [element for element in ds if element.tag.is_private]


def test_uids_are_new_and_still_tell_what_belongs_together(files: list[Path]) -> None:
    before = [pydicom.dcmread(path) for path in files]
    after = [pydicom.dcmread(io.BytesIO(content)) for content in copies(files)]
    old = {str(ds.get(name)) for ds in before for name in ("SOPInstanceUID", "StudyInstanceUID")}
    assert len({ds.StudyInstanceUID for ds in after}) == 1
    assert len({ds.SeriesInstanceUID for ds in after}) == 1
    assert len({ds.SOPInstanceUID for ds in after}) == len(files)
    assert not old & {text for ds in after for text in values(ds)}
    assert all(ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID for ds in after)


def test_two_exports_of_a_study_cannot_be_joined(files: list[Path]) -> None:
    one, other = (pydicom.dcmread(io.BytesIO(copies(files)[0])) for _ in range(2))
    assert one.StudyInstanceUID != other.StudyInstanceUID
    assert one.PatientID != other.PatientID


def test_pixels_and_places_stay(files: list[Path]) -> None:
    before = pydicom.dcmread(files[4])
    after = pydicom.dcmread(io.BytesIO(copies(files)[4]))
    assert np.array_equal(after.pixel_array, before.pixel_array)
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"):
        assert after[name].value == before[name].value


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        Anonymiser().copy(path)
    return str(refused.value)


def test_reports_and_pictures_are_left_out(files: list[Path]) -> None:
    ds = pydicom.dcmread(files[0])
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = EncapsulatedPDFStorage
    ds.save_as(files[0])
    said = "It is not a CT image; reports and pictures may name the patient."
    assert refusal(files[0]) == said


def test_images_with_text_in_their_pixels_are_left_out(files: list[Path]) -> None:
    ds = pydicom.dcmread(files[0])
    ds.BurnedInAnnotation = "YES"
    ds.save_as(files[0])
    assert refusal(files[0]) == "Text is burnt into its pixels, which may name the patient."


def test_what_is_no_dicom_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    assert refusal(tmp_path / "report.pdf") == "It is not a DICOM file that can be read."


def test_a_real_study_keeps_nothing_of_its_names() -> None:
    folder = sorted(path for path in shared("ct-ich").iterdir() if path.is_dir())[0]
    paths = sorted(folder.iterdir())
    before = [pydicom.dcmread(path, stop_before_pixels=True) for path in paths]
    names = ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "SOPInstanceUID")
    secrets = {str(ds.get(name)) for ds in before for name in names} - {"None", ""}
    for content in copies(paths):
        ds = pydicom.dcmread(io.BytesIO(content))
        assert not secrets.intersection([*values(ds), *values(ds.file_meta)])
        assert ds.pixel_array.shape == (384, 384)
