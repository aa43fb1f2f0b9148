"""How much the biLSTM counts is chosen on the other folds."""

import numpy as np

from ichdash.training import context
from ichdash.training.folds import HeldOut

TRUTH = np.array([True, False] * 4)


def scored(right: tuple[bool, bool]) -> tuple[HeldOut, ...]:
    """Eight studies in two folds, ranked right or wrong in either."""
    return tuple(
        HeldOut(
            f"1.{n}",
            fold := n // 4,
            np.array([1.0 if TRUTH[n] == right[fold] else -1.0], np.float32),
            np.zeros(3, np.float32),
            1.0,
        )
        for n in range(8)
    )


def logits(held: tuple[HeldOut, ...]) -> list[float]:
    return [float(each.logits[0]) for each in held]


def test_a_fold_gets_the_share_that_is_best_on_the_other_fold() -> None:
    """The share 1 is right in fold 0 alone: good for fold 1, whose own labels it offends."""
    first, second = scored((True, False)), scored((False, True))
    _, nested = context.chosen({1.0: first, 0.5: second}, TRUTH)
    assert logits(nested) == logits(second)[:4] + logits(first)[4:]
    assert [each.study_uid for each in nested] == [f"1.{n}" for n in range(8)]


def test_the_share_that_ships_is_best_over_all_folds() -> None:
    share, _ = context.chosen({1.0: scored((True, False)), 0.5: scored((True, True))}, TRUTH)
    assert share == 0.5


def test_of_equals_the_larger_share_is_chosen() -> None:
    same = scored((True, True))
    assert context.chosen({0.5: same, 1.0: same, 0.25: same}, TRUTH)[0] == 1.0
