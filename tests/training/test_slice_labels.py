"""Slice labels: read from a CSV, and joined to slices by UID, else by instance number."""

from dataclasses import replace
from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.training import slice_labels
from ichdash.training.judging import Judged
from ichdash.training.slice_labels import SliceLabels, join
from tests.training.judgements import judged


def written(folder: Path, text: str) -> Path:
    path = folder / "slices.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_read_by_uid_and_by_study_and_instance_number(tmp_path: Path) -> None:
    text = "study_uid,sop_instance_uid,instance_number,hemorrhage\n1,1.1,2,0\n1,1.2,1,1\n"
    assert slice_labels.read(written(tmp_path, text)) == SliceLabels(
        {"1.1": False, "1.2": True}, {"1": {2: False, 1: True}}
    )


def test_labels_may_name_slices_in_one_way_alone(tmp_path: Path) -> None:
    by_uid = slice_labels.read(written(tmp_path, "sop_instance_uid,hemorrhage\n1.1,1\n"))
    assert by_uid == SliceLabels({"1.1": True}, {})
    text = "study_uid,instance_number,hemorrhage\n1,7,1\n"
    assert slice_labels.read(written(tmp_path, text)) == SliceLabels({}, {"1": {7: True}})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sop_instance_uid\n1\n", "slices.csv has no column hemorrhage."),
        (
            "study_uid,hemorrhage\n1,1\n",
            "slices.csv names its slices neither by sop_instance_uid nor by study_uid and "
            "instance_number.",
        ),
        (
            "sop_instance_uid,hemorrhage\n1.1,0\n1.2,yes\n",
            "slices.csv: row 3: hemorrhage='yes' is not 0 or 1.",
        ),
        (
            "study_uid,instance_number,hemorrhage\n1,first,0\n",
            "slices.csv: row 2: instance_number='first' is not a whole number.",
        ),
        (
            "sop_instance_uid,hemorrhage\n1.1,0\n1.1,1\n",
            "slices.csv: slice 1.1 stands twice, with different answers.",
        ),
        (
            "study_uid,instance_number,hemorrhage\n1,4,0\n1,4,1\n",
            "slices.csv: instance 4 of study 1 stands twice.",
        ),
    ],
    ids=["no answer", "no slice", "a word", "no number", "two answers", "twice"],
)
def test_labels_that_cannot_be_used_are_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        slice_labels.read(written(tmp_path, text))
    assert str(refused.value) == told


def test_labels_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "slices.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"^slices\.csv cannot be read as a CSV of slice labels"):
        slice_labels.read(path)


STUDY = replace(
    judged("1", True, 0.9),
    sop_instance_uids=("1.1", "1.2", "1.3"),
    instance_numbers=(3, 2, 1),
)
"""Three slices feet to head, numbered from the head."""


def by_number(*numbers: int, positive: int) -> SliceLabels:
    return SliceLabels({}, {"1": {number: number == positive for number in numbers}})


def test_slices_are_joined_by_uid_where_all_are_known() -> None:
    labels = SliceLabels({"1.1": False, "1.2": True, "1.3": False}, {"1": {1: True}})
    found, unknown = join([STUDY], labels)
    assert found["1"].tolist() == [False, True, False]
    assert unknown == {}


def test_slices_of_other_uids_are_joined_by_instance_number_whatever_its_direction() -> None:
    found, _ = join([STUDY], by_number(1, 2, 3, positive=3))
    assert found["1"].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("study", "labels", "told"),
    [
        (
            STUDY,
            SliceLabels({"1.1": True}, {}),
            "1 of its 3 slices are labelled by SOP instance UID",
        ),
        (STUDY, by_number(1, 2, positive=1), "it has 3 slices, but 2 are labelled"),
        (
            STUDY,
            by_number(2, 3, 4, positive=2),
            "its instance numbers are not those of the labelled slices",
        ),
        (
            replace(STUDY, instance_numbers=()),
            by_number(1, 2, 3, positive=1),
            "its instance numbers are not those of the labelled slices",
        ),
        (
            STUDY,
            by_number(1, 2, 3, positive=9),
            "none of its slices is labelled with hemorrhage",
        ),
        (
            replace(STUDY, sop_instance_uids=("1.1", "1.1", "1.1")),
            SliceLabels({"1.1": True}, {}),
            "3 of its 3 slices are labelled by SOP instance UID",
        ),
    ],
    ids=["few", "fewer", "other numbers", "no numbers", "no bleed", "frames of one instance"],
)
def test_a_study_that_cannot_be_joined_is_named_with_the_reason(
    study: Judged, labels: SliceLabels, told: str
) -> None:
    assert join([study], labels) == ({}, {"1": told})


def test_studies_without_hemorrhage_are_not_asked_for() -> None:
    assert join([replace(judged("1", False, 0.1))], SliceLabels({}, {})) == ({}, {})


def test_slices_of_two_series_are_told_by_their_uids(tmp_path: Path) -> None:
    path = tmp_path / "slices.csv"
    rows = "1.1,1,4,0\n1.2,1,4,1\n1.3,1,5,1\n"
    path.write_text("sop_instance_uid,study_uid,instance_number,hemorrhage\n" + rows)
    found = slice_labels.read(path)
    assert found.by_uid == {"1.1": False, "1.2": True, "1.3": True}
    assert found.by_number == {"1": {5: True}}
