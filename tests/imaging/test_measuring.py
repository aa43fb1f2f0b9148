"""What measurements on the slices say, against lengths, angles and HU that are known."""

from __future__ import annotations

import pytest

from ichdash.imaging import display, measuring
from ichdash.imaging.display import DisplayVolume
from ichdash.imaging.measuring import Points
from ichdash.records import MeasureKind, Measurement
from tests.web import seeding


@pytest.fixture(scope="module")
def shown() -> DisplayVolume:
    return display.encode(seeding.head_volume("1.2"))


@pytest.mark.parametrize(
    ("kind", "points", "told"),
    [
        (MeasureKind.DISTANCE, ((48, 48, 3), (63, 68, 3)), "50.0 mm"),
        (MeasureKind.ANGLE, ((68, 48, 3), (48, 48, 3), (68, 28, 3)), "45.0°"),
        (MeasureKind.REGION, ((62, 44, 13), (70, 52, 13)), "70.0 ± 0.0 HU (70 to 70), 2.01 cm²"),
        (MeasureKind.REGION, ((62, 44, 13), (62, 52, 13)), "0.00 cm²"),
        (
            MeasureKind.VOLUME,
            ((61, 48, 13), (71, 48, 13), (66, 45, 13), (66, 51, 13), (0, 0, 14), (0, 0, 12)),
            "1.8 ml = A 20 × B 12 × C 15 mm / 2, slices 13–15",
        ),
        (
            MeasureKind.VOLUME,
            ((61, 48, 13), (71, 48, 13), (66, 45, 13), (66, 51, 13), (0, 0, 13), (0, 0, 13)),
            "0.6 ml = A 20 × B 12 × C 5 mm / 2, slice 14 alone",
        ),
    ],
)
def test_each_kind_is_told_with_its_unit(
    shown: DisplayVolume, kind: MeasureKind, points: Points, told: str
) -> None:
    measured = Measurement("a", kind, points, "reader 1", seeding.NOW)
    assert measuring.values([measured], shown) == [told]


def test_halves_are_rounded_as_a_browser_rounds_them() -> None:
    assert measuring._fixed(22.5, 0) == "23"
    assert measuring._fixed(-0.25, 1) == "-0.3"
    assert measuring._fixed(1.005, 2) == "1.00"  # the number is a little less
