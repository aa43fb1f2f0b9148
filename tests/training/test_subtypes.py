"""What is found of each subtype."""

import pytest

from ichdash.training import metrics
from ichdash.training.subtypes import by_subtype
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
    assert (epidural.studies, epidural.median_probability) == (0, None)


def test_a_column_that_is_no_hemorrhage_counts_only_beside_one() -> None:
    studies = judged("1.1", True, 0.9, fracture=True), judged("1.2", False, 0.9, fracture=True)
    assert by_subtype(studies)[0].studies == 1
