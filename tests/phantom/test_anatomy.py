"""Anatomy is a function of points: landmarks are asked for where an atlas has them."""

from dataclasses import replace

import numpy as np
import pytest

from ichdash.phantom import HeadSpec, brain, face, skull
from ichdash.phantom.build import Build
from ichdash.phantom.fluid import fill
from ichdash.phantom.shapes import Points, Waves, bump, capsule, ellipsoid, tube

BUILD = Build.of(HeadSpec(seed=5, age_years=60))


def around(x: float, y: float, z: float, reach_mm: float = 2.0, count: int = 200) -> Points:
    """Points scattered about a place in the average head."""
    offsets = np.random.default_rng(0).uniform(-reach_mm, reach_mm, (3, count))
    moved = offsets.astype(np.float32) + np.array([[x], [y], [z]], np.float32)
    return Points(*moved)


def brain_hu(*place: float) -> float:
    points = around(*place)
    depth = skull.measure(points, BUILD).depth
    return float(np.median(brain.draw(points, depth, BUILD).hu))


def test_gray_matter_is_denser_than_white_matter():
    assert 34 < brain_hu(11, 8, 7) < 40  # thalamus
    assert 25 < brain_hu(26, 0, 40) < 31  # centrum semiovale


def test_ventricles_hold_fluid():
    assert brain_hu(9, 0, 25) < 15
    assert brain_hu(-9, 0, 25) < 15


def test_ventricles_and_furrows_widen_with_age():
    points = around(0, 0, 20, reach_mm=60, count=20000)
    depth = skull.measure(points, BUILD).depth
    points, depth = points.take(depth > 1), depth[depth > 1]
    young, old = (
        brain.draw(points, depth, replace(BUILD, atrophy=atrophy, ventricle=0.8 + 0.6 * atrophy))
        for atrophy in (0.05, 1.0)
    )
    assert old.ventricular.mean() > 1.4 * young.ventricular.mean()
    assert old.subarachnoid.mean() > 1.4 * young.subarachnoid.mean()


def test_falx_and_venous_sinus_are_denser_than_brain():
    assert brain_hu(BUILD.midline_mm, 78, 20) > 42


def test_a_calcified_choroid_plexus_is_as_dense_as_the_build_says():
    points = around(25, 33, 12, reach_mm=0.8)
    calcified = replace(BUILD, choroid_hu=(0.0, 240.0))
    hu = brain.draw(points, np.full(len(points), 40, np.float32), calcified).hu
    assert np.median(hu) > 180


def test_the_skull_has_dense_tables_and_spongy_bone_between():
    points = Points(*np.array([np.linspace(60, 85, 500), np.zeros(500), np.full(500, 20)], "f4"))
    geometry = skull.measure(points, BUILD)
    hu = skull.bone_hu(points, geometry, BUILD)
    share = -geometry.vault / geometry.thickness
    middle = hu[(share > 0.42) & (share < 0.58)].mean()
    assert hu[(share > 0.02) & (share < 0.12)].mean() > middle + 250
    assert hu[(share > 0.88) & (share < 0.98)].mean() > middle + 250


def test_sutures_are_thin_gaps_in_the_vault():
    line = np.linspace(-60, 30, 900, dtype=np.float32)
    top = Points(np.full(900, 25, np.float32), line, np.full(900, 74, np.float32))
    coronal, _, _ = skull.suture_offsets(top, BUILD)
    hu = skull.bone_hu(top, skull.measure(top, BUILD), BUILD)
    assert hu[np.abs(coronal) < 0.5].mean() < hu[np.abs(coronal) > 4].mean() - 200


def test_the_temple_is_thinner_than_the_occiput():
    temple, occiput = around(64, -18, -8), around(0, 82, -22)
    thickness = [skull.vault_thickness(points, BUILD).mean() for points in (temple, occiput)]
    assert thickness[0] < 0.8 * thickness[1]


@pytest.mark.parametrize(
    ("place", "low", "high"),
    [
        (face.GLOBE_MM, 0, 20),  # vitreous
        ((31, -44, -36), -110, -60),  # fat behind the globe
        ((30, -62, -62), -1000, -900),  # maxillary sinus
    ],
)
def test_orbits_and_sinuses_hold_what_they_should(place, low, high):
    points = around(*place, reach_mm=0.8)
    hu = face.add_face(points, np.full(len(points), 40, np.float32), BUILD)
    assert low <= np.median(hu) <= high


def test_the_tentorium_parts_cerebrum_and_cerebellum():
    above, below = around(20, 50, 20), around(20, 40, -35)
    for points, is_above in ((above, True), (below, False)):
        fluid = fill(points, np.full(len(points), 20, np.float32), BUILD)
        assert ((fluid.tentorium > 0) == is_above).all()


def test_distances_are_those_of_the_shapes():
    points = Points(*np.array([[0, 5, 10], [0, 0, 0], [0, 0, 0]], np.float32))
    np.testing.assert_allclose(capsule(points, (-9, 0, 0, 1), (5, 0, 0, 1)), [-1, -1, 4])
    np.testing.assert_allclose(ellipsoid(points, (0, 0, 0), (5, 5, 5))[1:], [0, 5], atol=1e-5)
    np.testing.assert_allclose(
        tube(points, [(0, 0, 0, 2), (5, 0, 0, 2), (5, 9, 0, 2)]), [-2, -2, 3], atol=1e-5
    )
    np.testing.assert_allclose(bump(points.x / 5), np.exp([0, -1, -4]), rtol=1e-5)


def test_waves_have_unit_variance_and_their_zeros_are_near_where_they_say():
    waves = Waves(np.random.default_rng(1), 20, 30)
    points = around(0, 0, 0, reach_mm=300, count=20000)
    assert waves(points).std() == pytest.approx(1, abs=0.1)
    near = waves.distance_to_zero(points) < 0.3
    assert np.abs(waves(points.take(near))).max() < 0.4
