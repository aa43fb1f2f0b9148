import numpy as np

from ichdash.domain import Volume
from ichdash.imaging.head import why_not_a_head
from ichdash.phantom import draw_head
from tests.phantom.heads import LESIONS, small


def test_a_head_comes_as_int16_in_the_asked_matrix_with_its_spacing(plain):
    assert plain.hu.shape == (30, 128, 128)
    assert plain.hu.dtype == np.int16
    assert plain.spacing_mm == (5.0, 236 / 128, 236 / 128)


def test_slices_run_feet_to_head_and_rows_to_the_back(plain):
    fat = np.argwhere((plain.hu[:10] > -120) & (plain.hu[:10] < -70))
    brain_by_slice = ((plain.hu > 15) & (plain.hu < 50)).sum(axis=(1, 2))
    assert fat[:, 1].mean() < 64  # orbits: fat lies low and in front
    assert brain_by_slice[18] > 3 * brain_by_slice[28]  # the vertex comes last


def test_the_same_spec_draws_the_same_head_and_another_seed_another():
    spec = small(slices=4, noise_hu=4.0, lesions=(LESIONS["intraparenchymal"],))
    first, again = draw_head(spec), draw_head(spec)
    other = draw_head(small(seed=6, slices=4, noise_hu=4.0))
    np.testing.assert_array_equal(first.hu, again.hu)
    assert np.abs(first.hu.astype(int) - other.hu).mean() > 20


def test_a_bleed_in_the_spec_leaves_the_person_who_they_are(plain, bleeding):
    bled = bleeding["intraventricular"]
    is_bone = plain.hu > 600
    np.testing.assert_allclose(plain.hu[is_bone], bled.hu[is_bone], atol=1)


def test_a_head_without_bleeds_has_no_truth_to_find(plain):
    assert plain.masks == {}
    assert plain.volumes_ml == {}


def test_brain_scalp_bone_and_air_take_the_shares_that_a_head_has(plain):
    voxel_ml = float(np.prod(plain.spacing_mm)) / 1000
    middle = plain.hu[8:]
    brain_ml = ((middle > 10) & (middle < 50)).sum() * voxel_ml
    assert 900 < brain_ml < 1700
    assert 200 < (middle > 300).sum() * voxel_ml < 900
    assert (plain.hu < -900).mean() > 0.4


def test_two_bleeds_of_one_head_are_both_drawn():
    lesions = (LESIONS["intraparenchymal"], LESIONS["intraventricular"])
    phantom = draw_head(small(lesions=lesions))
    assert set(phantom.masks) == {"intraparenchymal", "intraventricular"}
    assert not (phantom.masks["intraparenchymal"] & phantom.masks["intraventricular"]).any()


def test_the_head_check_takes_a_drawn_head_for_a_head(plain):
    positions = np.arange(30) * 5.0
    uids = tuple(f"2.25.{n}" for n in range(30))
    volume = Volume(plain.hu.copy(), plain.spacing_mm, positions, "2.25.1", "2.25.2", uids)
    assert why_not_a_head(volume) is None


def test_turning_the_head_to_the_left_brings_the_nose_to_the_left():
    straight, turned = (draw_head(small(turn_deg=turn, slices=3)) for turn in (0.0, 10.0))
    front = np.arange(128)[None, None, :]

    def nose_column(hu: np.ndarray) -> float:
        covered = hu[:, :24] > -500
        return float((covered * front).sum() / covered.sum())

    assert nose_column(turned.hu) > nose_column(straight.hu) + 2
