"""Shapes of drawn blood: each where such blood lies, about as much of it as asked."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from ichdash.training import lesions
from ichdash.training.insertion import VISIBLE, Shape
from ichdash.training.scene import FloatArray, Scene

SEEDS = range(6)
SHAPES = (
    lesions.intraparenchymal,
    lesions.epidural,
    lesions.subdural,
    lesions.parafalcine,
    lesions.subarachnoid,
    lesions.contusion,
    lesions.cisternal,
    lesions.intraventricular,
)
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


def draw(shape: Shape, scene: Scene, volume_ml: float, seed: int) -> FloatArray:
    blood = shape(scene, volume_ml, np.random.default_rng(seed))
    assert blood is not None, "the head has no room for it"
    return blood


def millilitres(scene: Scene, blood: FloatArray) -> float:
    return float(blood.sum()) * scene.step_mm**2 * scene.slab_mm / 1000


def depths_mm(shape: Shape, scene: Scene) -> np.ndarray:
    """Of all blood of a shape, 20 ml at a time."""
    return np.concatenate(
        [scene.depth_mm[draw(shape, scene, 20, seed) > VISIBLE] for seed in SEEDS]
    )


@every_shape
@pytest.mark.parametrize("seed", SEEDS)
def test_blood_lies_inside_the_cavity(scene: Scene, shape: Shape, seed: int) -> None:
    blood = draw(shape, scene, 20, seed)
    assert blood[scene.cavity].max() > VISIBLE
    assert blood[~scene.cavity].max() == 0


@every_shape
def test_occupancy_is_a_share(scene: Scene, shape: Shape) -> None:
    blood = np.stack([draw(shape, scene, 20, seed) for seed in SEEDS])
    assert blood.min() >= 0
    assert blood.max() <= 1 + 1e-6


@every_shape
def test_same_seed_gives_the_same_blood(scene: Scene, shape: Shape) -> None:
    np.testing.assert_array_equal(draw(shape, scene, 20, 3), draw(shape, scene, 20, 3))


@every_shape
def test_other_seeds_give_other_blood(scene: Scene, shape: Shape) -> None:
    first, *others = (draw(shape, scene, 20, seed) for seed in SEEDS)
    assert any(not np.array_equal(first, other) for other in others)


@pytest.mark.parametrize("volume_ml", [5, 20])
@pytest.mark.parametrize("shape", SHAPES[:-3], ids=lambda shape: shape.__name__)
def test_volume_is_of_the_order_asked(scene: Scene, shape: Shape, volume_ml: float) -> None:
    drawn = [millilitres(scene, draw(shape, scene, volume_ml, seed)) for seed in SEEDS]
    assert volume_ml / 3 < np.median(drawn) < 3 * volume_ml


@pytest.mark.parametrize("seed", SEEDS)
def test_a_ventricle_takes_no_more_blood_than_it_holds(scene: Scene, seed: int) -> None:
    blood = draw(lesions.intraventricular, scene, 20, seed)
    assert millilitres(scene, blood) < 1.05 * millilitres(scene, scene.ventricles)


@every_shape
def test_more_blood_is_drawn_where_more_is_asked(scene: Scene, shape: Shape) -> None:
    little, much = (sum(draw(shape, scene, ml, seed).sum() for seed in SEEDS) for ml in (0.5, 20))
    assert much > 1.5 * little


@every_shape
def test_a_head_without_room_gets_no_blood(
    scene: Scene, shape: Shape, rng: np.random.Generator
) -> None:
    nowhere = np.zeros_like(scene.cavity)
    solid = replace(
        scene,
        cavity=nowhere,
        ventricles=nowhere,
        depth_mm=np.zeros_like(scene.depth_mm),
        sulci=np.zeros_like(scene.sulci),
    )
    assert shape(solid, 20, rng) is None


@pytest.mark.parametrize("shape", [lesions.subdural, lesions.epidural])
def test_extra_axial_blood_lies_against_the_inner_table(scene: Scene, shape: Shape) -> None:
    depth = depths_mm(shape, scene)
    assert depth.min() <= scene.step_mm * 1.01
    assert np.median(depth) < 8
    assert np.percentile(depth, 99) < 25


def test_blood_in_the_brain_lies_deeper_than_blood_on_it(scene: Scene) -> None:
    inside = np.median(depths_mm(lesions.intraparenchymal, scene))
    assert inside > 2 * np.median(depths_mm(lesions.subdural, scene))


@pytest.mark.parametrize("shape", [lesions.subdural, lesions.epidural])
@pytest.mark.parametrize("seed", SEEDS)
def test_extra_axial_blood_stays_on_one_side(scene: Scene, shape: Shape, seed: int) -> None:
    blood = draw(shape, scene, 90, seed) > VISIBLE
    across_mm = (np.nonzero(blood)[2] - np.nonzero(scene.cavity)[2].mean()) * scene.step_mm
    assert min(across_mm.max(), -across_mm.min()) <= 4


def test_a_lens_is_thicker_than_a_crescent(scene: Scene) -> None:
    thickness = [np.percentile(depths_mm(shape, scene), 95) for shape in SHAPES[1:3]]
    assert thickness[0] > 1.4 * thickness[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_parafalcine_blood_lies_along_the_midline(scene: Scene, seed: int) -> None:
    blood = draw(lesions.parafalcine, scene, 5, seed) > VISIBLE
    across_mm = (np.nonzero(blood)[2] - np.nonzero(scene.cavity)[2].mean()) * scene.step_mm
    assert np.abs(across_mm).max() < 12


@pytest.mark.parametrize("seed", SEEDS)
def test_subarachnoid_blood_lies_in_sulci_and_cisterns(scene: Scene, seed: int) -> None:
    blood = draw(lesions.subarachnoid, scene, 20, seed)
    assert (blood <= 1.5 * scene.sulci).all()
    assert blood[scene.ventricles].max() == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_intraventricular_blood_lies_in_the_ventricles(scene: Scene, seed: int) -> None:
    blood = draw(lesions.intraventricular, scene, 20, seed) > VISIBLE
    rim = ndimage.binary_dilation(scene.ventricles, np.ones((1, 3, 3)), iterations=2)
    assert scene.ventricles[blood].mean() > 0.7
    assert rim[blood].all()


@pytest.mark.parametrize("seed", SEEDS)
def test_intraventricular_blood_sinks_to_the_back(scene: Scene, seed: int) -> None:
    little, much = (draw(lesions.intraventricular, scene, ml, seed) for ml in (0.1, 50))
    back = [np.nonzero(blood > VISIBLE)[1].mean() for blood in (little, much)]
    assert back[0] > back[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_contusion_is_mottled_and_lies_in_the_outer_brain(scene: Scene, seed: int) -> None:
    blood = draw(lesions.contusion, scene, 20, seed)
    assert scene.depth_mm[blood > VISIBLE].max() < 22
    assert np.mean((blood > 0.15) & (blood < 0.85)) > 0.5 * np.mean(blood > 0.15)


@pytest.mark.parametrize("seed", SEEDS)
def test_cisternal_blood_begins_at_the_base_near_the_midline(scene: Scene, seed: int) -> None:
    blood = draw(lesions.cisternal, scene, 4, seed)
    _, across = scene.midline()
    levels = np.nonzero(blood > VISIBLE)[0] / len(blood)
    assert 0.1 < np.median(levels) < 0.55
    assert np.median(np.abs(across[blood > VISIBLE])) < 45


def test_blood_of_one_side_thins_out_towards_the_falx(scene: Scene) -> None:
    middle = np.nonzero(scene.cavity)[2].mean()
    for seed in SEEDS:
        blood = draw(lesions.epidural, scene, 40, seed)
        sides = np.array(
            [blood[:, :, : int(middle) - 4].sum(), blood[:, :, int(middle) + 5 :].sum()]
        )
        assert sides.min() == 0
