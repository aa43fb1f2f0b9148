"""What travels between the rooms is valid once it exists."""

import numpy as np
import pytest

from ichdash.domain import WINDOWS, OperatingPoint, Prediction, Turn, Volume, Window
from ichdash.records import ReviewState, ScreeningState

CUT = OperatingPoint(threshold=0.42, sensitivity=0.93, specificity=0.88)


def volume(**changes: object) -> Volume:
    parts: dict[str, object] = {
        "hu": np.zeros((3, 4, 5), np.int16),
        "spacing_mm": (5.0, 0.5, 0.5),
        "positions_mm": np.array([0.0, 5.0, 10.0]),
        "study_uid": "1.2",
        "series_uid": "1.2.3",
        "sop_instance_uids": ("1", "2", "3"),
    }
    return Volume(**{**parts, **changes})  # type: ignore[arg-type]


def prediction(**changes: object) -> Prediction:
    parts: dict[str, object] = {
        "probability": 0.5,
        "findings": {"hemorrhage": 0.5},
        "slice_scores": np.zeros(3, np.float32),
        "heatmap": np.zeros((3, 2, 2), np.float16),
        "model_id": "tiny",
        "operating_point": CUT,
    }
    return Prediction(**{**parts, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("brain", 0, 80), ("subdural", -20, 180), ("stroke", 20, 60), ("bone", -800, 2000)],
)
def test_a_window_reaches_half_its_width_to_each_side(name: str, low: float, high: float) -> None:
    assert (WINDOWS[name].low, WINDOWS[name].high) == (low, high)
    assert Window(WINDOWS[name].center, WINDOWS[name].width) == WINDOWS[name]


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("flip_rows", [False, True])
@pytest.mark.parametrize("flip_columns", [False, True])
def test_a_turn_undone_gives_what_was_stored(
    transpose: bool, flip_rows: bool, flip_columns: bool
) -> None:
    turn = Turn(transpose, flip_rows, flip_columns)
    stored = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    np.testing.assert_array_equal(turn.undo(turn.apply(stored)), stored)


def test_a_turn_transposes_before_it_flips() -> None:
    stored = np.array([[1, 2], [3, 4]])
    turned = Turn(transpose=True, flip_rows=True).apply(stored)
    np.testing.assert_array_equal(turned, [[2, 4], [1, 3]])


def test_a_volume_has_one_slice_a_position_and_cannot_be_written() -> None:
    made = volume()
    assert len(made) == 3
    with pytest.raises(ValueError, match="read-only"):
        made.hu[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hu": np.zeros((3, 4, 5), np.float32)}, "hu must be int16"),
        ({"hu": np.zeros((4, 5), np.int16)}, "hu must be int16"),
        ({"hu": np.zeros((3, 0, 5), np.int16)}, "not empty"),
        ({"sop_instance_uids": ("1", "2")}, "one entry a slice"),
        ({"positions_mm": np.array([0.0, 5.0])}, "one entry a slice"),
        ({"instance_numbers": (1, 2)}, "one entry a slice, or none"),
        ({"spacing_mm": (0.0, 0.5, 0.5)}, "spacing_mm must be positive"),
        ({"spacing_mm": (np.nan, 0.5, 0.5)}, "spacing_mm must be positive"),
        ({"positions_mm": np.array([0.0, 5.0, 5.0])}, "rise from feet to head"),
        ({"positions_mm": np.array([10.0, 5.0, 0.0])}, "rise from feet to head"),
    ],
)
def test_a_volume_that_does_not_fit_together_is_refused(
    changes: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        volume(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probability": float("nan")}, "finite and in"),
        ({"probability": 1.01}, "finite and in"),
        ({"findings": {"hemorrhage": -0.1}}, "finite and in"),
        ({"slice_scores": np.array([0, np.nan, 1], np.float32)}, "finite and in"),
        ({"heatmap": np.full((3, 2, 2), np.inf, np.float16)}, "finite and in"),
        ({"heatmap": np.zeros((2, 2, 2), np.float16)}, "one map a slice score"),
        ({"heatmap": np.zeros((3, 4), np.float16)}, "one map a slice score"),
        ({"subtype_maps": {"subdural": np.full((3, 2, 2), 2, np.float16)}}, "finite and in"),
        ({"subtype_maps": {"subdural": np.zeros((3, 4, 2), np.float16)}}, "have one shape"),
    ],
)
def test_a_prediction_out_of_bounds_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prediction(**changes)


def test_a_probability_at_the_threshold_is_flagged() -> None:
    assert prediction(probability=0.42).flagged
    assert not prediction(probability=0.4199).flagged


def test_states_are_stored_in_the_words_people_read() -> None:
    assert [str(state) for state in ScreeningState] == [
        "received",
        "queued",
        "screening",
        "screened",
        "not screened",
    ]
    assert [str(state) for state in ReviewState] == ["unread", "in review", "agreed", "disagreed"]
