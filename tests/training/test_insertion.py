"""Bleeds and look-alikes in a head: what they change, and the truth that comes with them."""

import numpy as np
import pytest

from ichdash.training import insertion
from ichdash.training.cases import SUBTYPES
from ichdash.training.insertion import KINDS, VISIBLE, Insertion
from ichdash.training.scene import Scene

SEEDS = range(12)


def bleed(scene: Scene, seed: int) -> Insertion:
    drawn = insertion.bleed(scene, np.random.default_rng(seed))
    assert drawn is not None, "another seed is needed"
    return drawn


def fresh(drawn: Insertion) -> np.ndarray:
    """Occupancy of all blood, none where some of it is subdural, which may be old and pale."""
    none = np.zeros(drawn.added.shape, np.float16)
    return none if "subdural" in drawn.occupancy else np.maximum.reduce([*drawn.occupancy.values()])


def look_alike(scene: Scene, seed: int) -> Insertion:
    return insertion.look_alike(scene, np.random.default_rng(seed))


def placed(scene: Scene, drawn: Insertion) -> np.ndarray:
    """HU added to the whole head."""
    added = np.zeros(scene.hu.shape, np.float32)
    added[drawn.first : drawn.last] = drawn.added
    return added


def test_every_subtype_can_come_out() -> None:
    assert {kind.finding for kind in KINDS} == SUBTYPES
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_blood_is_denser_than_what_was_there(scene: Scene, seed: int) -> None:
    drawn = bleed(scene, seed)
    blood = fresh(drawn) > VISIBLE
    assert not blood.any() or drawn.added[blood].mean() > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_the_core_of_a_bleed_has_the_density_of_blood(scene: Scene, seed: int) -> None:
    drawn = bleed(scene, seed)
    core = fresh(drawn) > 0.9
    hu = (scene.hu[drawn.first : drawn.last] + drawn.added)[core]
    assert len(hu) == 0 or 35 < hu.mean() < 95


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bleed_changes_nothing_outside_the_cavity(scene: Scene, seed: int) -> None:
    assert np.abs(placed(scene, bleed(scene, seed))[~scene.cavity]).max() == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bleed_names_subtypes_only(scene: Scene, seed: int) -> None:
    assert 0 < len(bleed(scene, seed).occupancy.keys() & SUBTYPES) <= 3


@pytest.mark.parametrize("seed", SEEDS)
def test_truth_has_the_shape_of_what_was_added(scene: Scene, seed: int) -> None:
    drawn = bleed(scene, seed)
    assert {each.shape for each in drawn.occupancy.values()} == {drawn.added.shape}


def test_same_seed_gives_the_same_bleed(scene: Scene) -> None:
    first, second = bleed(scene, 3), bleed(scene, 3)
    np.testing.assert_array_equal(first.added, second.added)
    np.testing.assert_equal(first.occupancy, second.occupancy)


def test_other_seeds_give_other_bleeds(scene: Scene) -> None:
    assert len({bleed(scene, seed).added.tobytes() for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_look_alike_carries_no_finding(scene: Scene, seed: int) -> None:
    drawn = look_alike(scene, seed)
    assert drawn.occupancy == {}
    assert np.abs(drawn.added).max() > 2


def test_same_seed_gives_the_same_look_alike(scene: Scene) -> None:
    np.testing.assert_array_equal(look_alike(scene, 3).added, look_alike(scene, 3).added)


def test_look_alikes_of_every_kind_come_out(scene: Scene) -> None:
    """Dense flecks, streaks both ways and swelling outside the cavity."""
    added = [placed(scene, look_alike(scene, seed)) for seed in SEEDS]
    assert any(each.max() > 90 for each in added)
    assert any(each[scene.cavity].min() < -2 for each in added)
    assert any(np.abs(each[~scene.cavity]).max() > 2 for each in added)


def test_subdural_blood_may_be_old_and_pale_other_blood_is_not() -> None:
    drawn = np.random.default_rng(0)
    of = {
        finding: [insertion.density(finding, drawn) for _ in range(300)]
        for finding in ("subdural", "epidural")
    }
    assert min(of["subdural"]) < 25
    assert 0.1 < np.mean([hu < 46 for hu in of["subdural"]]) < 0.35
    assert min(of["epidural"]) >= 40
    assert max(of["epidural"] + of["subdural"]) <= 84
