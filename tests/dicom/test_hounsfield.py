"""Stored values become Hounsfield units, also where headers lie about them."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ichdash.dicom.geometry import load_volume
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import Scan, fill, head, only_series

CORNER = (slice(None), slice(0, 4), slice(0, 4))  # outside the head


def with_corner(value: int) -> np.ndarray:
    hu = head()
    hu[CORNER] = value
    return hu


def test_each_slice_has_its_own_slope_and_intercept(tmp_path: Path) -> None:
    truth = head()

    def rescale(ds: Dataset, index: int) -> None:
        slope, intercept = 0.5 + index, -1000.0 - 8 * index
        ds.RescaleSlope, ds.RescaleIntercept = slope, intercept
        fill(ds, np.rint((truth[index] - intercept) / slope), 16, True, "")

    Scan(truth, change=rescale).write(tmp_path)
    error = abs(load_volume(only_series(tmp_path)).hu - truth).max(axis=(1, 2))
    assert np.all(error <= (0.5 + np.arange(len(truth))) / 2 + 0.5)


def test_signed_padding_becomes_air(tmp_path: Path) -> None:
    stored = with_corner(-2000)
    scan = Scan(stored, bits=16, is_signed=True, intercept=0)
    scan.extra = {"PixelPaddingValue": -2000}
    scan.write(tmp_path)
    assert np.all(load_volume(only_series(tmp_path)).hu[CORNER] == -1024)


def test_padding_above_all_tissue_becomes_air(tmp_path: Path) -> None:
    Scan(with_corner(3071), extra={"PixelPaddingValue": 4095}).write(tmp_path)
    assert np.all(load_volume(only_series(tmp_path)).hu[CORNER] == -1024)


def test_padding_range_becomes_air(tmp_path: Path) -> None:
    hu = head()
    hu[:, 0, :4] = [2990, 3000, 3010, 3020]
    extra = {"PixelPaddingValue": 3000 + 1024, "PixelPaddingRangeLimit": 3010 + 1024}
    Scan(hu, extra=extra).write(tmp_path)
    assert load_volume(only_series(tmp_path)).hu[0, 0, :4].tolist() == [2990, -1024, -1024, 3020]


def test_padding_written_with_the_wrong_sign_is_understood(tmp_path: Path) -> None:
    def write_unsigned(ds: Dataset, index: int) -> None:
        ds.add_new("PixelPaddingValue", "US", 65536 - 1500)

    hu = with_corner(500)  # in the place of padding, so that clipping alone cannot explain it
    Scan(hu, bits=16, is_signed=True, intercept=2000, change=write_unsigned).write(tmp_path)
    assert np.all(load_volume(only_series(tmp_path)).hu[CORNER] == -1024)


def test_padding_in_the_range_of_tissue_does_not_punch_holes_into_the_brain(tmp_path: Path) -> None:
    truth = head()
    scan = Scan(truth, bits=16, is_signed=True, intercept=0, extra={"PixelPaddingValue": 35})
    scan.write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_values_below_air_are_clipped_to_air(tmp_path: Path) -> None:
    Scan(with_corner(-3024), bits=16, is_signed=True, intercept=0).write(tmp_path)
    assert np.all(load_volume(only_series(tmp_path)).hu[CORNER] == -1024)


def test_metal_beyond_twelve_bits_is_kept(tmp_path: Path) -> None:
    Scan(with_corner(20_000), bits=16, is_signed=True, intercept=0).write(tmp_path)
    assert np.all(load_volume(only_series(tmp_path)).hu[CORNER] == 20_000)


def test_overlay_bits_above_the_stored_ones_are_left_out(tmp_path: Path) -> None:
    truth = head()

    def draw_overlay(ds: Dataset, index: int) -> None:
        stored = truth[index].astype(np.int32) + 1024
        stored[::2] |= 1 << 14
        fill(ds, stored, 12, False, "")

    Scan(truth, change=draw_overlay).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_values_in_the_upper_bits_are_moved_down(tmp_path: Path) -> None:
    truth = head()

    def shift_up(ds: Dataset, index: int) -> None:
        fill(ds, (truth[index].astype(np.int32) + 1024) << 4, 12, False, "")
        ds.HighBit = 15

    Scan(truth, change=shift_up).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_inverted_values_of_monochrome1_are_turned_back(tmp_path: Path) -> None:
    truth = head()

    def invert(ds: Dataset, index: int) -> None:
        fill(ds, 4095 - (truth[index].astype(np.int32) + 1024), 12, False, "")
        ds.PhotometricInterpretation = "MONOCHROME1"

    Scan(truth, change=invert).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert "Stored values are inverted (MONOCHROME1): turned back." in volume.warnings


def test_inverted_signed_values_of_monochrome1_are_turned_back(tmp_path: Path) -> None:
    truth = head()

    def invert(ds: Dataset, index: int) -> None:
        fill(ds, -1 - truth[index].astype(np.int32), 16, True, "")
        ds.PhotometricInterpretation = "MONOCHROME1"

    Scan(truth, intercept=0, change=invert).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_monochrome1_that_only_asks_for_an_inverted_display_is_left_alone(tmp_path: Path) -> None:
    truth = head()
    Scan(truth, extra={"PhotometricInterpretation": "MONOCHROME1"}).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert not any("MONOCHROME1" in warning for warning in volume.warnings)


def test_twelve_bit_values_that_wrapped_around_are_corrected(tmp_path: Path) -> None:
    truth = head()

    def wrap(ds: Dataset, index: int) -> None:
        fill(ds, truth[index].astype(np.int32) % 4096, 12, False, "")

    Scan(truth, intercept=0, is_signed=True, change=wrap).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    wrong = "Wrong rescale intercept (12-bit values wrapped around): corrected."
    assert wrong in volume.warnings


def test_an_intercept_left_out_is_put_back(tmp_path: Path) -> None:
    truth = head()
    Scan(truth, extra={"RescaleIntercept": 0}).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert "Rescale intercept missing: -1024 HU assumed." in volume.warnings


def test_a_twelve_bit_picture_whose_air_was_cut_off_at_zero_is_left_alone(tmp_path: Path) -> None:
    truth = np.maximum(head(), 0)
    Scan(truth, intercept=0).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_signed_values_without_a_rescale_are_taken_as_hu(tmp_path: Path) -> None:
    truth = head()

    def forget(ds: Dataset, index: int) -> None:
        del ds.RescaleSlope, ds.RescaleIntercept

    Scan(truth, bits=16, is_signed=True, intercept=0, change=forget).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert "No rescale recorded: stored values taken as HU." in volume.warnings


def test_a_slope_of_zero_is_refused(tmp_path: Path) -> None:
    Scan(extra={"RescaleSlope": 0}).write(tmp_path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        'Series 2 "HEAD": IM0001 has a rescale slope of 0, so its values cannot be Hounsfield '
        "units. Not screened. Send the series again."
    )


def test_a_colour_picture_is_refused(tmp_path: Path) -> None:
    def colour(ds: Dataset, index: int) -> None:
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 3, "RGB"
        ds.PlanarConfiguration, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 0, 8, 8, 7
        ds.PixelData = b"\x10" * (3 * ds.Rows * ds.Columns)

    Scan(change=colour).write(tmp_path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert "IM0001: a colour picture (3 samples a pixel), not Hounsfield units" in str(
        refused.value
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"HighBit": 40},
        {"RescaleIntercept": "1e300"},
        {"SliceThickness": "9e99"},
    ],
)
def test_numbers_that_nobody_can_mean_count_as_absent(
    tmp_path: Path, extra: dict[str, object]
) -> None:
    truth = head()
    Scan(truth, bits=16, is_signed=True, intercept=0, extra=extra).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_values_of_other_than_16_bits_are_refused(tmp_path: Path) -> None:
    def widen(ds: Dataset, index: int) -> None:
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 32, 32, 31
        ds.PixelData = b"\0" * (4 * ds.Rows * ds.Columns)

    Scan(change=widen).write(tmp_path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert "IM0001: 32 bits are allocated for a value; a CT image has 16;" in str(refused.value)


def test_an_intercept_left_out_in_one_slice_is_put_back_in_that_slice_only(tmp_path: Path) -> None:
    truth = head()

    def forget(ds: Dataset, index: int) -> None:
        if index == 7:
            ds.RescaleIntercept = 0

    Scan(truth, change=forget).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert "Rescale intercept missing: -1024 HU assumed." in volume.warnings


def test_an_intercept_left_out_in_a_slice_of_air_alone_is_put_back(tmp_path: Path) -> None:
    truth = head()
    truth[13] = -1000

    def forget(ds: Dataset, index: int) -> None:
        if index == 13:
            ds.RescaleIntercept = 0

    Scan(truth, change=forget).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


def test_one_slice_that_wrapped_around_is_corrected_by_itself(tmp_path: Path) -> None:
    truth = head()
    truth[:, 20:24, 20:24] = 2500  # metal, stored as 3524: it would wrap to air

    def wrap(ds: Dataset, index: int) -> None:
        if index == 7:
            fill(ds, truth[index].astype(np.int32) % 4096, 12, False, "")
            ds.RescaleIntercept = 0

    Scan(truth, change=wrap).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    wrong = "Wrong rescale intercept (12-bit values wrapped around): corrected."
    assert wrong in volume.warnings


def test_one_slice_of_monochrome1_is_turned_back_by_itself(tmp_path: Path) -> None:
    truth = head()

    def invert(ds: Dataset, index: int) -> None:
        if index == 7:
            fill(ds, 4095 - (truth[index].astype(np.int32) + 1024), 12, False, "")
            ds.PhotometricInterpretation = "MONOCHROME1"

    Scan(truth, change=invert).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)
