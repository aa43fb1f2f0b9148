"""The image viewer: a canvas in the page that gets the volume once and scrolls without the server.

A rerun of the page sends a few lines of text at most. The volume itself goes through Streamlit's
media route under an address made of its content, so that the browser fetches it once and the page
keeps it; windows, zoom, heatmap and slices are then a matter of the browser alone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
from streamlit import runtime

from ichdash.domain import WINDOWS, FloatArray
from ichdash.imaging import maps
from ichdash.imaging.display import DisplayVolume
from ichdash.lessons import Spot
from ichdash.records import Measurement
from ichdash.store import SubtypeMaps
from ichdash.web.viewer import measured, spotted

FOLDER = Path(__file__).parent
SCRIPTS = (
    "unpacking",
    "volume",
    "view",
    "planes",
    "heat",
    "finding",
    "unkept",
    "measures",
    "values",
    "hematoma",
    "markings",
    "places",
    "spot",
    "lettering",
    "picture",
    "panes",
    "beside",
    "gestures",
    "keys",
    "cine",
    "strip",
    "panel",
    "lead",
    "reveal",
    "look",
    "viewer",
)
"""Joined in this order into one module, whose export is in the last; there is no build step."""

LOOK_FIRST = 3  # slices with most evidence that stand beside the image


@dataclass(frozen=True)
class Jump:
    """A wish from outside the image: the `count`-th one goes to `slice_index`."""

    slice_index: int = 0
    count: int = 0


@dataclass(frozen=True, eq=False)
class Beside:
    """A second stack that is shown beside a scene's."""

    name: str  # unique to what it shows
    display: DisplayVolume
    lines: tuple[str, ...]  # of the image corner: what it is, and whose
    is_same_space: bool  # as the scene's: positions mean the same place


@dataclass(frozen=True, eq=False)
class SpotScene:
    """Teaching: the spot that a learner marked, and the truth once it may be seen, or changed."""

    is_open: bool  # whether a click marks
    mark: Spot | None = None
    places: tuple[Spot, ...] = ()
    truth: npt.NDArray[np.bool_] | None = None  # (slices, h, w), covers the whole slice
    is_edited: bool = False  # whether the places are the tutor's to change


@dataclass(frozen=True, eq=False)
class Scene:
    """What the viewer shows of one screening of one study."""

    name: str  # unique to study and screening; keeps two equal volumes apart
    display: DisplayVolume
    slice_scores: tuple[float, ...] = ()  # (slices,) in [0, 1]; empty: no evidence to show
    heatmap: FloatArray | None = None  # (slices, h, w) in [0, 1], covers the whole slice
    subtypes: SubtypeMaps | None = None  # further heatmaps on the same scale
    identity: tuple[str, ...] = ()  # lines of the image corner; empty where identity is hidden
    notice: str = ""  # stands in the picture
    stage_height: str = "60vh"  # CSS length
    jump: Jump = field(default_factory=Jump)
    measurements: tuple[Measurement, ...] = ()
    heard: tuple[str, ...] = ()  # marks of the changes that need not be told again
    reader: str = ""
    beside: Beside | None = None
    start: int | None = None  # the slice to open at; None: most evidence, else the middle
    spot: SpotScene | None = None


def show(
    scene: Scene,
    key: str,
    on_measured: Callable[[], None] | None = None,
    on_spot: Callable[[], None] | None = None,
) -> bool:
    """Place the viewer; called again, it keeps slice, window and zoom of the same volume.

    Returns whether this viewer's first image is settled, drawn or known to fail; the page (or
    fragment) runs again when it is, so that heavier parts can wait for it, and when something was
    measured or marked, after `on_measured` or `on_spot`, which find it in the state of `key` under
    "measured" or "spot".
    """
    state = _component(
        data=_sent(scene, keeps=on_measured is not None),
        key=key,
        width="stretch",
        height="content",
        on_settled_change=_noted,
        on_measured_change=on_measured or _noted,
        on_spot_change=on_spot or _noted,
    )
    return bool(state.get("settled"))


def is_settled(key: str) -> bool:
    """What `show` returned last for this viewer; a page may ask before it places it."""
    return bool(st.session_state.get(key, {}).get("settled"))


def _noted() -> None:
    """Streamlit keeps a component's state only where somebody asks to be told of it."""


def most_evidence(slice_scores: tuple[float, ...]) -> list[int]:
    """The slices to look at first, by falling score; the lower slice first where scores tie."""
    by_score = sorted(range(len(slice_scores)), key=lambda index: -slice_scores[index])
    return by_score[:LOOK_FIRST]


def _sent(scene: Scene, *, keeps: bool) -> dict[str, Any]:
    evidence = most_evidence(scene.slice_scores)
    return {
        "url": _address(scene.name, scene.display.payload),
        "meta": scene.display.meta,
        "windows": _windows(),
        "scores": [round(score, 4) for score in scene.slice_scores],
        "evidence": evidence,
        "start": _start(scene, evidence),
        "heatmap": _packed(scene.heatmap),
        "subtypes": _subtypes(scene.name, scene.subtypes),
        "identity": list(scene.identity),
        "notice": scene.notice,
        "stage_height": scene.stage_height,
        "jump": {"slice": scene.jump.slice_index, "count": scene.jump.count},
        "name": scene.name,
        "measurements": measured.sent(scene.measurements, scene.reader),
        "heard": list(scene.heard),
        "reader": scene.reader,
        "keeps": keeps,
        "beside": _beside(scene.beside),
        "spot": spotted.sent(scene.spot, scene.name) if scene.spot else None,
    }


def _start(scene: Scene, evidence: list[int]) -> int:
    if scene.start is not None:
        return scene.start
    middle: int = scene.display.meta["slices"] // 2
    return evidence[0] if evidence else middle


def _beside(second: Beside | None) -> dict[str, Any] | None:
    if second is None:
        return None
    return {
        "url": _address(second.name, second.display.payload),
        "meta": second.display.meta,
        "lines": list(second.lines),
        "is_same_space": second.is_same_space,
    }


def _subtypes(name: str, found: SubtypeMaps | None) -> dict[str, Any] | None:
    """Fetched when one of them is asked for."""
    if found is None:
        return None
    url = _address(f"{name} subtypes", found.payload)
    return {"url": url, "findings": found.findings, "shape": found.shape}


def _address(name: str, payload: bytes) -> str:
    """Where the browser fetches what is too large for a message; the same content keeps it."""
    path = runtime.get_instance().media_file_mgr.add(
        payload,
        "application/octet-stream",
        coordinates=f"viewer {name}",
        file_name=name,
    )
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{path}" if base else path


def _windows() -> list[dict[str, Any]]:
    return [{"name": n, "center": w.center, "width": w.width} for n, w in WINDOWS.items()]


def _packed(heatmap: FloatArray | None) -> dict[str, Any] | None:
    if heatmap is None:
        return None
    packed = maps.pack(heatmap)
    values = base64.b64encode(packed.payload).decode("ascii")
    return {"shape": packed.shape, "values": values}


def _read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


_component = st.components.v2.component(
    "ichdash_viewer",
    html=_read("viewer.html"),
    css=_read("viewer.css"),
    js="\n".join(_read(f"{script}.js") for script in SCRIPTS),
)
