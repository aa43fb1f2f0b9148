import pytest

from ichdash.phantom import HeadSpec, LesionSpec, random_head, random_lesion
from ichdash.phantom.build import Build
from ichdash.phantom.spec import FINDINGS


def test_a_seed_fixes_age_sex_and_placement():
    assert random_head(3) == random_head(3)
    assert random_head(3) != random_head(4)


def test_random_heads_stay_within_what_patients_do():
    heads = [random_head(seed) for seed in range(60)]
    assert all(18 <= head.age_years <= 95 and abs(head.turn_deg) <= 10 for head in heads)
    assert {head.sex for head in heads} == {"F", "M"}


def test_random_lesions_are_of_every_finding():
    assert {random_lesion(seed).finding for seed in range(40)} == set(FINDINGS)


def test_people_differ_in_size_and_skull():
    builds = [Build.of(HeadSpec(seed=seed)) for seed in range(8)]
    assert len({build.scale for build in builds}) == 8
    assert len({build.skull_mm for build in builds}) == 8


def test_calcifications_become_frequent_with_age():
    def calcified(age_years: int) -> int:
        builds = (Build.of(HeadSpec(seed=seed, age_years=age_years)) for seed in range(60))
        return sum(build.choroid_hu != (0.0, 0.0) for build in builds)

    assert calcified(85) > 1.5 * calcified(20)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"finding": "stroke"}, "'stroke' is not a finding"),
        ({"place": "knee"}, "'knee' is not a place of a subdural bleed"),
        ({"volume_ml": 900}, "volume_ml=900 is outside 0–150 ml"),
        ({"density_hu": 400}, "density_hu=400 is not a bleed's density"),
    ],
)
def test_a_bleed_that_cannot_be_is_refused_by_name(wrong, message):
    right = {"finding": "subdural", "volume_ml": 20, "place": "convexity"}
    with pytest.raises(ValueError, match=message):
        LesionSpec(**(right | wrong))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rows": 128}, "square, even matrix of at least 32"),
        ({"slices": 0}, "at least 32 and one slice"),
        ({"gantry_tilt_deg": 45}, "gantry_tilt_deg=45 is beyond a scanner's ±30"),
        ({"slice_mm": 0}, "must be positive"),
        ({"lesions": (LesionSpec("subdural", 5, "falx"),) * 2}, "one bleed of each finding"),
    ],
)
def test_a_head_that_cannot_be_scanned_is_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        HeadSpec(seed=1, **wrong)
