"""Missing slices are refused by name; spacing that a scanner may choose is only told."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from ichdash.dicom.geometry import load_volume
from ichdash.domain import Volume
from ichdash.errors import NotScreenableError
from tests.dicom.scanner import Scan, head, only_series


def scanned(folder: Path, z_mm: list[float], thickness_mm: list[float] | None = None) -> Volume:
    def set_thickness(ds: Dataset, index: int) -> None:
        if thickness_mm:
            ds.SliceThickness = thickness_mm[index]

    Scan(head(len(z_mm)), z_mm=z_mm, change=set_thickness, description="").write(folder)
    return load_volume(only_series(folder))


def refusal(folder: Path, z_mm: list[float], thickness_mm: list[float] | None = None) -> str:
    with pytest.raises(NotScreenableError) as refused:
        scanned(folder, z_mm, thickness_mm)
    return str(refused.value)


def test_gap_between_slices_is_refused_by_name(tmp_path: Path) -> None:
    z = [5.0 * i for i in range(34) if i not in (17, 18)]
    assert refusal(tmp_path, z) == (
        "Series 2: slice spacing jumps from 5.0 to 15.0 mm after slice 17; two slices seem to be "
        "missing. Not screened. Send the series again."
    )


@pytest.mark.parametrize(
    ("lost", "sentence"),
    [
        ({1}, "after slice 1; one slice seems to be missing."),
        ({12}, "after slice 12; one slice seems to be missing."),
        ({3, 4, 5, 6}, "after slice 3; 4 slices seem to be missing."),
        ({4, 6}, "after slice 4; one slice seems to be missing."),
        ({4, 6, 8}, "after slice 5; one slice seems to be missing."),
    ],
)
def test_every_gap_is_found_wherever_it_lies(tmp_path: Path, lost: set[int], sentence: str) -> None:
    z = [5.0 * i for i in range(14) if i not in lost]
    assert sentence in refusal(tmp_path, z)


def test_thin_slices_at_the_base_and_thick_ones_above_are_a_whole_scan(tmp_path: Path) -> None:
    z = [2.5 * i for i in range(12)] + [32.5 + 5 * i for i in range(14)]
    volume = scanned(tmp_path, z, [2.5] * 12 + [5.0] * 14)
    assert volume.warnings == ("Slice spacing varies from 2.5 to 5.0 mm.",)


def test_one_thick_slice_at_the_vertex_is_no_gap(tmp_path: Path) -> None:
    z = [2.5 * i for i in range(30)] + [2.5 * 29 + 5]
    volume = scanned(tmp_path, z, [2.5] * 30 + [7.5])
    assert volume.warnings == ("Slice spacing varies from 2.5 to 5.0 mm.",)


def test_two_blocks_that_overlap_are_a_whole_scan(tmp_path: Path) -> None:
    z = [4.0 * i for i in range(14)] + [53.0 + 7 * i for i in range(14)]
    volume = scanned(tmp_path, z, [4.0] * 14 + [7.0] * 14)
    assert volume.warnings == ("Slice spacing varies from 1.0 to 7.0 mm.",)


def test_jitter_of_the_table_is_not_worth_a_warning(tmp_path: Path) -> None:
    jitter = np.random.default_rng(1).uniform(-0.1, 0.1, 20)
    assert scanned(tmp_path, [5.0 * i + jitter[i] for i in range(20)]).warnings == ()


def test_slices_with_unseen_tissue_between_all_of_them_are_warned_of(tmp_path: Path) -> None:
    volume = scanned(tmp_path, [10.0 * i for i in range(14)], [5.0] * 14)
    assert volume.warnings == (
        "Slices are 10.0 mm apart but 5.0 mm thick: what lies between them was not seen.",
    )


def test_unseen_tissue_in_a_part_of_the_scan_is_warned_of(tmp_path: Path) -> None:
    z = [5.0 * i for i in range(10)] + [55.0 + 10 * i for i in range(10)]
    assert scanned(tmp_path, z).warnings == (
        "Slice spacing varies from 5.0 to 10.0 mm.",
        "Slices are 10.0 mm apart but 5.0 mm thick: what lies between them was not seen.",
    )


def test_a_scan_of_a_part_of_the_head_is_warned_of(tmp_path: Path) -> None:
    assert scanned(tmp_path, [5.0 * i for i in range(13)]).warnings == (
        "The series covers only 65 mm of the head.",
    )


def test_one_slice_sent_twice_under_two_names_leaves_the_later(tmp_path: Path) -> None:
    volume = scanned(tmp_path, [5.0 * i for i in range(14)] + [25.0])
    assert volume.positions_mm.tolist() == [5.0 * i for i in range(14)]
    assert volume.sop_instance_uids[5] == "1.2.3.4.15"
    assert volume.warnings == ("1 slice lies at the position of another; the later one is used.",)
