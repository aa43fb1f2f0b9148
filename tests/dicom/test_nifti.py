"""NIfTI in HU gives the same volume as DICOM, whichever way its axes run."""

import itertools
from pathlib import Path

import nibabel
import numpy as np
import pytest

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import read
from ichdash.dicom.selection import select
from ichdash.domain import Refusal, Volume
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import SPACING_MM, head, only_series

AXES = ["".join(a) for a in itertools.product("RL", "AP", "SI")]
ORDERS = [*AXES, "SAR", "ARS", "PIL"]


def image(hu: np.ndarray, axes: str = "RAS", dtype: type = np.int16) -> nibabel.Nifti1Image:
    """`hu` (slices to head, rows to back, columns to left) with its axes running as `axes` says."""
    ras = hu[:, ::-1, ::-1].transpose(2, 1, 0).astype(dtype)
    z, y, x = SPACING_MM
    affine = np.diag([x, y, z, 1.0])
    affine[:3, 3] = [-80, -70, 12]
    start = nibabel.orientations.axcodes2ornt("RAS")
    turn = nibabel.orientations.ornt_transform(start, nibabel.orientations.axcodes2ornt(axes))
    return nibabel.Nifti1Image(ras, affine).as_reoriented(turn)


def loaded(path: Path) -> Volume:
    return load_volume(only_series(path, path.parent))


@pytest.mark.parametrize("axes", ORDERS)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_axes_are_turned_for_reading(tmp_path: Path, axes: str, suffix: str) -> None:
    truth = head()
    path = tmp_path / f"ct{suffix}"
    nibabel.save(image(truth, axes), path)
    volume = loaded(path)
    np.testing.assert_array_equal(volume.hu, truth)
    assert volume.spacing_mm == pytest.approx(SPACING_MM)
    assert volume.positions_mm == pytest.approx(12 + 5.0 * np.arange(14))
    assert volume.shear == 0
    assert volume.warnings == ()


def test_a_tilt_left_in_the_affine_is_told_as_shear(tmp_path: Path) -> None:
    skewed = image(head())
    skewed.affine[1, 2] = -0.3 * SPACING_MM[0]  # RAS: each slice further to the back
    nibabel.save(nibabel.Nifti1Image(skewed.get_fdata(), skewed.affine), tmp_path / "ct.nii")
    assert loaded(tmp_path / "ct.nii").shear == pytest.approx(0.3)


def scaled(hu: np.ndarray, unit: str, scale: float) -> nibabel.Nifti1Image:
    """`hu` with its places in another unit."""
    plain = image(hu)
    found = nibabel.Nifti1Image(plain.dataobj, np.diag([scale, scale, scale, 1]) @ plain.affine)
    found.header.set_xyzt_units(unit)
    return found


@pytest.mark.parametrize(("unit", "scale"), [("meter", 1e-3), ("micron", 1e3), ("unknown", 1)])
def test_places_are_read_in_the_unit_that_the_file_says(
    tmp_path: Path, unit: str, scale: float
) -> None:
    nibabel.save(scaled(head(), unit, scale), tmp_path / "ct.nii")
    volume = loaded(tmp_path / "ct.nii")
    assert volume.spacing_mm == pytest.approx(SPACING_MM)
    assert volume.positions_mm == pytest.approx(12 + 5.0 * np.arange(14))


@pytest.mark.parametrize(("scale", "size"), [(1e-3, "0.16 × 0.144"), (1e3, "160,000 × 144,000")])
def test_a_size_that_no_part_of_a_body_has_is_refused(
    tmp_path: Path, scale: float, size: str
) -> None:
    nibabel.save(scaled(head(), "mm", scale), tmp_path / "ct.nii")
    (study,) = read([tmp_path], tmp_path).studies
    assert select(study).reason.endswith(
        f": slices measure {size} mm; a part of a body has 20 to 2,000 mm. Not screened. "
        "Check the unit of its pixel size."
    )
    with pytest.raises(NotScreenableError, match="slices measure"):
        loaded(tmp_path / "ct.nii")


