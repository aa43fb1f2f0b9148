from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from ichdash.errors import InputError
from ichdash.phantom import LesionSpec, Side, draw_head
from ichdash.phantom.lesions import center_of, fluid_bleed, solid_bleed, suture_margin
from ichdash.phantom.mass import displaced
from ichdash.phantom.skull import suture_offsets
from ichdash.phantom.spec import FINDINGS, PLACES
from tests.phantom.heads import LESIONS, small


@pytest.mark.parametrize("finding", FINDINGS)
def test_the_mask_has_the_asked_volume(bleeding, finding):
    phantom = bleeding[finding]
    assert phantom.volumes_ml[finding] == pytest.approx(LESIONS[finding].volume_ml, rel=0.1)
    voxel_ml = float(np.prod(phantom.spacing_mm)) / 1000
    assert phantom.volumes_ml[finding] == pytest.approx(phantom.masks[finding].sum() * voxel_ml)


@pytest.mark.parametrize("finding", FINDINGS)
def test_blood_is_where_the_mask_is_and_nowhere_else(plain, bleeding, finding):
    phantom = bleeding[finding]
    mask = phantom.masks[finding]
    change = phantom.hu.astype(int) - plain.hu
    is_brain = (plain.hu > 0) & (plain.hu < 45)
    assert np.mean(change[mask & is_brain] > 8) > 0.97
    # Around the mask lie voxels less than half full; of a film they may lie farther off.
    elsewhere = ~binary_dilation(mask, iterations=4)
    assert np.sum(np.abs(change[elsewhere]) > 1) < 0.1 * mask.sum()
    assert np.abs(change[elsewhere]).max() < 20


@pytest.mark.parametrize("finding", FINDINGS)
def test_blood_has_the_asked_density(plain, bleeding, finding):
    phantom = bleeding[finding]
    core = phantom.masks[finding] & (plain.hu < 40)  # extra-axial blood shares voxels with bone
    assert np.percentile(phantom.hu[core], 75) == pytest.approx(LESIONS[finding].density_hu, abs=7)


@pytest.mark.parametrize(
    ("finding", "place"), [(finding, place) for finding in FINDINGS for place in PLACES[finding]]
)
def test_every_place_holds_a_small_bleed(site, drawn, finding, place):
    lesion = LesionSpec(finding, 3, place)
    if finding in ("subarachnoid", "intraventricular"):
        bleed = fluid_bleed(site, lesion, drawn)
    else:
        bleed = solid_bleed(site, lesion)
    assert site.grid.volume_ml(bleed.mask) == pytest.approx(3, rel=0.1)


@pytest.mark.parametrize("side", list(Side))
def test_a_bleed_lies_on_the_asked_side(site, side):
    bleed = solid_bleed(site, LesionSpec("intraparenchymal", 10, "parietal", side))
    columns = np.nonzero(bleed.mask)[2]
    is_left = columns.mean() > 64  # columns run to the patient's left
    assert is_left == (side is Side.LEFT)


def test_subdural_blood_is_a_crescent_that_touches_bone_and_crosses_sutures(site):
    bleed = solid_bleed(site, LESIONS["subdural"])
    blood = bleed.share > 0.5
    coronal, _, _ = suture_offsets(site.points.take(blood), site.build)
    assert site.depth[blood].min() < 1
    assert coronal.min() < -10 < 10 < coronal.max()
    assert site.points.x[blood].min() > 0  # the falx keeps it on its side


def test_epidural_blood_is_a_lens_that_stops_at_sutures(site):
    bleed = solid_bleed(site, LESIONS["epidural"])
    blood = bleed.share > 0.5
    center = np.array(center_of(LESIONS["epidural"], site.build))
    assert site.depth[blood].min() < 1
    assert suture_margin(site, center)[blood].min() > 0


def test_a_lens_is_thick_for_its_width_and_a_crescent_is_not(site):
    def thickness_over_width(finding: str) -> float:
        lesion = replace(LESIONS[finding], volume_ml=30)
        blood = solid_bleed(site, lesion).share > 0.5
        return float(np.percentile(site.depth[blood], 98) / np.ptp(site.points.y[blood]))

    assert thickness_over_width("epidural") > 2 * thickness_over_width("subdural")


def test_subarachnoid_blood_stays_in_fluid_outside_the_brain(site, drawn):
    bleed = fluid_bleed(site, replace(LESIONS["subarachnoid"], mass_effect=0.0), drawn)
    assert (bleed.share <= drawn.subarachnoid + 1e-5).all()


def test_intraventricular_blood_stays_in_the_ventricles_and_sinks_to_the_back(site, drawn):
    bleed = fluid_bleed(site, LESIONS["intraventricular"], drawn)
    assert (bleed.share <= drawn.ventricular + 1e-5).all()
    wet = drawn.ventricular > 0.9
    blood, clear = wet & (bleed.share > 0.9), wet & (bleed.share < 0.1) & (site.points.z > -22)
    assert site.points.y[blood].min() > np.percentile(site.points.y[clear], 95) - 2


def test_a_bleed_that_does_not_fit_is_refused_with_the_room_there_is():
    lesion = LesionSpec("intraventricular", 25, "layering")
    with pytest.raises(
        InputError, match=r"bleed of 25 ml at layering does not fit.*the space holds"
    ):
        draw_head(small(age_years=20, lesions=(lesion,)))


def test_edema_darkens_the_rim_of_a_parenchymal_bleed(plain):
    lesion = replace(LESIONS["intraparenchymal"], mass_effect=0.0)
    phantom = draw_head(small(lesions=(lesion,)))
    change = phantom.hu.astype(int) - plain.hu
    assert np.sum(change < -4) > 0.2 * phantom.masks["intraparenchymal"].sum()


def test_a_large_bleed_pushes_the_midline_to_the_other_side(site):
    lesion = LesionSpec("subdural", 100, "convexity", Side.LEFT)
    points, depth = displaced(site, (solid_bleed(site, lesion),))
    near = (np.abs(site.points.x) < 3) & (np.abs(site.points.z - 20) < 5)
    near &= np.abs(site.points.y) < 20
    shift_mm = (site.points.x - points.x)[near].mean()
    assert -12 < shift_mm < -4  # to the patient's right
    assert (depth <= site.depth + 1e-4).all()


def test_without_mass_effect_nothing_moves(site):
    lesion = replace(LESIONS["intraparenchymal"], mass_effect=0.0)
    points, _ = displaced(site, (solid_bleed(site, lesion),))
    np.testing.assert_array_equal(points.x, site.points.x)
