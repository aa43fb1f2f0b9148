"""Thin slices of a large series become slabs for the viewer; the model saw all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ichdash.domain import OperatingPoint, Prediction, Volume
from ichdash.imaging import slabs

POINT = OperatingPoint(0.4, 0.9, 0.9)


def thin(slices: int = 40, step_mm: float = 0.5) -> tuple[Volume, Prediction]:
    """Slices of 10, 20, 30 … HU, the 18th of which has the most evidence."""
    hu = np.repeat(10 * np.arange(slices, dtype=np.int16)[:, None, None], 4, 1).repeat(6, 2)
    positions = 3.0 + np.arange(slices) * step_mm
    uids = tuple(f"1.2.{number}" for number in range(slices))
    volume = Volume(hu, (step_mm, 0.5, 0.5), positions, "1", "1.1", uids, warnings=("first",))
    scores = np.full(slices, 0.1, np.float32)
    scores[17] = 0.8
    heatmap = np.zeros((slices, 2, 2), np.float16)
    heatmap[17, 1, 0] = 0.75
    found = Prediction(0.8, {"hemorrhage": 0.8}, scores, heatmap, "ich-test", POINT)
    return volume, replace(found, subtype_maps={"subdural": heatmap})


@pytest.fixture
def few_voxels(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a browser held no more than ten of these slices."""
    monkeypatch.setattr(slabs, "MOST_VOXELS", 10 * 4 * 6)


@pytest.mark.usefixtures("few_voxels")
def test_slabs_are_the_mean_of_their_slices_and_lie_in_their_middle() -> None:
    volume, _ = slabs.shown(*thin(), thickness_mm=2.0)
    assert volume.hu[:, 0, 0].tolist() == [15, 55, 95, 135, 175, 215, 255, 295, 335, 375]
    assert volume.positions_mm[0] == pytest.approx(3.75)
    assert volume.spacing_mm == (2.0, 0.5, 0.5)
    assert volume.sop_instance_uids[:2] == ("1.2.2", "1.2.6")


@pytest.mark.usefixtures("few_voxels")
def test_a_slab_has_the_most_evidence_of_its_slices() -> None:
    _, prediction = slabs.shown(*thin(), thickness_mm=2.0)
    assert prediction.slice_scores[4] == pytest.approx(0.8)
    assert prediction.heatmap[4, 1, 0] == 0.75
    assert np.array_equal(prediction.subtype_maps["subdural"], prediction.heatmap)
    assert len(prediction.slice_scores) == len(prediction.heatmap) == 10


@pytest.mark.usefixtures("few_voxels")
def test_what_is_shown_instead_of_the_slices_is_told() -> None:
    volume, _ = slabs.shown(*thin(), thickness_mm=2.0)
    assert volume.warnings == (
        "first",
        "40 slices of 0.5 mm are shown as 10 of 2.0 mm; the model saw all of them.",
    )


@pytest.mark.usefixtures("few_voxels")
def test_a_note_that_names_slices_is_said_to_mean_those_that_were_sent() -> None:
    volume, found = thin()
    noted = replace(volume, warnings=("The head moved between slices 21 and 29 of 40.",))
    told = slabs.shown(noted, found, thickness_mm=2.0)[0].warnings[-1]
    assert told.endswith(" Slices that are named before are those that were sent.")


@pytest.mark.usefixtures("few_voxels")
def test_slabs_are_thicker_where_even_they_would_be_too_many() -> None:
    volume, _ = slabs.shown(*thin(80), thickness_mm=2.0)
    assert volume.hu.size <= 11 * 4 * 6
    assert volume.spacing_mm[0] == pytest.approx(4.0)


@pytest.mark.usefixtures("few_voxels")
def test_thick_slices_stay_as_they_are_however_many() -> None:
    volume, prediction = thin(30, 5.0)
    assert slabs.shown(volume, prediction, 2.5) == (volume, prediction)


def test_a_volume_that_a_browser_holds_stays_as_it_is() -> None:
    volume, prediction = thin()
    assert slabs.shown(volume, prediction, 2.5) == (volume, prediction)