def test_slices_that_lie_in_one_place_are_refused(tmp_path: Path) -> None:
    flat = image(head())
    flat.affine[2, 2] = 0.005
    nibabel.save(nibabel.Nifti1Image(flat.dataobj, flat.affine), tmp_path / "ct.nii")
    with pytest.raises(NotScreenableError) as refused:
        loaded(tmp_path / "ct.nii")
    assert str(refused.value) == (
        "ct.nii: slices lie 0.005 mm apart, too near to tell their places. Not screened. "
        "Convert it with its spacing in millimetres."
    )


def test_floats_are_rounded_and_unknown_voxels_become_air(tmp_path: Path) -> None:
    truth = head()
    values = truth + 0.3
    values[:, 0, 0] = np.nan
    nibabel.save(image(values, dtype=np.float32), tmp_path / "ct.nii")
    hu = loaded(tmp_path / "ct.nii").hu
    assert np.all(hu[:, 0, 0] == -1024)
    np.testing.assert_array_equal(hu[:, 1:], truth[:, 1:])


def test_the_same_file_is_the_same_study(tmp_path: Path) -> None:
    nibabel.save(image(head()), tmp_path / "ct.nii")
    (tmp_path / "copy").write_bytes((tmp_path / "ct.nii").read_bytes())
    (study,) = read([tmp_path], tmp_path).studies
    assert study.study_uid.startswith("2.25.")
    assert study.attributes.description == "copy"


def test_a_nifti_file_is_selected(tmp_path: Path) -> None:
    nibabel.save(image(head()), tmp_path / "ct.nii.gz")
    (study,) = read([tmp_path], tmp_path).studies
    found = select(study)
    assert found.series is study.series[0]
    assert found.reason == (
        "Used: axial CT, kernel not recorded, 5.0 mm slices, 14 slices. "
        "No header says that this is a head."
    )


@pytest.mark.parametrize("low_high", [(0, 255), (-1, 1), (-1000, 100)])
def test_values_that_are_not_hounsfield_units_are_refused(
    tmp_path: Path, low_high: tuple[int, int]
) -> None:
    values = np.linspace(*low_high, head().size).reshape(head().shape)
    nibabel.save(image(values, dtype=np.float32), tmp_path / "mr.nii")
    with pytest.raises(NotScreenableError) as refused:
        loaded(tmp_path / "mr.nii")
    assert str(refused.value) == (
        f"mr.nii: values run from {low_high[0]} to {low_high[1]}, not in Hounsfield units "
        "(air near -1000, bone above 200). Not screened. Convert it without rescaling."
    )


def test_several_volumes_in_one_file_are_refused(tmp_path: Path) -> None:
    series = nibabel.Nifti1Image(np.zeros((4, 5, 6, 3), np.int16), np.eye(4))
    nibabel.save(series, tmp_path / "perfusion.nii")
    assert read([tmp_path], tmp_path).refused == (
        Refusal(
            "perfusion.nii",
            "perfusion.nii holds 4 × 5 × 6 × 3 voxels, not one volume of slices. "
            "Nothing was stored.",
        ),
    )


def test_a_trailing_axis_of_one_is_left_out(tmp_path: Path) -> None:
    single = image(head())
    nibabel.save(
        nibabel.Nifti1Image(single.get_fdata()[..., None], single.affine), tmp_path / "a.nii"
    )
    np.testing.assert_array_equal(loaded(tmp_path / "a.nii").hu, head())


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_voxels_that_end_early_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ct{suffix}"
    nibabel.save(image(head()), path)
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(NotScreenableError) as refused:
        loaded(path)
    assert str(refused.value) == (
        f"ct{suffix}: voxels end early or cannot be read. Not screened. Send the file again."
    )


def test_a_file_that_does_not_say_where_left_is_is_warned_of(tmp_path: Path) -> None:
    lost = image(head())
    lost.set_qform(None, 0)
    lost.set_sform(None, 0)
    nibabel.save(lost, tmp_path / "ct.nii")
    assert "The file does not say where left and right are." in loaded(tmp_path / "ct.nii").warnings


def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ct.nii"
    nibabel.save(image(head()), path)
    content = bytearray(path.read_bytes())
    content[40:56] = b"\xff" * 16
    path.write_bytes(content)
    (refusal,) = read([path], tmp_path).refused
    assert refusal.reason == "ct.nii is a damaged NIfTI file. Nothing was stored. Send it again."
