"""The presenter's slice and window, up from one browser and down to the others.

A component without anything to see. What it tells is checked before it is kept: it comes from a
browser.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from ichdash.domain import Window
from ichdash.store import View

NAME_LENGTH = 20
MOST_SLICES = 10_000  # a viewer stays within its own volume
_mount = st.components.v2.component(
    "ichdash_link", js=Path(__file__).with_name("link.js").read_text(encoding="utf-8")
)


def show(
    name: str,
    key: str,
    *,
    leads: bool,
    follows: bool,
    moves: int,
    view: View | None,
    on_led: Callable[[], None],
) -> None:
    """Link the viewer that shows the scene `name`; `on_led` finds what it tells in the state of
    `key` under "led"."""
    data = {"name": name, "leads": leads, "follows": follows, "moves": moves, "view": _sent(view)}
    _mount(data=data, key=key, on_led_change=on_led)


def _sent(view: View | None) -> dict[str, Any] | None:
    if view is None:
        return None
    window = {"name": view.window_name, "center": view.window.center, "width": view.window.width}
    return {"slice": view.slice_index, "window": window}


def view_of(told: object, name: str) -> View | None:
    """What a browser tells of the scene `name`; None where it is not a view of it."""
    if not isinstance(told, Mapping) or told.get("name") != name:
        return None
    try:
        index, window = int(told["slice"]), told["window"]
        center, width = float(window["center"]), float(window["width"])
        window_name = str(window["name"])[:NAME_LENGTH]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not (
        0 <= index < MOST_SLICES and math.isfinite(center) and math.isfinite(width) and width > 0
    ):
        return None
    return View(index, window_name, Window(center, width))
