"""Slices of studies with hemorrhage against slice labels: for figures, never for training."""

from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.training import slice_figures

TRUTH = {"a1": False, "a2": True, "a3": False, "b1": True, "b2": False}


def labels(folder: Path, text: str) -> Path:
    path = folder / "slices.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_read_by_sop_instance_uid(tmp_path: Path) -> None:
    path = labels(tmp_path, "study_uid,sop_instance_uid,hemorrhage\n1,1.1,0\n1,1.2,1\n")
    assert slice_figures.read_labels(path) == {"1.1": False, "1.2": True}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("study_uid\n1\n", "slices.csv has no column sop_instance_uid and no column hemorrhage."),
        (
            "sop_instance_uid,hemorrhage\n1.1,0\n1.2,yes\n",
            "slices.csv: row 3: hemorrhage='yes' is not 0 or 1.",
        ),
    ],
    ids=["no column", "a word"],
)
def test_labels_that_cannot_be_used_are_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        slice_figures.read_labels(labels(tmp_path, text))
    assert str(refused.value) == told


def test_labels_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "slices.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"^slices\.csv cannot be read as a CSV of slice labels"):
        slice_figures.read_labels(path)


@pytest.mark.usefixtures("few_resamples")
def test_slices_are_ranked_over_all_studies() -> None:
    """Five of six pairs of a slice with and one without are in order."""
    studies = [{"a1": 0.1, "a2": 0.9, "a3": 0.2}, {"b1": 0.15, "b2": 0.05}]
    found = slice_figures.figures(studies, TRUTH)
    assert found["auc_of_slices"].value == pytest.approx(5 / 6)
    assert found["auc_of_slices"].low <= 5 / 6 <= found["auc_of_slices"].high


@pytest.mark.usefixtures("few_resamples")
def test_the_highest_slice_is_right_or_wrong() -> None:
    studies = [{"a1": 0.1, "a2": 0.9, "a3": 0.2}, {"b1": 0.1, "b2": 0.3}]
    assert slice_figures.figures(studies, TRUTH)["highest_slice_right"].value == 0.5


@pytest.mark.usefixtures("few_resamples")
def test_slices_without_a_label_and_studies_without_a_positive_slice_do_not_count() -> None:
    studies = [{"a1": 0.1, "a2": 0.9, "x": 5.0}, {"a3": 0.9}]
    found = slice_figures.figures(studies, TRUTH)
    assert (found["auc_of_slices"].value, found["highest_slice_right"].value) == (1, 1)


@pytest.mark.parametrize("studies", [[], [{"x": 1.0}], [{"a2": 0.9}]])
def test_where_there_is_nothing_to_tell_apart_there_are_no_figures(
    studies: list[dict[str, float]],
) -> None:
    assert slice_figures.figures(studies, TRUTH) == {}
