"""What a viewer tells of measurements: only what is sound, and of the study shown, is kept."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ichdash.records import MeasureKind, Measurement
from ichdash.web.viewer import measured
from ichdash.web.viewer.measured import Changes

NOW = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
NAME, SLICES = "1.2 1", 20
ID = "0123456789abcdef"
ENDS = [{"x": 1, "y": 2.5, "slice": 3}, {"x": 4, "y": 5, "slice": 3}]
LINE = {"id": ID, "kind": "distance", "points": ENDS}
KEPT = Measurement(ID, MeasureKind.DISTANCE, ((1.0, 2.5, 3), (4.0, 5.0, 3)), "reader 1", NOW)


def sign() -> str:
    return "reader 1"


def changes(*told: object, name: str = NAME) -> Changes:
    return measured.changes({"name": name, "changes": [*told]}, NAME, SLICES, sign, NOW)


def test_a_measurement_is_by_the_reader_of_the_page() -> None:
    assert changes(LINE) == Changes((KEPT,), marks=(ID,))


def test_what_was_measured_or_removed_under_another_name_stays_under_it() -> None:
    (drawn,) = changes(LINE | {"reader": " reader 2 "}).added
    assert drawn == replace(KEPT, reader="reader 2")
    assert changes({"id": ID, "removed": True, "reader": "reader 3"}).removed == ((ID, "reader 3"),)


def test_one_that_was_removed_again_is_not_added() -> None:
    assert changes(LINE, {"id": ID, "removed": True}) == Changes(
        (), ((ID, "reader 1"),), (ID, f"removed {ID}")
    )


def test_what_was_measured_on_the_study_before_is_not_of_this_one() -> None:
    assert changes(LINE, name="1.3 7") == Changes()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        7,
        {"id": "../x", "kind": "distance", "points": ENDS},
        LINE | {"kind": "area"},
        LINE | {"points": ENDS[:1]},
        LINE | {"points": "far"},
        LINE | {"points": [{"x": float("nan"), "y": 0, "slice": 0}, ENDS[0]]},
        LINE | {"points": [{"x": 1e9, "y": 0, "slice": 0}, ENDS[0]]},
        LINE | {"points": [{"x": 1, "y": 0, "slice": 20}, ENDS[0]]},
        LINE | {"points": [{"x": 1, "y": 0}, ENDS[0]]},
        LINE | {"points": [ENDS[0], {"x": 4, "y": 5, "slice": 4}]},
    ],
)
def test_what_is_no_measurement_is_passed_over(wrong: object) -> None:
    assert changes(wrong, LINE).added == (KEPT,)
    assert changes(wrong).added == ()


@pytest.mark.parametrize("told", [None, [], {"name": NAME}, {"name": NAME, "changes": 3}])
def test_a_viewer_that_tells_nothing_changes_nothing(told: object) -> None:
    assert measured.changes(told, NAME, SLICES, sign, NOW) == Changes()


def test_a_measurement_of_another_reader_names_them() -> None:
    (own,) = measured.sent([KEPT], "reader 1")
    (other,) = measured.sent([KEPT], "reader 2")
    assert own == {**LINE, "by": ""}
    assert other["by"] == "reader 1"
