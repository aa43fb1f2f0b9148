"""The downloads of a case: what is offered, and what the key images say."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ichdash.store import Store, StoredInstance
from ichdash.web import session
from ichdash.web.case import export, slice_pictures, subject
from ichdash.web.worklist import view
from tests.web import seeding
from tests.web.test_case_page import STUDY, open_case, store

__all__ = ["store"]  # the fixture


def offered(at: AppTest) -> list[str]:
    labels = [each.proto.label for each in at.get("download_button")]
    return [label for label in labels if label != "Report (PDF)"]


def with_files(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    store.add_instances(STUDY, [StoredInstance("1.1", "1.2", "gone.dcm", 1, "")], seeding.NOW)


def test_study_key_images_and_an_anonymised_case_are_offered(store: Store) -> None:
    with_files(store)
    assert offered(open_case()) == ["Study (DICOM)", "Key images (PNG)", "Anonymised case"]


def test_where_identity_is_hidden_the_files_that_name_the_patient_are_not_offered(
    store: Store,
) -> None:
    with_files(store)
    at = open_case()
    at.toggle(key=session.HIDE_IDENTITY_KEY).set_value(True).run()
    assert offered(at) == ["Key images (PNG)", "Anonymised case"]


def test_a_fault_is_what_the_archive_holds(store: Store) -> None:
    with_files(store)
    content = export.as_it_came(STUDY)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [export.FAULT]
        assert archive.read(export.FAULT).decode() == (
            f"No file of study {STUDY} is kept. Send the study again."
        )


def pictures(store: Store, *, is_hidden: bool) -> dict[str, Image.Image]:
    case = subject.read(store, STUDY, view.query(seeding.NOW), seeding.NOW, None)
    with zipfile.ZipFile(io.BytesIO(export.key_images(case, is_hidden, None))) as archive:
        return {name: Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()}


def test_key_images_are_the_slices_to_look_at_first_plain_and_with_the_heatmap(
    store: Store,
) -> None:
    seeding.screened(store, STUDY, 0.91)
    found = pictures(store, is_hidden=False)
    first = seeding.BLEED_SLICE + 1
    assert list(found)[:2] == [f"slice {first:03d} plain.png", f"slice {first:03d} heatmap.png"]
    assert len(found) == 6
    plain, heated = (np.asarray(each.convert("RGB"), int) for each in list(found.values())[:2])
    assert np.ptp(plain, axis=2).max() < 30, "gray but for the letters"
    assert np.ptp(heated, axis=2).max() > 90


def test_the_patient_stands_on_key_images_only_where_identity_is_shown(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeding.screened(store, STUDY, 0.91)
    written: list[str] = []
    draw = slice_pictures.lettered

    def noted(picture: Image.Image, size, above, below) -> bytes:  # type: ignore[no-untyped-def]
        written.extend((*above, *below))
        return draw(picture, size, above, below)

    monkeypatch.setattr(slice_pictures, "lettered", noted)
    pictures(store, is_hidden=False)
    assert any("Doe, Jane" in line for line in written)
    assert any("Not for diagnostic use · ich-test" in line for line in written)
    written.clear()
    pictures(store, is_hidden=True)
    assert not any(word in line for line in written for word in ("Doe", "00231", "A10231"))
