"""Labels and cases: what a CSV of study-level labels may say, and what is refused by name."""

import re
from pathlib import Path

import numpy as np
import pytest

from ichdash.errors import InputError
from ichdash.imaging import preprocess
from ichdash.training.cases import Labels, prepare, read_labels
from tests.samples import write_head


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_text(text, encoding=encoding)
    return path


def refused(folder: Path, text: str, encoding: str = "utf-8") -> str:
    with pytest.raises(InputError) as told:
        read_labels(written(folder, text, encoding))
    return str(told.value)


def labels(uid: str, **findings: bool | None) -> Labels:
    return Labels(uid, f"patient of {uid}", findings)


def silent(done: int, total: int) -> None:
    """Nobody looks at the progress."""


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
def test_a_study_without_a_patient_is_its_own_patient(tmp_path: Path, text: str) -> None:
    assert read_labels(written(tmp_path, text))[0].patient_id == "1.2"


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
        ("uid,hemorrhage", "labels.csv has no column study_uid."),
        ("uid,bleed", "labels.csv has no column study_uid and no column hemorrhage."),
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
    assert [each.patient_id for each in found] == ["P1", "P1", "1.4"]


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


def test_a_study_becomes_a_case_with_its_targets_in_order(tmp_path: Path) -> None:
    uid = write_head(tmp_path)
    wanted = [labels(uid, subdural=True, hemorrhage=True)]
    (case,) = prepare(tmp_path, wanted, ("hemorrhage", "epidural", "subdural"), 32, silent)
    np.testing.assert_array_equal(case.targets, np.array([1, np.nan, 1], np.float32))
    assert (case.study_uid, case.patient_id, case.slices) == (uid, f"patient of {uid}", 10)


def test_a_case_holds_what_screening_would_see(tmp_path: Path) -> None:
    uid = write_head(tmp_path)
    (case,) = prepare(tmp_path, [labels(uid, hemorrhage=False)], ("hemorrhage",), 32, silent)
    assert case.hu.shape == (10, 32, 32)
    assert case.step_mm == preprocess.FIELD_MM / 32
    assert case.slab_mm == pytest.approx(12, abs=0.01)


def test_studies_that_cannot_be_used_are_told_with_their_reasons(tmp_path: Path) -> None:
    uid = write_head(tmp_path)
    wanted = [labels(name, hemorrhage=False) for name in ("1.7", uid, "1.8")]
    told = "2 labelled studies cannot be used: 1.7: not in the folder; 1.8: not in the folder"
    with pytest.raises(InputError, match=re.escape(told)):
        prepare(tmp_path, wanted, ("hemorrhage",), 32, silent)


def test_a_label_without_an_answer_to_hemorrhage_is_not_known() -> None:
    assert not Labels("1.2", "P1", {"hemorrhage": None, "subdural": False}).is_known
    assert Labels("1.3", "P1", {"hemorrhage": False}).is_known
