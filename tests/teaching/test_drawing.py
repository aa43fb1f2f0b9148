"""Synthetic cases: a wish that cannot be drawn is refused by name, before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import read
from ichdash.errors import InputError
from ichdash.phantom import (
    HeadSpec,
    LesionSpec,
    Side,
    StudyLabel,
    draw_head,
    random_head,
    write_study,
)
from ichdash.teaching import drawing
from ichdash.teaching.drawing import ANY, NONE, Wish, cases
from tests.samples import ConstantDetector


def small_head(seed: int, lesions: tuple[LesionSpec, ...]) -> HeadSpec:
    """A head of few, coarse slices, which is drawn in a moment."""
    return replace(random_head(seed, lesions), rows=64, columns=64, slices=12, slice_mm=12.0)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"finding": "tumour"}, r"'tumour' cannot be drawn; any, none, .*Nothing was drawn\. Ch"),
        (
            {"finding": "subdural", "place": "pons"},
            r"'pons' is not a place of subdural; known: any, co",
        ),
        ({"finding": NONE, "place": "pons"}, r"'pons' is not a place of none"),
        ({"side": "up"}, r"'up' is not a side; any, left, right are\. Nothing was drawn"),
        ({"volume_ml": -3.0}, r"-3 ml cannot be drawn; above 0 and at most 150 ml can"),
        ({"volume_ml": 0.0}, r"0 ml cannot be drawn"),
        ({"volume_ml": math.nan}, r"nan ml cannot be drawn"),
        ({"finding": "subarachnoid", "volume_ml": 41.0}, r"41 ml cannot be drawn; .* most 40 ml"),
        ({"finding": NONE, "volume_ml": 5.0}, r"no hemorrhage has no volume.*Nothing was drawn"),
        ({"distractors": ("noise", "metal")}, r"Distractors are .*, not noise, metal"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(given: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        replace(Wish(), **given)  # type: ignore[arg-type]


def test_a_bleed_that_fits_into_no_head_is_told_after_some_trials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[HeadSpec] = []

    def fits_into_none(spec: HeadSpec) -> None:
        tried.append(spec)
        raise InputError("No room.")

    monkeypatch.setattr(drawing, "draw_head", fits_into_none)
    with pytest.raises(InputError, match=r"90 ml \(intraparenchymal, pons\) fits into none of 6"):
        next(cases(Wish("intraparenchymal", "pons", volume_ml=90.0), 1, None, 1))
    assert len(tried) == drawing.TRIALS


def test_by_chance_every_other_case_has_no_hemorrhage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "random_head", small_head)
    drawn = list(islice(cases(Wish(), 4, None, 3), 4))
    assert [each.lesson.has_hemorrhage for each in drawn] == [True, False, True, False]
    assert all(each.ai is None for each in drawn)


def test_a_volume_is_of_those_cases_that_have_a_bleed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "random_head", small_head)
    drawn = cases(Wish(volume_ml=20.0), 3, None, 3)
    assert [each.lesson.has_hemorrhage for each in drawn] == [True, False, True]


def test_a_tilted_head_is_drawn_with_the_geometry_that_its_files_have(tmp_path: Path) -> None:
    spec = replace(small_head(1, ()), gantry_tilt_deg=15.0)
    phantom = draw_head(spec)
    label = StudyLabel("1", "2", datetime(2026, 1, 1))
    (study,) = read([write_study(phantom, spec, tmp_path / "files", label)], tmp_path).studies
    sent, drawn = load_volume(study.series[0]), drawing._volume(spec, phantom)
    assert drawn.shear == pytest.approx(sent.shear, abs=1e-4) and abs(sent.shear) > 0.2
    assert np.array_equal(drawn.hu, sent.hu)
    assert drawn.spacing_mm == pytest.approx(sent.spacing_mm, abs=1e-3)
    assert np.diff(drawn.positions_mm) == pytest.approx(np.diff(sent.positions_mm), abs=1e-3)


def test_a_case_has_the_key_mask_and_words_of_what_was_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "random_head", small_head)
    wish = Wish("subdural", "convexity", "left", 40.0, ("tilt",))
    (drawn,) = cases(wish, 1, ConstantDetector(0.7), 5)
    assert drawn.lesson.findings == ("subdural",) and drawn.lesson.tags == ("synthetic", "tilt")
    assert "subdural, convexity, left" in drawn.lesson.title
    truth, (spot,) = drawn.pictures.truth, drawn.lesson.spots
    assert truth is not None and truth.any()
    rows = drawn.pictures.meta["rows"] // truth.shape[1]
    assert truth[spot.slice_index, int(spot.y) // rows, int(spot.x) // rows]
    assert drawn.ai is not None and drawn.ai.probability == 0.7


def test_what_was_asked_for_is_what_is_drawn() -> None:
    wish = Wish("epidural", "frontal", "right", 12.0, ("atrophy", "noise", "tilt"))
    spec = drawing._spec(wish, Random(1))
    (lesion,) = spec.lesions
    assert (lesion.finding, lesion.place, lesion.side) == ("epidural", "frontal", Side.RIGHT)
    assert lesion.volume_ml == 12.0 and spec.age_years >= 80
    assert spec.gantry_tilt_deg >= 12 and spec.noise_hu >= 6.5


def test_a_thin_bleed_that_fills_no_cell_by_half_is_kept_in_the_mask() -> None:
    mask = np.zeros((1, 8, 8), np.bool_)
    mask[0, 0, 0] = True
    assert drawing._coarse(mask).tolist() == [[[True, False], [False, False]]]


def test_a_volume_is_held_to_what_its_finding_can_have() -> None:
    lesion = drawing._lesion(Wish(ANY, volume_ml=150.0), Random(1))
    assert isinstance(lesion, LesionSpec) and lesion.volume_ml <= 150.0
