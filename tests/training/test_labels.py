"""Labels: what a CSV of study-level labels may say, and what is refused by name."""

from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.training.labels import Labels, read_labels


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding=encoding)
    return path


def refused(folder: Path, text: str, encoding: str = "utf-8") -> str:
    with pytest.raises(InputError) as told:
        read_labels(written(folder, text, encoding))
    return str(told.value)


def test_labels_read_back_as_they_were_written(tmp_path: Path) -> None:
    text = "study_uid,patient_id,hemorrhage,subdural\n1.2,P1,1,0\n1.3,P2,0,0\n"
    assert read_labels(written(tmp_path, text)) == (
        Labels("1.2", "P1", {"hemorrhage": True, "subdural": False}),
        Labels("1.3", "P2", {"hemorrhage": False, "subdural": False}),
    )


def test_an_empty_value_is_unknown(tmp_path: Path) -> None:
    (found,) = read_labels(written(tmp_path, "study_uid,hemorrhage,subdural\n1.2,1,\n"))
    assert found.findings == {"hemorrhage": True, "subdural": None}


@pytest.mark.parametrize(
    "text", ["study_uid,hemorrhage\n1.2,1\n", "study_uid,patient_id,hemorrhage\n1.2,,1\n"]
)
def test_labels_need_not_name_the_patient(tmp_path: Path, text: str) -> None:
    assert read_labels(written(tmp_path, text))[0].patient_id == ""


def test_a_study_may_be_named_by_its_accession_number(tmp_path: Path) -> None:
    text = "accession_number,study_uid,hemorrhage\nA7,,1\nA8,1.2,0\n"
    first, second = read_labels(written(tmp_path, text))
    assert (first.study_uid, first.accession_number, first.name) == (
        "",
        "A7",
        "accession number A7",
    )
    assert (second.study_uid, second.name) == ("1.2", "1.2")


def test_an_accession_number_that_stands_twice_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "accession_number,hemorrhage\nA7,1\nA8,0\nA7,0\n") == (
        "labels.csv: accession number A7 stands 2 times. Nothing was trained or evaluated."
    )


def test_a_row_with_more_values_than_columns_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "study_uid,hemorrhage\n1.2,1\n1.3,0,1\n") == (
        "labels.csv: row 3: more values than columns. Nothing was trained or evaluated."
    )


def test_a_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, "study_uid,hemorrhage,hemorrhage\n1.2,1,0\n")
    assert told == "labels.csv has more than one column hemorrhage."


def test_only_columns_that_are_asked_for_are_looked_at(tmp_path: Path) -> None:
    path = written(tmp_path, "study_uid,hemorrhage,scanner,shift\n1.2,1,GE,0\n")
    assert read_labels(path, ("hemorrhage", "shift"))[0].findings == {
        "hemorrhage": True,
        "shift": False,
    }


def test_columns_that_describe_the_study_are_no_findings(tmp_path: Path) -> None:
    text = "study_uid,folder,slices,accession_number,hemorrhage\n1.2,CT-1,34,A7,0\n"
    assert read_labels(written(tmp_path, text))[0].findings == {"hemorrhage": False}


def test_the_mark_that_spreadsheets_put_first_is_no_part_of_a_column(tmp_path: Path) -> None:
    path = written(tmp_path, "study_uid,hemorrhage\n1.2,1\n", encoding="utf-8-sig")
    assert read_labels(path)[0].study_uid == "1.2"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("study_uid,subdural", "labels.csv has no column hemorrhage."),
        ("uid,hemorrhage", "labels.csv has no column study_uid or accession_number."),
        (
            "uid,bleed",
            "labels.csv has no column study_uid or accession_number and no column hemorrhage.",
        ),
    ],
)
def test_a_missing_column_is_told_by_name(tmp_path: Path, header: str, told: str) -> None:
    assert refused(tmp_path, f"{header}\n1.2,1\n") == told


def test_a_value_that_is_no_answer_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path, "study_uid,hemorrhage\n1.2,yes\n") == (
        "labels.csv: row 2: hemorrhage='yes' is not 0, 1 or empty. "
        "Nothing was trained or evaluated."
    )


def test_a_row_without_a_study_is_told(tmp_path: Path) -> None:
    assert "row 3: study_uid is empty" in refused(tmp_path, "study_uid,hemorrhage\n1.2,1\n,0\n")
    told = refused(tmp_path, "study_uid,accession_number,hemorrhage\n1.2,,1\n,,0\n")
    assert "row 3: study_uid and accession_number is empty" in told


def test_a_study_that_stands_twice_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, "study_uid,hemorrhage\n1.2,1\n1.3,0\n1.2,0\n")
    assert "1.2 stands 2 times" in told


def test_a_subtype_without_hemorrhage_is_told(tmp_path: Path) -> None:
    text = "study_uid,hemorrhage,subdural,fracture\n1.2,0,1,0\n1.3,0,0,1\n1.4,,1,0\n"
    assert refused(tmp_path, text) == (
        "labels.csv: row 2: hemorrhage=0, but subdural is 1. Nothing was trained or evaluated."
    )


def test_blanks_around_a_patient_id_make_no_other_patient(tmp_path: Path) -> None:
    text = "study_uid,patient_id,hemorrhage\n1.2,P1,1\n1.3,P1 ,0\n1.4, ,0\n"
    found = read_labels(written(tmp_path, text))
    assert [each.patient_id for each in found] == ["P1", "P1", ""]


def test_every_bad_row_is_told_at_once(tmp_path: Path) -> None:
    text = "study_uid,hemorrhage,subdural\n1.2,2,x\n,0,0\n1.3,0,0\n1.4,maybe,0\n1.3,0,0\n"
    assert refused(tmp_path, text) == (
        "labels.csv: row 2: hemorrhage='2', subdural='x' is not 0, 1 or empty; "
        "row 3: study_uid is empty; row 5: hemorrhage='maybe' is not 0, 1 or empty; "
        "1.3 stands 2 times. Nothing was trained or evaluated."
    )


def test_a_file_of_another_encoding_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, "study_uid,hemorrhage\n1.2,1\n", encoding="utf-16")
    assert told.startswith("labels.csv cannot be read as a CSV of labels: 'utf-8' codec")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.csv cannot be read as a CSV of labels"):
        read_labels(tmp_path / "labels.csv")


def test_a_label_without_an_answer_to_hemorrhage_is_not_known() -> None:
    assert not Labels("1.2", "P1", {"hemorrhage": None, "subdural": False}).is_known
    assert Labels("1.3", "P1", {"hemorrhage": False}).is_known
