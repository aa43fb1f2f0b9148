"""What is sent to the viewer: the address of the volume, the evidence, and the map as it is."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from ichdash.imaging import display
from ichdash.screening import subtypes_of
from ichdash.web import viewer
from tests.web import seeding


def scene() -> viewer.Scene:
    volume = seeding.head_volume("1.2.3")
    found = seeding.prediction(0.5, volume)
    return viewer.Scene(
        name="1.2.3 1",
        display=display.encode(volume),
        slice_scores=tuple(float(score) for score in found.slice_scores),
        heatmap=found.heatmap,
        subtypes=subtypes_of(found),
        identity=("Doe, Jane", "A10231"),
        notice="Not for diagnostic use · ich-test",
    )


IMPORTS = """
from dataclasses import replace
import streamlit as st
from ichdash.web import viewer
from tests.web.test_viewer import scene
"""
VIEWER = """
st.button("again", key="again")
viewer.show(scene(), key="viewer")
"""
TWO_SCREENINGS = """
viewer.show(scene(), key="one")
viewer.show(replace(scene(), name="1.2.3 2"), key="other")
"""
NO_SCORES = """
viewer.show(replace(scene(), slice_scores=(), heatmap=None, subtypes=None), key="viewer")
"""


def run(page: str) -> AppTest:
    at = AppTest.from_string(IMPORTS + page, default_timeout=20).run()
    assert not at.exception
    return at


def sent(at: AppTest) -> dict[str, Any]:
    """What the browser gets beside the script."""
    (component,) = at.get("bidi_component")
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


def test_the_three_slices_with_most_evidence_come_by_falling_score() -> None:
    assert viewer.most_evidence((0.1, 0.9, 0.3, 0.9, 0.2)) == [1, 3, 2]


def test_a_single_slice_and_no_score_at_all_are_evidence_too() -> None:
    assert viewer.most_evidence((0.4,)) == [0]
    assert viewer.most_evidence(()) == []


def test_the_viewer_starts_at_the_slice_with_most_evidence() -> None:
    data = sent(run(VIEWER))
    assert data["start"] == seeding.BLEED_SLICE
    assert data["evidence"][0] == seeding.BLEED_SLICE
    assert data["identity"] == ["Doe, Jane", "A10231"]


def test_the_volume_is_sent_as_an_address_that_a_rerun_keeps() -> None:
    at = run(VIEWER)
    data = sent(at)
    assert re.search(r"/media/[0-9a-f]+\.bin$", data["url"])
    at.button(key="again").click().run()
    assert sent(at) == data


def test_two_screenings_of_the_same_images_have_addresses_of_their_own() -> None:
    components = run(TWO_SCREENINGS).get("bidi_component")
    one, other = (json.loads(component.proto.json)["url"] for component in components)
    assert one != other


def test_the_heatmap_keeps_its_absolute_scale() -> None:
    heatmap = scene().heatmap
    assert heatmap is not None
    data = sent(run(VIEWER))
    assert data["heatmap"]["shape"] == list(heatmap.shape)
    levels = np.frombuffer(zlib.decompress(base64.b64decode(data["heatmap"]["values"])), np.uint8)
    np.testing.assert_allclose(levels.reshape(heatmap.shape) / 255, heatmap, atol=0.5 / 255 + 1e-3)
    assert levels.max() < 128  # a map that peaks at 0.5 is not stretched to the whole scale


def test_the_heatmaps_of_subtypes_wait_at_an_address_of_their_own() -> None:
    data = sent(run(VIEWER))
    assert data["subtypes"]["findings"] == ["subdural", "epidural"]
    assert data["subtypes"]["shape"] == [2, *data["heatmap"]["shape"]]
    assert data["subtypes"]["url"] not in ("", data["url"])
    assert sent(run(NO_SCORES))["subtypes"] is None


def test_without_scores_the_viewer_starts_in_the_middle() -> None:
    data = sent(run(NO_SCORES))
    assert (data["start"], data["evidence"], data["heatmap"]) == (seeding.SLICES // 2, [], None)


def test_scripts_and_styles_load_nothing_from_elsewhere() -> None:
    for path in sorted(Path(viewer.FOLDER).glob("*.*s*")):
        assert "http" not in path.read_text().lower().replace("(http ${", ""), path.name
        assert "@import" not in path.read_text(), path.name


def test_every_script_of_the_folder_is_joined() -> None:
    assert {path.stem for path in viewer.FOLDER.glob("*.js")} == set(viewer.SCRIPTS)
