"""What a presenter's browser tells is checked before others are led by it."""

from __future__ import annotations

from typing import Any

import pytest

from ichdash.domain import Window
from ichdash.store import View
from ichdash.web.sessions import link

NAME = "session case 1 1"
TOLD: dict[str, Any] = {
    "name": NAME,
    "slice": 12,
    "window": {"name": "own", "center": 41.5, "width": 77},
}


def test_a_slice_and_a_window_are_taken_as_they_are_told() -> None:
    assert link.view_of(TOLD, NAME) == View(12, "own", Window(41.5, 77.0))


def test_what_is_told_of_another_case_leads_nobody() -> None:
    assert link.view_of(TOLD, "session case 2 1") is None


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
    ],
    ids=repr,
)
def test_what_is_no_view_leads_nobody(change: dict[str, Any]) -> None:
    assert link.view_of(TOLD | change, NAME) is None


def test_a_long_name_of_a_window_is_cut() -> None:
    told = TOLD | {"window": {"name": "x" * 500, "center": 40, "width": 80}}
    found = link.view_of(told, NAME)
    assert found is not None and len(found.window_name) == link.NAME_LENGTH
