"""A series that holds several scans is parted; one scan is left whole, odd as it may look."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.parting import parts
from tests.dicom.scanner import Scan, head, only_series


def twice(folder: Path, first: dict[str, object], second: dict[str, object]) -> None:
    """Two scans of the same ground under one series UID, the second 100 HU brighter."""
    Scan(extra=first).write(folder / "a")
    again = Scan(head() + np.int16(100))

    def rename(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"9.{index + 1}"
        ds.InstanceNumber = index + 101

    again.extra, again.change = second, rename
    again.write(folder / "b")


def found(folder: Path) -> dict[str, int]:
    return {part.part: part.frame_count for part in parts(only_series(folder))}


def test_a_series_of_one_scan_is_left_whole(tmp_path: Path) -> None:
    Scan().write(tmp_path)
    series = only_series(tmp_path)
    assert parts(series) == (series,)


def test_two_reconstructions_are_parted_by_kernel(tmp_path: Path) -> None:
    twice(tmp_path, {"ConvolutionKernel": "H30s"}, {"ConvolutionKernel": "H60s"})
    assert found(tmp_path) == {"kernel H30s": 14, "kernel H60s": 14}


def test_two_acquisitions_are_parted_by_number(tmp_path: Path) -> None:
    twice(tmp_path, {"AcquisitionNumber": 1}, {"AcquisitionNumber": 2})
    assert found(tmp_path) == {"acquisition 1": 14, "acquisition 2": 14}


def test_a_material_map_under_the_same_uid_is_parted_off(tmp_path: Path) -> None:
    twice(tmp_path, {}, {"RescaleType": "EDW"})
    assert found(tmp_path) == {"values in HU": 14, "values in EDW": 14}


def test_each_part_gives_its_own_volume(tmp_path: Path) -> None:
    twice(tmp_path, {"AcquisitionNumber": 1}, {"AcquisitionNumber": 2})
    first, second = map(load_volume, parts(only_series(tmp_path)))
    np.testing.assert_array_equal(first.hu, head())
    np.testing.assert_array_equal(second.hu, head() + 100)


def test_scans_before_and_after_contrast_are_parted(tmp_path: Path) -> None:
    twice(tmp_path, {}, {"ContrastBolusAgent": "Omnipaque 350"})
    assert found(tmp_path) == {
        "contrast agent none": 14,
        "contrast agent Omnipaque 350": 14,
    }


def test_image_types_are_parted_where_they_cover_the_same_ground(tmp_path: Path) -> None:
    twice(tmp_path, {}, {"ImageType": ["DERIVED", "SECONDARY", "MIP"]})
    assert found(tmp_path) == {
        "image type ORIGINAL\\PRIMARY\\AXIAL": 14,
        "image type DERIVED\\SECONDARY\\MIP": 14,
    }


def test_two_passes_that_no_header_tells_apart_are_parted_by_turn(tmp_path: Path) -> None:
    twice(tmp_path, {}, {})
    assert found(tmp_path) == {"pass 1": 14, "pass 2": 14}
    first, second = map(load_volume, parts(only_series(tmp_path)))
    np.testing.assert_array_equal(first.hu, head())
    np.testing.assert_array_equal(second.hu, head() + 100)


def test_a_localizer_among_the_slices_is_parted_off(tmp_path: Path) -> None:
    Scan().write(tmp_path / "a")

    def lay_flat(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"9.{index + 1}"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]

    Scan(head(2), change=lay_flat).write(tmp_path / "b")
    assert found(tmp_path) == {"axial": 14, "localizer": 2}


def test_slices_of_another_size_are_parted_off(tmp_path: Path) -> None:
    Scan().write(tmp_path / "a")

    def rename(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"9.{index + 1}"

    Scan(head(3)[:, 8:, 8:], change=rename).write(tmp_path / "b")
    assert found(tmp_path) == {"40 × 48 pixels": 14, "32 × 40 pixels": 3}


def test_reformats_in_another_direction_are_parted_off(tmp_path: Path) -> None:
    Scan().write(tmp_path / "a")

    def stand_up(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"9.{index + 1}"
        ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        ds.ImagePositionPatient = [0, 5.0 * index, 0]

    Scan(head(5), change=stand_up).write(tmp_path / "b")
    assert found(tmp_path) == {"axial": 14, "coronal": 5}


def test_a_sequential_scan_that_counts_every_step_is_left_whole(tmp_path: Path) -> None:
    def count_steps(ds: Dataset, index: int) -> None:
        ds.AcquisitionNumber = 1 + index // 2
        ds.SliceThickness = 5 if index < 7 else 6
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", *(["ADD"] if index < 7 else [])]

    Scan(change=count_steps).write(tmp_path)
    assert found(tmp_path) == {"": 14}


def test_a_slice_that_was_scanned_again_does_not_part_the_series(tmp_path: Path) -> None:
    def count_steps(ds: Dataset, index: int) -> None:
        ds.AcquisitionNumber = index + 1

    Scan(head(15), z_mm=[*(5.0 * i for i in range(14)), 30.0], change=count_steps).write(tmp_path)
    assert found(tmp_path) == {"": 15}


def test_a_slice_without_a_place_is_not_quietly_parted_off(tmp_path: Path) -> None:
    def forget(ds: Dataset, index: int) -> None:
        if index == 13:
            del ds.ImagePositionPatient

    Scan(change=forget).write(tmp_path)
    assert found(tmp_path) == {"": 14}


def test_a_slice_that_lost_its_kind_is_not_quietly_parted_off(tmp_path: Path) -> None:
    def forget(ds: Dataset, index: int) -> None:
        if index == 13:
            del ds.SOPClassUID

    Scan(change=forget).write(tmp_path)
    assert found(tmp_path) == {"": 14}


def test_a_colour_picture_stored_as_a_ct_image_is_parted_off(tmp_path: Path) -> None:
    def colour(ds: Dataset, index: int) -> None:
        if index == 13:
            ds.SamplesPerPixel = 3

    Scan(change=colour).write(tmp_path)
    assert found(tmp_path) == {"CT images": 13, "colour pictures": 1}


def test_a_part_tells_what_else_the_series_holds(tmp_path: Path) -> None:
    twice(tmp_path, {"ConvolutionKernel": "H30s"}, {"ConvolutionKernel": "H60s"})
    first, _ = parts(only_series(tmp_path))
    assert first.left_out == (
        "Left out: 14 of the 28 images of the series, unlike the slices used "
        "(kernel H60s instead of kernel H30s).",
    )


def test_a_localizer_among_the_slices_is_not_told_as_left_out(tmp_path: Path) -> None:
    def mark(ds: Dataset, index: int) -> None:
        if index == 0:
            ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]

    Scan(change=mark).write(tmp_path)
    assert {part.part: part.left_out for part in parts(only_series(tmp_path))}["axial"] == ()
