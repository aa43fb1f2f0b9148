"""Whose study it is: two patients are never shown as one because neither says who they are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ichdash.domain import StudyAttributes
from ichdash.store import Store
from tests.samples import JANE, NOW

NO_BIRTH_DATE = replace(JANE, birth_date="")


def others(store: Store, here: StudyAttributes, there: StudyAttributes) -> list[str]:
    """What stands as another study of the patient of `here`, where there is one of `there`."""
    store.receive("1.1", here, "upload", NOW)
    store.receive("1.2", there, "upload", NOW)
    return [study.study_uid for study in store.of_patient(store.study("1.1"))]


def test_studies_of_one_id_and_birth_date_are_of_one_patient_the_newest_first(
    store: Store,
) -> None:
    for uid, days in (("1.1", 0), ("1.2", 2), ("1.3", 1)):
        taken = replace(JANE, patient_name="", acquired_at=NOW + timedelta(days=days))
        store.receive(uid, taken, "upload", NOW)
    store.receive("1.4", replace(JANE, birth_date="1955-02-02"), "upload", NOW)
    store.receive("1.5", replace(JANE, patient_id="00232"), "upload", NOW)
    assert [study.study_uid for study in store.of_patient(store.study("1.1"))] == ["1.2", "1.3"]


def test_without_a_birth_date_the_name_must_be_the_same_too(store: Store) -> None:
    assert others(store, NO_BIRTH_DATE, NO_BIRTH_DATE) == ["1.2"]


@pytest.mark.parametrize(
    ("here", "there"),
    [("DOE, JANE", "DOE, JOHN"), ("DOE, JANE", ""), ("", ""), ("UNKNOWN", "UNKNOWN")],
)
def test_without_a_birth_date_and_a_name_that_tells_nothing_is_of_the_same_patient(
    store: Store, here: str, there: str
) -> None:
    one, two = (replace(NO_BIRTH_DATE, patient_name=name) for name in (here, there))
    assert others(store, one, two) == []


@pytest.mark.parametrize(
    "patient_id",
    (
        *("", " ", "-", "?", "0", "000-00-0000", "XXX", "None", "N/A", "null", "no ID"),
        *("ANONYMOUS", "anonymized", "Anon", "de-identified", "UNKNOWN", "Unknown Patient"),
    ),
)
def test_an_id_that_only_stands_in_for_one_is_of_no_patient(store: Store, patient_id: str) -> None:
    said = replace(JANE, patient_id=patient_id)
    assert others(store, said, said) == []


@pytest.mark.parametrize("patient_id", ["1", "ANON17", "X1", "NONE-17", "10000"])
def test_an_id_that_tells_patients_apart_is_one(store: Store, patient_id: str) -> None:
    said = replace(JANE, patient_id=patient_id)
    assert others(store, said, said) == ["1.2"]
