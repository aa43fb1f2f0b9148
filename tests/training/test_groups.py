"""What is found of each subtype and of each size."""

import pytest

from ichdash.training import metrics
from ichdash.training.groups import by_size, by_subtype
from tests.training.judgements import FOUR, judged


def test_a_subtype_is_counted_with_its_interval_and_median() -> None:
    subdural = by_subtype(FOUR)[0]
    assert (subdural.name, subdural.studies, subdural.found) == ("subdural", 2, 1)
    assert subdural.sensitivity == metrics.proportion(1, 2)
    assert subdural.median_probability == pytest.approx(0.55)


def test_subtypes_stand_in_the_order_of_the_labels_without_hemorrhage_itself() -> None:
    assert [each.name for each in by_subtype(FOUR)] == ["subdural", "epidural"]


def test_a_subtype_without_a_study_is_told_as_unknown() -> None:
    epidural = by_subtype(FOUR)[1]
    assert (epidural.studies, epidural.median_probability, epidural.auc) == (0, None, None)


def test_a_column_that_is_no_hemorrhage_counts_only_beside_one() -> None:
    studies = judged("1.1", True, 0.9, fracture=True), judged("1.2", False, 0.9, fracture=True)
    assert by_subtype(studies)[0].studies == 1


def test_a_group_is_told_apart_from_all_studies_without_hemorrhage() -> None:
    """0.9 stands above both 0.7 and 0.1, and 0.2 above one of them."""
    area = by_subtype(FOUR)[0].auc
    assert area is not None
    assert area.value == 3 / 4


def test_of_positive_studies_alone_a_group_has_no_area() -> None:
    assert by_subtype(FOUR[:2])[0].auc is None


def test_sizes_go_by_how_many_slices_show_the_hemorrhage() -> None:
    counts = {"1.1": 3, "1.2": 4}
    rows = [(each.name, each.studies, each.found) for each in by_size(FOUR, counts)]
    assert rows == [
        ("1–3 slices", 1, 1),
        ("4–9 slices", 1, 0),
        ("10+ slices", 0, 0),
        ("subdural, 1–3 slices", 1, 1),
        ("subdural, 4–9 slices", 1, 0),
    ]


def test_without_slice_labels_there_are_no_sizes() -> None:
    assert by_size(FOUR, {}) == ()
