"""Insertions kept for training: nothing of them is lost, and their truth stays where it was."""

import numpy as np
import pytest

from ichdash.training import insertion, pool
from ichdash.training.insertion import VISIBLE, Insertion
from ichdash.training.pool import FAINTEST_HU, TRUTH_STEP, Drawn
from ichdash.training.scene import Scene
from tests.training.scenes import drawn_pool, flat_case, head_case

SEEDS = range(12)


def both(scene: Scene, seed: int) -> tuple[Insertion, Drawn]:
    """A bleed as it was drawn and as it is kept."""
    drawn = insertion.bleed(scene, np.random.default_rng(seed))
    assert drawn is not None, "another seed is needed"
    return drawn, pool._compact(drawn)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_box_gives_back_what_was_added(scene: Scene, seed: int) -> None:
    whole, kept = both(scene, seed)
    back = np.zeros_like(whole.added)
    back[:, *kept.box] = kept.added
    np.testing.assert_allclose(back, whole.added, atol=FAINTEST_HU)
    assert (kept.first, kept.last) == (whole.first, whole.last)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_box_ends_on_whole_cells_of_truth(scene: Scene, seed: int) -> None:
    _, kept = both(scene, seed)
    assert all(side.start % TRUTH_STEP == side.stop % TRUTH_STEP == 0 for side in kept.box)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cell_is_blood_where_any_of_its_samples_is(scene: Scene, seed: int) -> None:
    whole, kept = both(scene, seed)
    for finding, occupancy in whole.occupancy.items():
        back = np.zeros((len(occupancy), *(side // TRUTH_STEP for side in scene.hu.shape[1:])))
        back[:, *kept.truth_box] = kept.truth[finding]
        visible = occupancy > VISIBLE
        cells = visible[:, ::2, ::2] | visible[:, 1::2, ::2]
        cells |= visible[:, ::2, 1::2] | visible[:, 1::2, 1::2]
        np.testing.assert_array_equal(back, cells)


def test_a_drawing_that_changed_nothing_is_kept_as_nothing() -> None:
    kept = pool._compact(Insertion(3, np.zeros((1, 8, 8), np.float16), {}))
    assert kept.added.max() == 0
    assert kept.added.shape == (1, 2, 2)


def test_a_study_gets_as_many_drawings_as_the_recipe_says() -> None:
    found = drawn_pool(head_case("1.2"), bleeds=4, look_alikes=2)
    assert (len(found.bleeds), len(found.look_alikes)) == (4, 2)


def test_look_alikes_are_kept_without_truth() -> None:
    assert [each.truth for each in drawn_pool(head_case("1.2"), look_alikes=3).look_alikes] == [
        {}
    ] * 3


def test_a_study_without_a_cavity_gets_an_empty_pool() -> None:
    found = drawn_pool(flat_case("1.2"))
    assert (found.bleeds, found.look_alikes) == ((), ())
    assert not found


def test_same_study_and_seed_give_the_same_drawings() -> None:
    first, second = (drawn_pool(head_case("1.2")).bleeds for _ in range(2))
    assert [each.added.tobytes() for each in first] == [each.added.tobytes() for each in second]


@pytest.mark.parametrize(("uid", "seed"), [("1.3", 0), ("1.2", 1)])
def test_another_study_or_seed_gives_other_drawings(uid: str, seed: int) -> None:
    first, other = drawn_pool(head_case("1.2")), drawn_pool(head_case(uid), seed=seed)
    assert first.bleeds[0].added.tobytes() != other.bleeds[0].added.tobytes()
