"""What is mistaken for blood: each kind where it belongs, as dense as it is."""

import numpy as np
import pytest

from ichdash.training import look_alikes
from ichdash.training.look_alikes import KINDS, LookAlike
from ichdash.training.scene import Scene

SEEDS = range(8)
PALE = (look_alikes.pale_region, look_alikes.pale_white_matter)


def added(kind: LookAlike, scene: Scene, seed: int) -> np.ndarray:
    return kind(scene, np.random.default_rng(seed))


def test_shares_add_up() -> None:
    assert sum(share for _, share in KINDS) == pytest.approx(1)


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_every_kind_changes_the_head_and_differs_by_seed(kind: LookAlike, scene: Scene) -> None:
    drawn = [added(kind, scene, seed) for seed in SEEDS]
    assert all(each.shape == scene.hu.shape and np.isfinite(each).all() for each in drawn)
    assert len({each.tobytes() for each in drawn if np.abs(each).max() > 2}) >= len(SEEDS) - 2


EVERYWHERE = (look_alikes.sharp_streaks, look_alikes.metal)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS if kind not in EVERYWHERE])
def test_all_but_streaks_lie_inside_the_skull_or_outside(
    kind: LookAlike, scene: Scene, seed: int
) -> None:
    changed = added(kind, scene, seed) != 0
    assert scene.cavity[changed].all() or not scene.cavity[changed].any()


@pytest.mark.parametrize("seed", SEEDS)
def test_fine_streaks_are_bright_and_dark_lines_in_a_few_slices(scene: Scene, seed: int) -> None:
    drawn = added(look_alikes.sharp_streaks, scene, seed) * scene.cavity
    assert drawn.max() > 3
    assert drawn.min() < -3
    by_slice = np.abs(drawn).max(axis=(1, 2))
    assert (by_slice > 0.2 * by_slice.max()).mean() < 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_metal_is_denser_than_bone_and_leaves_streaks_in_the_brain(scene: Scene, seed: int) -> None:
    drawn = added(look_alikes.metal, scene, seed)
    assert (scene.hu + drawn).max() > 2000
    assert drawn[scene.cavity].max() > 1
    assert drawn[scene.cavity].min() < -1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_gap_is_soft_where_bone_was_and_leaves_the_brain_alone(scene: Scene, seed: int) -> None:
    drawn = added(look_alikes.bone_gap, scene, seed)
    assert np.abs(drawn[scene.cavity]).max() == 0
    gone = (scene.hu > 300) & (scene.hu + drawn < 80)
    assert gone.sum() * scene.step_mm**2 * scene.slab_mm > 100


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", PALE)
def test_pale_brain_is_darker_than_before_but_no_darker_than_fluid(
    kind: LookAlike, scene: Scene, seed: int
) -> None:
    drawn = added(kind, scene, seed)
    assert drawn.max() <= 0
    assert (scene.smooth + drawn)[drawn < -1].min() > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dense_falx_is_a_thin_sheet_at_the_midline(scene: Scene, seed: int) -> None:
    drawn = added(look_alikes.dense_falx, scene, seed)
    _, across = scene.midline()
    dense = drawn > 0.5 * drawn.max()
    assert np.abs(across[dense]).max() < 6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dense_sinus_lies_at_the_back_of_the_midline(scene: Scene, seed: int) -> None:
    drawn = added(look_alikes.dense_sinus, scene, seed)
    along, across = scene.midline()
    dense = drawn > 10
    assert (along[dense] > 20).all()
    assert (np.abs(across[dense]) < 12).all()


def test_calcified_pairs_lie_on_both_sides_alike(scene: Scene) -> None:
    _, across = scene.midline()
    sides = [across[added(look_alikes.calcified_pair, scene, seed) > 60] for seed in SEEDS]
    assert any(len(each) and each.min() < -12 and each.max() > 12 for each in sides)


@pytest.mark.parametrize("seed", SEEDS)
def test_swelling_stays_outside_the_skull(scene: Scene, seed: int) -> None:
    assert added(look_alikes.scalp_swelling, scene, seed)[scene.cavity].max() == 0
