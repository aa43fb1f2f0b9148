"""What leaves without its patient: every element of every file is looked at."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from ichdash.dicom import deidentify, headers
from tests.shared_data import shared

SECRETS = {
    "PatientName": "Secretname^Jane",
    "PatientID": "SECRETID77",
    "PatientBirthDate": "19550201",
    "AccessionNumber": "SECRETACC",
    "InstitutionName": "SECRETHOSPITAL",
    "OperatorsName": "Secretoperator^Al",
    "StudyDescription": "head of SECRETDESC",
    "ImageComments": "SECRETCOMMENT",
    "StudyInstanceUID": "1.2.77.1",
    "SeriesInstanceUID": "1.2.77.2",
    "FrameOfReferenceUID": "1.2.77.4",
    "AcquisitionDate": "20261123",
}


NAMING = (
    *("PatientID", "PatientName", "PatientBirthDate", "AccessionNumber", "InstitutionName"),
    *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "OperatorsName", "StudyDate"),
)


def scan(path: Path, **changed: object) -> Path:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.SourceApplicationEntityTitle = "SECRETAE"
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, "1.2.77.3"
    ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.ImagePositionPatient, ds.RescaleSlope = [0, 0, 5], 1
    ds.Rows = ds.Columns = 2
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 15, 1, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelData = b"\1\0\2\0\3\0\4\0"
    for keyword, value in (SECRETS | changed).items():
        setattr(ds, keyword, value)
    nested = Dataset()
    nested.ReferencedSOPInstanceUID = "1.2.77.3"
    nested.PatientName = "Secretname^Jane"
    ds.ReferencedImageSequence = Sequence([nested])
    ds.private_block(0x0099, "SECRETMAKER", create=True).add_new(1, "LO", "Secretname")
    ds.preamble = b"SECRETPREAMBLE".ljust(128, b"\0")
    ds.save_as(path, enforce_file_format=True)
    return path


def written(path: Path) -> bytes:
    (each,) = deidentify.deidentified([path])
    assert each.reason == ""
    return each.content


def test_no_element_and_no_byte_of_a_file_tells_the_patient(tmp_path: Path) -> None:
    content = written(scan(tmp_path / "a"))
    for secret in ("SECRET", "Secret", "1.2.77", "19550201", "20261123"):
        assert secret.encode() not in content
    ds = pydicom.dcmread(BytesIO(content))
    assert not any(element.tag.is_private for element in ds.iterall())
    assert ds.PatientIdentityRemoved == "YES"
    assert "PS3.15" in ds.DeidentificationMethod
    assert ds.PixelData == b"\1\0\2\0\3\0\4\0" and ds.ImagePositionPatient == [0, 0, 5]


def test_files_of_a_study_stay_together_under_new_uids(tmp_path: Path) -> None:
    paths = [scan(tmp_path / "a"), scan(tmp_path / "b", SOPInstanceUID="1.2.77.9")]
    one, two = (pydicom.dcmread(BytesIO(each.content)) for each in deidentify.deidentified(paths))
    assert one.StudyInstanceUID == two.StudyInstanceUID != "1.2.77.1"
    assert one.SOPInstanceUID != two.SOPInstanceUID


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"BurnedInAnnotation": "YES"}, "the patient's name may be burnt into its pixels"),
        ({"ImageType": "DOSE"}, "the patient's name may be burnt into its pixels"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "no CT image, so that it may hold text"),
    ],
)
def test_what_may_hold_text_is_left_out_with_the_reason(
    tmp_path: Path, changed: dict[str, object], reason: str
) -> None:
    (each,) = deidentify.deidentified([scan(tmp_path / "a", **changed)])
    assert (each.content, reason in each.reason) == (b"", True)


def test_the_profile_reaches_every_level_of_a_file_and_its_repeating_groups(
    tmp_path: Path,
) -> None:
    inner = Dataset()
    inner.add_new(0x60003000, "OW", b"SECRET")
    inner.InstanceCreationDate = "20261123"
    middle = Dataset()
    middle.ReferencedImageSequence = Sequence([inner])
    path = scan(tmp_path / "a", ReferencedInstanceSequence=Sequence([middle]))
    ds = pydicom.dcmread(path)
    ds.add_new(0x60024000, "LT", "SECRET")
    ds.save_as(path)
    content = written(path)
    assert b"SECRET" not in content and b"20261123" not in content


@pytest.mark.parametrize("lacking", ["Rows", "SOPInstanceUID"])
def test_a_malformed_file_is_left_out_and_the_others_leave(tmp_path: Path, lacking: str) -> None:
    paths = [scan(tmp_path / "a"), scan(tmp_path / "b", SOPInstanceUID="1.2.77.9")]
    ds = pydicom.dcmread(paths[0])
    del ds[lacking]
    ds.save_as(paths[0], implicit_vr=False, little_endian=True, enforce_file_format=False)
    broken, whole = deidentify.deidentified(paths)
    assert broken.reason == "cannot be read or cleaned for certain"
    assert (broken.path, whole.reason, bool(whole.content)) == (paths[0], "", True)


@pytest.mark.parametrize("implicit", [True, False])
def test_a_bare_dataset_leaves_as_a_whole_file(tmp_path: Path, implicit: bool) -> None:
    """As some exports hold them, and as they are screened: no preamble, no syntax named."""
    path = scan(tmp_path / "a")
    ds = pydicom.dcmread(path)
    bare = Dataset(ds)
    bare.save_as(path, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
    content = written(path)
    found = pydicom.dcmread(BytesIO(content))
    assert found.PixelData == ds.PixelData and found.PatientName == "ANONYMOUS"
    assert b"SECRET" not in content


def test_what_lies_behind_the_last_pixel_stays(tmp_path: Path) -> None:
    content = written(scan(tmp_path / "a", PixelData=b"\1\0\2\0\3\0\4\0SECRET"))
    assert b"SECRET" not in content
    assert pydicom.dcmread(BytesIO(content)).PixelData == b"\1\0\2\0\3\0\4\0"


def test_a_file_says_by_which_profile_and_that_its_dates_are_gone(tmp_path: Path) -> None:
    ds = pydicom.dcmread(BytesIO(written(scan(tmp_path / "a"))))
    (code,) = ds.DeidentificationMethodCodeSequence
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("113100", "DCM")
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"


@pytest.mark.parametrize("said", ["NO", None])
def test_nothing_is_claimed_of_pixels_that_nobody_looked_at(
    tmp_path: Path, said: str | None
) -> None:
    changed = {"BurnedInAnnotation": said} if said else {}
    ds = pydicom.dcmread(BytesIO(written(scan(tmp_path / "a", **changed))))
    assert ds.get("BurnedInAnnotation") == said


@pytest.mark.parametrize(
    ("was", "kept"), [("US", "US"), ("HU", "HU"), ("scanned for Jane", None), (["HU", "HU"], None)]
)
def test_what_the_values_are_measured_in_stays_where_it_is_a_defined_term(
    tmp_path: Path, was: str | list[str], kept: str | None
) -> None:
    ds = pydicom.dcmread(BytesIO(written(scan(tmp_path / "a", RescaleType=was))))
    assert ds.get("RescaleType") == kept


def test_each_kind_of_image_that_is_screened_can_be_anonymised(tmp_path: Path) -> None:
    for sop_class in headers.CT_IMAGES:
        assert written(scan(tmp_path / "a", SOPClassUID=sop_class))


def test_a_real_study_keeps_nothing_that_names_it() -> None:
    paths = sorted((shared("ct-ich") / "CT-ICH-053").rglob("*"))
    paths = [path for path in paths if path.is_file() and pydicom.misc.is_dicom(path)][:4]
    assert paths
    for path, each in zip(paths, deidentify.deidentified(paths), strict=True):
        was, now = pydicom.dcmread(path), pydicom.dcmread(BytesIO(each.content))
        values = [str(element.value) for element in now.iterall() if element.VR != "OW"]
        for keyword in NAMING:
            old = str(was.get(keyword, ""))
            assert not old or not any(old in value for value in values), keyword
        assert now.PixelData == was.PixelData
