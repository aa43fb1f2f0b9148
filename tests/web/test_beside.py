"""A second stack beside the image: what can be chosen, and what is said where it cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import ButtonGroup

from ichdash.intake import take_in
from ichdash.screening import screen_claimed
from ichdash.store import Store
from ichdash.web import session
from ichdash.web.case.beside import Choice
from tests.samples import ConstantDetector, claimed, write_head
from tests.web import seeding
from tests.web.test_case_page import STUDY, open_case, store, text_of

__all__ = ["store"]  # the fixture

EARLIER = "1.2.840.2"
SERIES_9 = "series 3 “BONE 1.0”, 1 to 120 of 160"


def sent(at: AppTest) -> dict[str, Any]:
    """What the viewer gets."""
    viewers = [json.loads(each.proto.json) for each in at.get("bidi_component")]
    (found,) = [each for each in viewers if "beside" in each]
    return dict(found)


def labels(at: AppTest) -> list[str]:
    return [option.replace("\\", "") for option in pills(at).options]


def pills(at: AppTest) -> ButtonGroup[Choice]:
    (found,) = [each for each in at.button_group if each.label == "Beside the image"]
    return found


def choose(at: AppTest, number: int) -> AppTest:
    pills(at).set_value(Choice(labels(at)[number], STUDY)).run()  # told by what it is called
    assert not at.exception
    return at


def two_studies(store: Store) -> None:
    earlier = replace(seeding.PATIENT, acquired_at=seeding.PATIENT.acquired_at.replace(month=10))
    seeding.screened(store, EARLIER, 0.12, earlier)
    seeding.screened(store, STUDY, 0.91)


def test_nothing_is_beside_the_image_at_first(store: Store) -> None:
    two_studies(store)
    assert sent(open_case())["beside"] is None


def test_series_left_out_come_in_parts_and_then_the_patients_other_studies(store: Store) -> None:
    two_studies(store)
    assert labels(open_case()) == [
        SERIES_9,
        "series 3 “BONE 1.0”, 121 to 160 of 160",
        "study of 23 Oct 2026 09:41",
    ]


def test_an_earlier_study_stands_beside_with_its_own_identity(store: Store) -> None:
    two_studies(store)
    beside = sent(choose(open_case(), 2))["beside"]
    assert beside["lines"] == ["study of 23 Oct 2026 09:41", "Doe, Jane · 71 F", "00231", "A10231"]
    assert not beside["is_same_space"]
    assert beside["meta"]["slices"] == seeding.SLICES


def test_where_identity_is_hidden_nothing_beside_names_the_patient_either(store: Store) -> None:
    two_studies(store)
    at = open_case()
    at.toggle(key=session.HIDE_IDENTITY_KEY).set_value(True).run()
    assert labels(at)[0] == "series 3, 1 to 120 of 160"
    assert sent(choose(at, 2))["beside"]["lines"] == ["study of 23 Oct 2026 09:41"]


def test_scans_of_one_series_can_be_told_apart_also_where_identity_is_hidden(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_two = replace(seeding.VERDICTS[1], slices=34)
    verdicts = [
        replace(of_two, description="BONE (pass 1)", part="pass 1"),
        replace(of_two, description="BONE (pass 2)", part="pass 2"),
        replace(of_two, description="COR", is_stackable=False),
    ]
    monkeypatch.setattr(seeding, "VERDICTS", (seeding.VERDICTS[0], *verdicts))
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    assert labels(at) == [
        "series 3 “BONE (pass 1)”, 34 slices",
        "series 3 “BONE (pass 2)”, 34 slices",
    ]
    at.toggle(key=session.HIDE_IDENTITY_KEY).set_value(True).run()
    assert labels(at) == ["series 3, 34 slices", "series 3, 34 slices (2)"]


def test_hiding_identity_keeps_what_was_chosen_and_packs_nothing_anew(
    store: Store, tmp_path: Path
) -> None:
    write_head(tmp_path / "head")
    for path in sorted((tmp_path / "head").iterdir()):
        ds = pydicom.dcmread(path)
        ds.SeriesInstanceUID, ds.SeriesDescription = "2.25.1001.2", "BONE DOE"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ds.SOPInstanceUID}.2"
        ds.save_as(path.with_name(f"second {path.name}"))
    take_in([tmp_path / "head"], store, "upload", seeding.NOW)
    screen_claimed(store, ConstantDetector(), claimed(store), lambda: seeding.NOW)
    at = open_case("2.25.1001")
    pills(at).set_value(Choice(labels(at)[0], "")).run()
    shown = sent(at)["beside"]
    assert "BONE DOE" in shown["lines"][0]
    for path in store.files.originals("2.25.1001"):
        path.unlink()  # packed anew, there would be nothing
    at.toggle(key=session.HIDE_IDENTITY_KEY).set_value(True).run()
    hidden = sent(at)["beside"]
    assert hidden is not None and hidden["url"] == shown["url"]
    assert "DOE" not in hidden["lines"][0]
    assert pills(at).value == Choice("", "2.25.1001", "2.25.1001.2", "", 0, 20)
    assert sent(at.run())["beside"] == hidden


def test_a_series_that_cannot_be_shown_is_told_and_the_image_stays(store: Store) -> None:
    two_studies(store)
    at = choose(open_case(), 0)
    assert "No file of this series is kept. Send the study again." in text_of(at).replace("\\", "")
    assert sent(at)["beside"] is None


def test_an_earlier_study_whose_images_are_gone_is_told(store: Store, tmp_path: Path) -> None:
    two_studies(store)
    at = open_case()
    for path in (tmp_path / "results").rglob("*"):
        if path.is_file() and EARLIER in str(path):
            path.unlink()
    said = text_of(choose(at, 2)).replace("\\", "")
    assert "cannot be shown beside the image. Its images are no longer stored." in said
