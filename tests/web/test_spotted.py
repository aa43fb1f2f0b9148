"""A learner's mark as a viewer tells it: taken only where it is one on a slice of this scene."""

from __future__ import annotations

import base64
import math

import numpy as np
import pytest

from ichdash.lessons import Spot
from ichdash.web.viewer import SpotScene, spotted

META = {"slices": 4, "rows": 8, "columns": 10}


def told(**mark: object) -> dict[str, object]:
    return {"name": "this", "mark": {"slice": 3, "x": 9.5, "y": 7.5, **mark}}


def test_a_mark_on_a_slice_is_taken() -> None:
    assert spotted.mark(told(), "this", META) == Spot(3, 9.5, 7.5)


@pytest.mark.parametrize(
    "other",
    [
        {"slice": 4},
        {"slice": -1},
        {"slice": "x"},
        {"x": 10.0},
        {"y": 8.0},
        {"x": -0.1},
        {"y": math.nan},
        {"x": math.inf},
        {"slice": math.inf},
        {"x": None},
    ],
)
def test_what_is_not_on_a_slice_is_not_taken(other: dict[str, object]) -> None:
    assert spotted.mark(told(**other), "this", META) is None


@pytest.mark.parametrize(
    "given", [None, 3, "mark", {}, {"name": "this"}, {"name": "this", "mark": 1}]
)
def test_what_is_no_mark_is_not_taken(given: object) -> None:
    assert spotted.mark(given, "this", META) is None


def test_a_mark_of_another_scene_is_not_taken() -> None:
    assert spotted.mark(told(), "that", META) is None


def test_the_places_of_a_tutor_are_taken_with_their_size_and_without_what_is_none() -> None:
    ring = {"slice": 3, "x": 9.5, "y": 7.5, "radius": 2.0}
    beside = {**ring, "x": 10.0}
    given = {"name": "this", "places": [ring, beside, 3, {**ring, "radius": -1.0}, None]}
    assert spotted.places(given, "this", META) == (Spot(3, 9.5, 7.5, 2.0),)
    assert spotted.places({"name": "this", "places": []}, "this", META) == ()


@pytest.mark.parametrize("given", [None, {}, told(), {"name": "that", "places": []}])
def test_what_tells_of_no_places_leaves_them_as_they_are(given: object) -> None:
    assert spotted.places(given, "this", META) is None


def test_the_truth_is_sent_only_where_it_is_given() -> None:
    blind = spotted.sent(SpotScene(is_open=True, mark=Spot(1, 2.0, 3.0)), "this")
    assert blind["isOpen"] and blind["mark"] == {"slice": 1, "x": 2.0, "y": 3.0}
    assert blind["truth"] == [] and blind["outline"] is None
    truth = np.zeros((1, 2, 4), np.bool_)
    truth[0, 0, 1] = True
    shown = spotted.sent(SpotScene(False, None, (Spot(0, 1.0, 1.0, 2.0),), truth), "this")
    assert shown["truth"] == [{"slice": 0, "x": 1.0, "y": 1.0, "radius": 2.0}]
    assert base64.b64decode(shown["outline"]["bits"]) == bytes([0b0100_0000])
    assert shown["outline"]["shape"] == [1, 2, 4]
