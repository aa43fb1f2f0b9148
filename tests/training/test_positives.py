"""Real studies with hemorrhage: which of their slices are taught, and as what."""

import numpy as np
import torch

from ichdash.model.network import Network
from ichdash.training import positives
from ichdash.training.positives import Ranked, slice_targets
from tests.tiny_model import TINY
from tests.training.scenes import flat_case, head_case

NAN = np.nan


def ranked(*evidence: float) -> Ranked:
    return Ranked(flat_case("1.2", 1.0), np.array(evidence, np.float32))


def test_only_slices_of_enough_evidence_are_sure() -> None:
    assert ranked(0.9, 1.0, -2.0, 3.0).sure().tolist() == [1, 3]


def test_the_slices_of_least_evidence_are_clear() -> None:
    assert ranked(0.9, 1.0, -2.0, 3.0, -1.0).clear().tolist() == [2, 4]


def test_no_slice_is_both_sure_and_clear() -> None:
    assert ranked(3.0, 4.0, 2.0, 5.0, 3.0).clear().tolist() == []
    assert ranked(3.0, 4.0, -2.0, 5.0, 3.0).clear().tolist() == [2]


def test_of_a_large_archive_another_part_is_ranked_each_time() -> None:
    cases = [flat_case(f"1.{number}", size=2) for number in range(2 * positives.MOST_RANKED)]
    first, again, other = (
        {case.study_uid for case in positives.some(cases, step)} for step in (50, 50, 100)
    )
    assert len(first) == positives.MOST_RANKED
    assert first == again != other
    assert positives.some(cases[:3], 50) == cases[:3]


def test_studies_are_ranked_slice_by_slice() -> None:
    torch.manual_seed(0)
    case = head_case("1.3", 1.0)
    (found,) = positives.rank(Network(TINY).eval(), [case])
    assert found.case is case
    assert found.evidence.shape == (len(case.hu),)
    assert len(np.unique(found.evidence)) > 10


def test_the_only_kind_of_a_study_is_in_its_slices_with_blood() -> None:
    study = np.array([1, 0, 1, 0, NAN], np.float32)
    targets = slice_targets(study, has_blood=True)
    np.testing.assert_array_equal(targets, [1, 0, 1, 0, NAN])


def test_of_several_kinds_none_is_known_of_a_slice_with_blood() -> None:
    study = np.array([1, 1, 1, 0, NAN], np.float32)
    targets = slice_targets(study, has_blood=True)
    np.testing.assert_array_equal(targets, [1, NAN, NAN, 0, NAN])


def test_a_clear_slice_has_nothing_that_is_known_of_its_study() -> None:
    study = np.array([1, 1, NAN], np.float32)
    np.testing.assert_array_equal(slice_targets(study, has_blood=False), [0, 0, NAN])
