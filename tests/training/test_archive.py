"""Which study of a folder a row of labels means, and which patient's it is."""

from dataclasses import replace

import pytest

from ichdash.dicom.reading import Study
from ichdash.domain import StudyAttributes
from ichdash.training import archive
from ichdash.training.archive import Entry, match
from ichdash.training.labels import Labels

HERE = (Entry("1.2", "A2", "p"), Entry("1.3", "A3", "p"), Entry("1.4", "A4", ""))


def row(uid: str = "", accession: str = "", patient: str = "") -> Labels:
    return Labels(uid, patient, {"hemorrhage": True}, accession)


def test_a_row_means_the_study_of_its_uid() -> None:
    (found,) = match([row("1.3", accession="another hospital's")], HERE)
    assert (found.label.study_uid, found.reason) == ("1.3", "")


def test_a_row_without_a_uid_means_the_study_of_its_accession_number() -> None:
    assert [each.label.study_uid for each in match([row("", "A4"), row("", "A2")], HERE)] == [
        "1.4",
        "1.2",
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row("1.9")], ["not in the folder"]),
        ([row("", "A9")], ["not in the folder"]),
        ([row("1.9", "A2")], ["not in the folder"]),
        ([row("", "A2")], ["stands on 2 studies of the folder (1.2, 1.5)"]),
        ([row("1.3"), row("", "A3")], ["study 1.3 stands in 2 rows"] * 2),
    ],
    ids=["uid", "accession number", "uid before accession number", "two studies", "two rows"],
)
def test_a_row_that_means_no_one_study_is_told(rows: list[Labels], told: list[str]) -> None:
    found = match(rows, (*HERE, Entry("1.5", "A2", "q")))
    assert [each.reason for each in found] == told
    assert all(each.label.patient_id for each in found)


def patients(*rows: Labels) -> list[str]:
    return [each.label.patient_id for each in match(rows, HERE)]


def test_without_labels_of_patients_the_header_tells_who_is_the_same() -> None:
    first, second, other = patients(row("1.2"), row("1.3"), row("1.4"))
    assert first == second != other


def test_the_labels_decide_whose_a_study_is() -> None:
    assert patients(row("1.2", patient="P1"), row("1.3", patient="P2")) == ["P1", "P2"]


def test_a_study_without_a_labelled_patient_goes_to_that_of_its_header() -> None:
    assert patients(row("1.2"), row("1.3", patient="P2")) == ["P2", "P2"]


def test_studies_without_any_patient_are_each_their_own() -> None:
    found = match([row("1.4"), row("1.5")], (*HERE, Entry("1.5", "A5", "")))
    assert [each.label.patient_id for each in found] == ["1.4", "1.5"]


def test_a_patient_is_known_by_the_header_before_the_labels() -> None:
    assert match([row("1.2", patient="P1")], HERE)[0].patient == "p"
    assert match([row("1.4", patient="P1")], HERE)[0].patient == archive.pseudonym("P1")
    assert match([row("1.4")], HERE)[0].patient == ""


def test_a_patient_id_that_several_patients_share_names_none() -> None:
    rows = [row("1.2", patient="P1"), row("1.3", patient="P2"), row("1.5")]
    found = match(rows, (*HERE, Entry("1.5", "A5", "p")))
    assert [each.patient for each in found] == [archive.pseudonym(n) for n in ("P1", "P2", "")]
    assert [each.label.patient_id for each in found] == ["P1", "P2", "1.5"]


def test_a_pseudonym_tells_patients_apart_and_not_who_they_are() -> None:
    study = Study("1.2", StudyAttributes(patient_id="00231", accession_number="A1"), ())
    found = archive.entry(study)
    other = archive.entry(replace(study, attributes=StudyAttributes(patient_id="00232")))
    assert (found.study_uid, found.accession_number) == ("1.2", "A1")
    assert found.patient == archive.pseudonym("00231") != other.patient
    assert "00231" not in found.patient
    assert archive.pseudonym("") == ""
