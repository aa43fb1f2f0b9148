"""What is marked in a viewer, by a learner or by a tutor: sent, and checked when it comes back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ichdash.lessons import Spot

if TYPE_CHECKING:
    from ichdash.web.viewer import SpotScene

MOST = 100
"""Places that are looked at; no case has as many."""


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
        "isEdited": scene.is_edited,
        "mark": _told(scene.mark) if scene.mark else None,
        "truth": [{**_told(spot), "radius": spot.radius} for spot in scene.places],
        "outline": outline,
    }


def mark(told: object, name: str, meta: Mapping[str, Any]) -> Spot | None:
    """The mark that a viewer tells of the scene `name`; None where it is not one on a slice."""
    if not isinstance(told, Mapping) or told.get("name") != name:
        return None
    spot = _spot(told.get("mark"), meta)
    return replace(spot, radius=0.0) if spot else None


def places(told: object, name: str, meta: Mapping[str, Any]) -> tuple[Spot, ...] | None:
    """The places of a key that a viewer tells of the scene `name`, without what is not on a slice;
    None where it tells of something else."""
    if not isinstance(told, Mapping) or told.get("name") != name:
        return None
    found = told.get("places")
    if not isinstance(found, list):
        return None
    return tuple(spot for each in found[:MOST] if (spot := _spot(each, meta)))


def _spot(found: object, meta: Mapping[str, Any]) -> Spot | None:
    if not isinstance(found, Mapping):
        return None
    try:
        radius = float(found.get("radius", 0.0))
        spot = Spot(int(found["slice"]), float(found["x"]), float(found["y"]), radius)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    is_inside = 0 <= spot.x < meta["columns"] and 0 <= spot.y < meta["rows"]
    return spot if is_inside and spot.slice_index < meta["slices"] else None


def _told(spot: Spot) -> dict[str, float]:
    return {"slice": spot.slice_index, "x": spot.x, "y": spot.y}
