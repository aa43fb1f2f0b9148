"""However a patient lay and a scanner stored the slices, the volume comes out the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from ichdash.dicom.geometry import load_volume
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import SPACING_MM, Scan, head, only_series

Store = Callable[[np.ndarray], np.ndarray]

WAYS: dict[str, Store] = {
    "supine": lambda a: a,
    "prone": lambda a: a[..., ::-1, ::-1],
    "seen from the head": lambda a: a[..., :, ::-1],
    "upside down": lambda a: a[..., ::-1, :],
    "lying on the left side": lambda a: np.swapaxes(a, -1, -2)[..., ::-1, :],
    "lying on the right side": lambda a: np.swapaxes(a, -1, -2)[..., :, ::-1],
    "transposed": lambda a: np.swapaxes(a, -1, -2),
    "transposed and turned": lambda a: np.swapaxes(a, -1, -2)[..., ::-1, ::-1],
}


@pytest.mark.parametrize("way", WAYS)
def test_slices_are_turned_for_reading_however_they_were_stored(tmp_path: Path, way: str) -> None:
    truth = head()
    Scan(truth, store=WAYS[way]).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert volume.spacing_mm == pytest.approx(SPACING_MM)
    assert volume.shear == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_turn_leads_back_to_the_stored_slices(tmp_path: Path, way: str) -> None:
    Scan(store=WAYS[way]).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    stored = dcmread(tmp_path / "IM0001").pixel_array.astype(int) - 1024
    np.testing.assert_array_equal(volume.turn.undo(volume.hu)[0], stored)


def test_slices_run_from_feet_to_head_whatever_their_numbers_and_names_say(tmp_path: Path) -> None:
    truth = head()

    def number_downwards(ds: Dataset, index: int) -> None:
        ds.InstanceNumber = 100 - index
        ds.SliceLocation = -index

    scan = Scan(truth[::-1], z_mm=[5.0 * i for i in reversed(range(14))], change=number_downwards)
    scan.write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert volume.positions_mm == pytest.approx(5.0 * np.arange(14))
    assert volume.sop_instance_uids[0].endswith(".14")
    assert volume.instance_numbers == tuple(range(87, 101))


@pytest.mark.parametrize("number", [None, 7], ids=["missing", "of another slice"])
def test_instance_numbers_are_unknown_where_a_slice_has_none_of_its_own(
    tmp_path: Path, number: int | None
) -> None:
    def change(ds: Dataset, index: int) -> None:
        if index == 3:
            ds.InstanceNumber = number

    Scan(change=change).write(tmp_path)
    assert load_volume(only_series(tmp_path)).instance_numbers == ()


def test_feet_first_changes_nothing_since_positions_are_the_patients(tmp_path: Path) -> None:
    truth = head()
    Scan(truth, extra={"PatientPosition": "FFP"}, store=WAYS["prone"]).write(tmp_path)
    np.testing.assert_array_equal(load_volume(only_series(tmp_path)).hu, truth)


@pytest.mark.parametrize("way", ["supine", "prone", "transposed"])
@pytest.mark.parametrize("tilt", [-0.4, 0.33])
def test_a_tilted_gantry_is_told_as_shear(tmp_path: Path, tilt: float, way: str) -> None:
    truth = head()
    Scan(truth, tilt=tilt, store=WAYS[way]).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert volume.shear == pytest.approx(-tilt, abs=1e-4)
    assert volume.spacing_mm[0] == pytest.approx(5 * np.cos(np.arctan(tilt)))


def test_shear_tells_in_which_row_a_straight_rod_is_seen(tmp_path: Path) -> None:
    Scan(tilt=0.33).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    back = np.array([0, np.cos(np.arctan(0.33)), -np.sin(np.arctan(0.33))])
    along = np.cross([1, 0, 0], back)  # a rod at a right angle to the slices
    rod, first_rows = np.array([0, 10, 20.0]), np.array([[-80, -70, 5.0 * i] for i in range(14)])
    hits = rod + ((first_rows - rod) @ along)[:, None] * along  # (slices, 3)
    rows = np.sum((hits - first_rows) * back, axis=1) / volume.spacing_mm[1]
    moved = volume.shear * (volume.positions_mm - volume.positions_mm[0]) / volume.spacing_mm[1]
    assert rows == pytest.approx(rows[0] - moved, abs=1e-3)


def test_resampled_oblique_slices_have_no_shear(tmp_path: Path) -> None:
    def move_along_normal(ds: Dataset, index: int) -> None:
        x, y, _ = ds.ImagePositionPatient
        ds.ImagePositionPatient = [x, y + 5 * 0.3 * index, 5.0 * index]

    Scan(tilt=0.3, change=move_along_normal).write(tmp_path)
    assert load_volume(only_series(tmp_path)).shear == 0


def test_a_table_that_drifts_sideways_is_warned_of(tmp_path: Path) -> None:
    def drift(ds: Dataset, index: int) -> None:
        ds.ImagePositionPatient[0] += 1.0 * index

    Scan(change=drift).write(tmp_path)
    assert "Slices drift sideways by 0.20 mm per mm." in load_volume(only_series(tmp_path)).warnings


def test_a_patient_who_was_moved_halfway_is_warned_of(tmp_path: Path) -> None:
    def jump(ds: Dataset, index: int) -> None:
        ds.ImagePositionPatient[0] += 20.0 * (index > 6)

    Scan(change=jump).write(tmp_path)
    warnings = load_volume(only_series(tmp_path)).warnings
    assert any(
        warning.startswith("Slices jump against one another by up to") for warning in warnings
    )


def test_slices_that_do_not_lie_over_one_another_are_refused(tmp_path: Path) -> None:
    def slide(ds: Dataset, index: int) -> None:
        ds.ImagePositionPatient[0] += 10.0 * index

    Scan(change=slide).write(tmp_path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        'Series 2 "HEAD": slices do not lie over one another (they lean by 63°). Not screened.'
    )


@pytest.mark.parametrize(
    ("plane", "cosines"), [("sagittal", [0, 1, 0, 0, 0, -1]), ("coronal", [1, 0, 0, 0, 0, -1])]
)
def test_slices_that_are_not_axial_are_refused(
    tmp_path: Path, plane: str, cosines: list[float]
) -> None:
    def turn(ds: Dataset, index: int) -> None:
        ds.ImageOrientationPatient, ds.ImagePositionPatient = cosines, [5.0 * index, 5.0 * index, 0]

    Scan(change=turn).write(tmp_path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        f'Series 2 "HEAD": slices are {plane}. Only axial slices are screened. Not screened.'
    )


@pytest.mark.parametrize(
    ("keyword", "named"),
    [
        ("ImagePositionPatient", "position (ImagePositionPatient)"),
        ("ImageOrientationPatient", "orientation (ImageOrientationPatient)"),
        ("PixelSpacing", "pixel size (PixelSpacing)"),
        ("Rows", "picture size (Rows, Columns)"),
    ],
)
def test_a_slice_without_its_place_is_refused_by_name(
    tmp_path: Path, keyword: str, named: str
) -> None:
    def forget(ds: Dataset, index: int) -> None:
        if index == 4:
            delattr(ds, keyword)

    Scan(change=forget).write(tmp_path)
    with pytest.raises(NotScreenableError) as refused:
        load_volume(only_series(tmp_path))
    assert str(refused.value) == (
        f'Series 2 "HEAD": IM0005 has no usable {named}. Not screened. Send the series again.'
    )


@pytest.mark.parametrize(
    "cosines", [[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 1, 0], [1, 0, 0]]
)
def test_directions_that_make_no_sense_count_as_missing(tmp_path: Path, cosines: list[int]) -> None:
    Scan(extra={"ImageOrientationPatient": cosines}).write(tmp_path)
    with pytest.raises(NotScreenableError, match="IM0001 has no usable orientation"):
        load_volume(only_series(tmp_path))


def test_a_single_slice_is_taken_with_a_warning(tmp_path: Path) -> None:
    truth = head(1)
    Scan(truth).write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    np.testing.assert_array_equal(volume.hu, truth)
    assert volume.spacing_mm == pytest.approx(SPACING_MM)
    assert volume.warnings == ("The series holds a single slice.",)


def test_a_volume_names_its_study_series_and_instances(tmp_path: Path) -> None:
    Scan().write(tmp_path)
    volume = load_volume(only_series(tmp_path))
    assert (volume.study_uid, volume.series_uid) == ("1.2.3", "1.2.3.4")
    assert volume.sop_instance_uids == tuple(f"1.2.3.4.{i}" for i in range(1, 15))
    assert not volume.hu.flags.writeable
