"""A case becomes a teaching file: its pictures and key, and nothing that names the patient."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from ichdash.lessons import NO_HEMORRHAGE, Spot
from ichdash.records import MeasureKind, Measurement, ReviewState
from ichdash.store import Store
from tests.web import seeding
from tests.web.conftest import said
from tests.web.test_case_page import open_case

STUDY = "1.2.840.1"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def measured(store: Store, reader: str) -> None:
    """An ellipse on the bleed."""
    corners = ((60.0, 40.0, 13.0), (72.0, 56.0, 13.0))
    region = Measurement("m1", MeasureKind.REGION, corners, reader, NOW)
    store.measurements.add(STUDY, f"{STUDY}.1", seeding.SLICES, [region])


def test_a_file_has_the_key_the_places_and_the_models_word(store: Store) -> None:
    seeding.screened(store, STUDY, 0.9)
    measured(store, "Doe, Jane")
    app = open_case(STUDY)
    app.text_input(key=f"teach {STUDY} title").set_value("A round one")
    app.multiselect(key=f"teach {STUDY} key").set_value(["intraparenchymal"])
    app.text_input(key=f"teach {STUDY} tags").set_value("round, deep,, round ")
    app.button(key=f"teach make {STUDY}").click().run()
    assert app.success[0].value == "The teaching file is under *Teaching*."
    (file,) = store.teaching.all()
    assert file.lesson.title == "A round one" and file.lesson.tags == ("round", "deep")
    assert file.lesson.spots == (Spot(13, 66.0, 48.0, 7.0),)
    assert file.ai is not None and file.ai.probability == 0.9 and not file.is_synthetic
    pictures = store.teaching.pictures(file.file_id)
    assert pictures.heatmap is not None and pictures.meta["order"][0] == seeding.SLICES // 2


def test_a_blind_second_reader_makes_a_file_without_the_first_ones_marks(store: Store) -> None:
    seeding.screened(store, STUDY, 0.9)
    store.add_review(STUDY, "Ada", ReviewState.AGREED, "", NOW, screening_id=1)
    store.second_reads.ask(STUDY, 1, "Ada", NOW)
    measured(store, "Ada")
    app = open_case(STUDY)  # as "reader 1"
    app.text_input(key=f"teach {STUDY} title").set_value("Blind")
    app.multiselect(key=f"teach {STUDY} key").set_value(["intraparenchymal"])
    app.button(key=f"teach make {STUDY}").click().run()
    assert store.teaching.all()[0].lesson.spots == ()


def test_a_key_of_no_hemorrhage_has_no_places(store: Store) -> None:
    seeding.screened(store, STUDY, 0.9)
    measured(store, "reader 1")
    app = open_case(STUDY)
    app.text_input(key=f"teach {STUDY} title").set_value("Looks like one")
    app.multiselect(key=f"teach {STUDY} key").set_value([NO_HEMORRHAGE])
    app.button(key=f"teach make {STUDY}").click().run()
    assert store.teaching.all()[0].lesson.spots == ()


@pytest.mark.parametrize(
    ("key", "named"),
    [([], "is empty"), ([NO_HEMORRHAGE, "subdural"], f"is {NO_HEMORRHAGE} and subdural")],
)
def test_a_key_is_chosen_and_does_not_contradict_itself(
    store: Store, key: list[str], named: str
) -> None:
    seeding.screened(store, STUDY, 0.9)
    app = open_case(STUDY)
    app.text_input(key=f"teach {STUDY} title").set_value("A round one")
    app.multiselect(key=f"teach {STUDY} key").set_value(key)
    app.button(key=f"teach make {STUDY}").click().run()
    assert f"The key of the teaching file {named}. It was not kept." in parts_of(app)
    assert store.teaching.all() == ()


def parts_of(app: AppTest) -> str:
    return "\n".join(each.value for each in app.error).replace("\\", "")


@pytest.mark.parametrize("typed", ["The bleed of DOE", "Jane's case", "case 00231", "A10231 again"])
def test_a_title_that_names_the_patient_is_refused(store: Store, typed: str) -> None:
    seeding.screened(store, STUDY, 0.9)
    app = open_case(STUDY)
    app.text_input(key=f"teach {STUDY} title").set_value(typed)
    app.multiselect(key=f"teach {STUDY} key").set_value(["subdural"])
    app.button(key=f"teach make {STUDY}").click().run()
    assert "holds the patient's name, ID or accession number" in parts_of(app)
    assert store.teaching.all() == ()


def test_without_a_title_nothing_is_made(store: Store) -> None:
    seeding.screened(store, STUDY, 0.9)
    app = open_case(STUDY)
    app.button(key=f"teach make {STUDY}").click().run()
    assert "has no title. It was not kept. Type one." in app.error[-1].value.replace("\\", "")
    assert store.teaching.all() == ()


def test_a_study_that_was_not_screened_offers_no_teaching_file(store: Store) -> None:
    seeding.not_screened(store, STUDY, "One series, modality MR. Only CT is screened.")
    app = open_case(STUDY)
    assert "not screened" in said(app)
    assert f"teach make {STUDY}" not in [button.key for button in app.button]
