"""Real scans: five transfer syntaxes, a tilted gantry, uneven spacing, clutter between files."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import Study, read
from ichdash.dicom.selection import select
from ichdash.domain import Turn
from tests.shared_data import shared

ONE_OF_EACH_SYNTAX = {
    "CT-ICH-049": "1.2.840.10008.1.2.4.80",
    "CT-ICH-052": "1.2.840.10008.1.2.4.90",
    "CT-ICH-053": "1.2.840.10008.1.2.5",
    "CT-ICH-054": "1.2.840.10008.1.2.1.99",
    "CT-ICH-056": "1.2.840.10008.1.2.4.70",
}
LICENCE = (
    "LICENSE.txt is not a DICOM file (no DICM header). Nothing was stored. "
    "Choose the folder exported from the PACS."
)


def only_study(folder: Path, scratch: Path) -> Study:
    (study,) = read([folder], scratch).studies
    return study


@pytest.mark.parametrize("name", ONE_OF_EACH_SYNTAX)
def test_a_real_head_is_read_in_each_transfer_syntax(tmp_path: Path, name: str) -> None:
    folder = shared("ct-ich")
    study = only_study(folder / name, tmp_path)
    found = select(study)
    assert found.series is not None
    assert found.series.instances[0].transfer_syntax == ONE_OF_EACH_SYNTAX[name]
    volume = load_volume(found.series)
    with (folder / "labels.csv").open() as file:
        rows = {row["study_uid"]: int(row["slices"]) for row in csv.DictReader(file)}
    assert len(volume) == rows[study.study_uid]
    assert volume.spacing_mm == (5.0, 0.625, 0.625)
    assert volume.warnings == ()
    brain = volume.hu[len(volume) // 2, 172:212, 172:212]
    assert 15 < np.median(brain) < 45
    assert volume.hu.min() == -1000


def test_a_real_tilted_scan_leans_to_the_front(tmp_path: Path) -> None:
    study = only_study(shared("ge-tilted-head"), tmp_path)
    found = select(study)
    assert found.series is not None
    assert found.verdicts[0].slices == 28
    volume = load_volume(found.series)
    assert volume.shear == pytest.approx(-np.tan(np.radians(18.5)), abs=1e-3)
    assert volume.turn == Turn()
    assert volume.spacing_mm == pytest.approx((4.0, 0.488, 0.488), abs=0.01)
    assert volume.warnings == ("Slice spacing varies from 1.1 to 7.0 mm.",)
    assert volume.hu.min() == -1024  # padding of −1500
    assert np.all(np.diff(volume.positions_mm) > 0)


def test_unshearing_a_real_tilted_scan_puts_its_vertex_over_its_base(tmp_path: Path) -> None:
    """The head stands upright once slices are moved by the shear: that tells its sign."""
    found = select(only_study(shared("ge-tilted-head"), tmp_path))
    assert found.series is not None
    volume = load_volume(found.series)
    rows = np.arange(volume.hu.shape[1])[:, None]
    mass = volume.hu > 0
    centers = np.array([(rows * one).sum() / one.sum() for one in mass]) * volume.spacing_mm[1]
    upright = centers + volume.shear * volume.positions_mm
    leaning = centers - volume.shear * volume.positions_mm
    assert np.ptp(upright[8:20]) < np.ptp(leaning[8:20])


def test_clutter_beside_a_plastic_head_is_left_apart(tmp_path: Path) -> None:
    reading = read([shared("plastic-head")], tmp_path)
    assert [refusal.reason for refusal in reading.refused] == [LICENCE]
    slices = {s.description: s.frame_count for study in reading.studies for s in study.series}
    assert slices == {"STD BRAIN 5MM": 28, "STEREOTAXIS": 54}


def test_both_scans_of_a_plastic_head_are_read(tmp_path: Path) -> None:
    volumes = {}
    for study in read([shared("plastic-head")], tmp_path).studies:
        found = select(study)
        assert found.series is not None
        volumes[found.series.description] = load_volume(found.series)
    assert volumes["STD BRAIN 5MM"].shear == 0
    tilted = volumes["STEREOTAXIS"]
    assert tilted.shear == pytest.approx(-np.tan(np.radians(18.5)), abs=1e-3)
    assert tilted.spacing_mm == pytest.approx((2.37, 0.482, 0.482), abs=0.01)
