from datetime import UTC, datetime

import numpy as np
import pydicom
import pytest

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import read
from ichdash.dicom.selection import select
from ichdash.phantom import HeadSpec, Phantom, StudyLabel, draw_head, write_study
from ichdash.phantom.study import instance, uid_of
from tests.phantom.heads import small

NOW = datetime(2026, 11, 23, 8, 30)
LABEL = StudyLabel("SYN-1", "SYN0001", NOW)
TILTED = HeadSpec(seed=5, rows=128, columns=128, slices=24, slice_mm=6.0, gantry_tilt_deg=15.0)


@pytest.fixture(scope="module")
def tilted() -> Phantom:
    return draw_head(TILTED)


@pytest.fixture(scope="module")
def instances(tilted, tmp_path_factory) -> list[pydicom.Dataset]:
    folder = write_study(tilted, TILTED, tmp_path_factory.mktemp("study"), LABEL)
    return [pydicom.dcmread(path) for path in sorted(folder.iterdir())]


def test_every_instance_says_that_it_is_synthetic(instances):
    for ds in instances:
        assert ds.SyntheticData == "YES"
        assert "not acquired from a person" in ds.ImageComments
        assert "SYNTHETIC" in ds.SeriesDescription
        assert ds.Manufacturer == "ichdash phantom"
        assert str(ds.PatientName).startswith("SYNTHETIC^")


def test_instances_are_uncompressed_ct_of_the_head(instances):
    ds = instances[0]
    assert ds.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert ds.SOPClassUID == pydicom.uid.CTImageStorage
    assert (ds.Modality, ds.BodyPartExamined, ds.PatientPosition) == ("CT", "HEAD", "HFS")
    assert (ds.SliceThickness, ds.Rows, ds.Columns) == (6.0, 128, 128)


def test_label_age_and_time_are_told(instances):
    ds = instances[0]
    assert (ds.AccessionNumber, ds.PatientID) == ("SYN0001", "SYN-1")
    assert (ds.StudyDate, ds.StudyTime) == ("20261123", "083000")
    born = datetime.strptime(ds.PatientBirthDate, "%Y%m%d")
    assert (NOW - born).days // 365.25 == TILTED.age_years
    assert ds.PatientAge == "060Y"


def test_a_time_with_a_zone_keeps_it(tilted):
    label = StudyLabel("SYN-1", "SYN0001", NOW.replace(tzinfo=UTC))
    assert instance(tilted, TILTED, label, 0).TimezoneOffsetFromUTC == "+0000"
    assert "TimezoneOffsetFromUTC" not in instance(tilted, TILTED, LABEL, 0)


def test_uids_are_valid_and_follow_from_what_was_drawn(instances):
    uids = {ds.SOPInstanceUID for ds in instances}
    assert len(uids) == len(instances)
    assert all(uid.is_valid and len(uid) <= 64 for uid in uids)
    assert instances[0].StudyInstanceUID == uid_of(TILTED, "study")
    assert uid_of(small(), "study") != uid_of(small(seed=6), "study")


def test_stored_pixels_are_the_drawn_hu(tilted, instances):
    for slice_index, ds in enumerate(instances):
        hu = ds.pixel_array.astype(int) * int(ds.RescaleSlope) + int(ds.RescaleIntercept)
        np.testing.assert_array_equal(hu, tilted.hu[slice_index])


def test_a_gantry_tilt_is_in_the_tag_the_orientation_and_the_positions(instances):
    assert instances[0].GantryDetectorTilt == 15.0
    row, column = np.reshape([float(v) for v in instances[0].ImageOrientationPatient], (2, 3))
    normal = np.cross(row, column)
    assert np.rad2deg(np.arcsin(-column[2])) == pytest.approx(15.0, abs=1e-4)
    places = np.array([[float(v) for v in ds.ImagePositionPatient] for ds in instances])
    np.testing.assert_allclose(np.diff(places @ normal), 6.0, atol=1e-3)
    np.testing.assert_allclose(np.diff(places[:, :2], axis=0), 0, atol=1e-4)


def test_the_reader_gives_back_what_was_drawn(tilted, tmp_path):
    write_study(tilted, TILTED, tmp_path / "study", LABEL)
    (study,) = read([tmp_path / "study"], tmp_path / "scratch").studies
    volume = load_volume(select(study).series)
    np.testing.assert_array_equal(volume.hu, tilted.hu)
    assert volume.shear == pytest.approx(-np.tan(np.deg2rad(15.0)), abs=1e-4)
    assert volume.spacing_mm == pytest.approx(tilted.spacing_mm, abs=1e-4)


def test_slices_can_be_left_out(tilted, tmp_path):
    write_study(tilted, TILTED, tmp_path, LABEL, omitted=(3, 4))
    assert len(list(tmp_path.iterdir())) == 22
    assert not (tmp_path / "IM0004").exists()
