"""The spot that a learner marked in a viewer: sent with the truth, and checked when it comes."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ichdash.lessons import Spot

if TYPE_CHECKING:
    from ichdash.web.viewer import SpotScene


def sent(scene: SpotScene, name: str) -> dict[str, Any]:
    """What the viewer draws and whether a click marks; the truth is in it only where given."""
    truth = scene.truth
    outline = None
    if truth is not None:
        bits = base64.b64encode(np.packbits(truth).tobytes()).decode("ascii")
        outline = {"shape": list(truth.shape), "bits": bits}
    return {
        "name": name,
        "isOpen": scene.is_open,
        "mark": _told(scene.mark) if scene.mark else None,
        "truth": [{**_told(spot), "radius": spot.radius} for spot in scene.places],
        "outline": outline,
    }


def mark(told: object, name: str, meta: Mapping[str, Any]) -> Spot | None:
    """The mark that a viewer tells of the scene `name`; None where it is not one on a slice."""
    if not isinstance(told, Mapping) or told.get("name") != name:
        return None
    try:
        found = told["mark"]
        spot = Spot(int(found["slice"]), float(found["x"]), float(found["y"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    is_inside = 0 <= spot.x < meta["columns"] and 0 <= spot.y < meta["rows"]
    return spot if is_inside and spot.slice_index < meta["slices"] else None


def _told(spot: Spot) -> dict[str, float]:
    return {"slice": spot.slice_index, "x": spot.x, "y": spot.y}
