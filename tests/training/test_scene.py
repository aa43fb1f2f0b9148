"""The measured anatomy of a head: where bleeds may lie, in millimetres."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import ndimage

from ichdash.training.scene import Scene, measure, texture


def test_the_cavity_has_the_volume_of_a_brain(scene: Scene) -> None:
    millilitres = scene.cavity.sum() * scene.step_mm**2 * scene.slab_mm / 1000
    assert 1200 < millilitres < 1700


def test_no_bone_lies_in_the_cavity(scene: Scene) -> None:
    assert np.mean(scene.hu[scene.cavity] > 150) < 0.001


def test_noise_beside_bone_does_not_hold_the_edge_of_bone(scene: Scene) -> None:
    rim = scene.cavity & (scene.depth_mm <= scene.step_mm)
    assert abs(np.mean((scene.hu - scene.smooth)[rim])) < 1


def test_depth_is_counted_from_the_border_of_the_cavity(scene: Scene) -> None:
    assert scene.depth_mm[~scene.cavity].max() == 0
    assert scene.depth_mm[scene.cavity].min() == pytest.approx(scene.step_mm)


def test_ventricles_are_deep_and_dark(scene: Scene) -> None:
    assert scene.ventricles.any()
    assert scene.depth_mm[scene.ventricles].min() > 22
    assert scene.smooth[scene.ventricles].mean() < 17


def test_sulci_lie_in_the_cavity_and_outside_the_ventricles(scene: Scene) -> None:
    assert scene.sulci.max() == 1
    assert scene.sulci[~scene.cavity | scene.ventricles].max() == 0


def test_sulci_are_darker_than_the_brain_around_them(scene: Scene) -> None:
    inner = scene.cavity & ~scene.ventricles & (scene.depth_mm > 10)
    groove, brain = inner & (scene.sulci > 0.5), inner & (scene.sulci < 0.1)
    assert np.median(scene.smooth[groove]) < np.median(scene.smooth[brain]) - 8


def test_where_no_cavity_is_nothing_is_measured() -> None:
    assert measure(np.full((4, 32, 32), -1000, np.float16), 6.5, 5.0) is None


def test_distances_are_in_millimetres(scene: Scene) -> None:
    z, y, x = scene.offsets_mm((10, 40, 50))
    assert (z[12, 0, 0], y[0, 37, 0], x[0, 0, 54]) == pytest.approx(
        (2 * scene.slab_mm, -3 * scene.step_mm, 4 * scene.step_mm)
    )


def test_a_shift_moves_along_the_body_by_parts_of_a_slab(scene: Scene) -> None:
    z, _, _ = scene.offsets_mm((10, 40, 50), shift=0.5)
    assert z[10, 0, 0] == pytest.approx(scene.slab_mm / 2)


def test_texture_has_unit_deviation(scene: Scene, rng: np.random.Generator) -> None:
    field = texture(scene, 12, rng)
    assert field.shape == scene.hu.shape
    assert field.std() == pytest.approx(1, abs=1e-3)


def test_coarse_texture_changes_more_slowly_than_fine(
    scene: Scene, rng: np.random.Generator
) -> None:
    fine, coarse = texture(scene, 6, rng), texture(scene, 40, rng)
    assert np.abs(np.diff(coarse)).mean() < 0.5 * np.abs(np.diff(fine)).mean()


def test_the_midline_parts_the_cavity_in_halves(scene: Scene) -> None:
    along, across = scene.midline()
    assert 0.45 < (across[scene.cavity] > 0).mean() < 0.55
    assert along[scene.cavity].std() > across[scene.cavity].std()


def test_the_midline_follows_a_turned_head(scene: Scene) -> None:
    turn = partial(ndimage.rotate, angle=20, axes=(1, 2), reshape=False, order=0)
    turned = replace(scene, hu=turn(scene.hu), cavity=turn(scene.cavity))
    straight, leaning = scene.midline()[0], turned.midline()[0]
    change = np.gradient(leaning, axis=2)[0] - np.gradient(straight, axis=2)[0]
    assert np.abs(change / scene.step_mm).mean() == pytest.approx(np.sin(np.radians(20)), abs=0.05)
