"""What the presenter's browser tells of where it is, checked before others are led by it.

It names a case by its number in the sessions and tells slice, window and how the slice lies:
nothing of a patient.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from ichdash.domain import Window
from ichdash.store import Pose, View

NAME_LENGTH = 20
MOST_SLICES = 10_000  # a viewer stays within its own volume
MOST_ZOOM = 100.0
FARTHEST = 100.0  # widths of a slice, from the slice to the middle of the screen
_SCENE = re.compile(r"session case (\d{1,9}) \d{1,9}")


def scene_name(case_id: int, screening_id: int) -> str:
    """What viewers and followers know a case by."""
    return f"session case {case_id} {screening_id}"


def case_named(name: object) -> int | None:
    """The case of a scene's name; None where it is no such name."""
    found = _SCENE.fullmatch(name) if isinstance(name, str) else None
    return int(found[1]) if found else None


def sent(view: View) -> dict[str, Any]:
    """A view as browsers are told of it."""
    window, pose = view.window, view.pose
    return {
        "slice": view.slice_index,
        "window": {"name": view.window_name, "center": window.center, "width": window.width},
        "pose": {
            "zoom": pose.zoom,
            "across": pose.across,
            "down": pose.down,
            "turns": pose.turns,
            "mirrored": pose.is_mirrored,
        },
        "heat": view.is_heat_on,
    }


def view_of(told: object, name: str) -> View | None:
    """What a browser tells of the scene `name`; None where it is not a view of it."""
    if not isinstance(told, Mapping) or told.get("name") != name:
        return None
    try:
        index, window, pose = int(told["slice"]), _window(told["window"]), _pose(told["pose"])
        window_name = str(told["window"]["name"])[:NAME_LENGTH]
        is_heat_on = told["heat"] is True
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not 0 <= index < MOST_SLICES:
        return None
    return View(index, window_name, window, pose, is_heat_on)


def _window(told: Any) -> Window:
    """Raises ValueError, TypeError or KeyError where it is none."""
    center, width = float(told["center"]), float(told["width"])
    if not (math.isfinite(center) and math.isfinite(width) and width > 0):
        raise ValueError("not a window")
    return Window(center, width)


def _pose(told: Any) -> Pose:
    """Raises ValueError, TypeError or KeyError where it is none."""
    zoom, across, down = (float(told[name]) for name in ("zoom", "across", "down"))
    turns = int(told["turns"])
    is_near = abs(across) <= FARTHEST and abs(down) <= FARTHEST  # neither is true of a NaN
    if not (0 < zoom <= MOST_ZOOM and is_near and 0 <= turns <= 3):
        raise ValueError("not a pose")
    return Pose(zoom, across, down, turns, told["mirrored"] is True)
