"""What a presenter's browser tells is checked before others are led by it."""

from __future__ import annotations

from typing import Any

import pytest

from ichdash.domain import Window
from ichdash.store import Pose, View
from ichdash.web.sessions import moves

NAME = "session case 1 1"
TOLD: dict[str, Any] = {
    "name": NAME,
    "slice": 12,
    "window": {"name": "own", "center": 41.5, "width": 77},
    "pose": {"zoom": 2, "across": 0.3, "down": 0.6, "turns": 1, "mirrored": True},
    "heat": True,
}


def test_a_view_is_taken_as_it_is_told_and_told_on_as_it_was_taken() -> None:
    view = View(12, "own", Window(41.5, 77.0), Pose(2, 0.3, 0.6, 1, True), is_heat_on=True)
    assert moves.view_of(TOLD, NAME) == view
    assert {"name": NAME, **moves.sent(view)} == TOLD


def test_a_case_is_known_by_the_name_of_its_scene_and_by_nothing_else() -> None:
    assert moves.case_named(moves.scene_name(3, 17)) == 3
    for other in ("session case x 1", "viewer 3 17", "session case 3 17;", 3, None):
        assert moves.case_named(other) is None


def test_what_is_told_of_another_case_leads_nobody() -> None:
    assert moves.view_of(TOLD, "session case 2 1") is None


@pytest.mark.parametrize(
    "change",
    [
        {"slice": -1},
        {"slice": 10_001},
        {"slice": "many"},
        {"slice": None},
        {"window": None},
        {"window": {"name": "own", "center": float("nan"), "width": 80}},
        {"window": {"name": "own", "center": 40, "width": 0}},
        {"window": {"name": "own", "center": 40, "width": float("inf")}},
        {"window": {"center": 40, "width": 80}},
        {"pose": None},
        {"pose": TOLD["pose"] | {"zoom": 0}},
        {"pose": TOLD["pose"] | {"zoom": float("nan")}},
        {"pose": TOLD["pose"] | {"across": float("nan")}},
        {"pose": TOLD["pose"] | {"down": 1e9}},
        {"pose": TOLD["pose"] | {"turns": 4}},
    ],
    ids=repr,
)
def test_what_is_no_view_leads_nobody(change: dict[str, Any]) -> None:
    assert moves.view_of(TOLD | change, NAME) is None


def test_a_long_name_of_a_window_is_cut() -> None:
    told = TOLD | {"window": {"name": "x" * 500, "center": 40, "width": 80}}
    found = moves.view_of(told, NAME)
    assert found is not None and len(found.window_name) == moves.NAME_LENGTH
