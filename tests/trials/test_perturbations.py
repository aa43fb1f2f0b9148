"""What each perturbation does to a volume, seen on marks at known places."""

from functools import partial

import numpy as np
import pytest

from ichdash.domain import Volume
from ichdash.imaging import preprocess
from ichdash.trials import perturbations
from ichdash.trials.perturbations import PERTURBATIONS

SPACING_MM = (5.0, 2.0, 2.0)


def volume(hu: np.ndarray, shear: float = 0.0) -> Volume:
    positions = 30 + 5.0 * np.arange(len(hu))
    uids = tuple(f"9.{index}" for index in range(len(hu)))
    numbers = tuple(range(1, len(hu) + 1))
    return Volume(
        hu.astype(np.int16),
        SPACING_MM,
        positions,
        "1.2",
        "1.2.3",
        uids,
        shear,
        instance_numbers=numbers,
    )


def ball(shear: float = 0.0) -> Volume:
    """A ball of 20 mm radius in air, 20 mm above and 16 mm behind the middle of the scan."""
    z = 5.0 * (np.arange(24) - 11.5)[:, None, None]
    y = 2.0 * (np.arange(80) - 39.5)[None, :, None] + shear * z
    x = 2.0 * (np.arange(90) - 44.5)[None, None, :]
    inside = (z - 20) ** 2 + (y - 16) ** 2 + x**2 <= 20**2
    return volume(np.where(inside, 60, -1000), shear)


def centre_mm(found: Volume) -> np.ndarray:
    """Centre of what is no air: along the normal and upright rows, from the scan's middle, and
    columns."""
    slices, rows, columns = np.nonzero(found.hu > -500)
    positions = found.positions_mm - found.positions_mm.mean()
    _, row_mm, column_mm = found.spacing_mm
    upright = row_mm * (rows - (found.hu.shape[1] - 1) / 2) + found.shear * positions[slices]
    across = column_mm * (columns - (found.hu.shape[2] - 1) / 2)
    return np.array([positions[slices].mean(), upright.mean(), across.mean()])


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_perturbed_volume_is_a_valid_one_of_its_study_and_differs(name: str) -> None:
    before = ball()
    after = PERTURBATIONS[name](before)
    assert after is not None
    assert after.study_uid == "1.2"
    assert after.instance_numbers == ()
    assert after.hu.shape != before.hu.shape or not np.array_equal(after.hu, before.hu)


def test_noise_is_white_and_the_same_every_time() -> None:
    even = volume(np.zeros((4, 64, 64)))
    first, second = (perturbations.noisy(10, even).hu for _ in range(2))
    assert np.array_equal(first, second)
    assert first.std() == pytest.approx(10, abs=0.5)


def test_a_smooth_kernel_takes_noise_away_and_a_sharp_one_adds_some() -> None:
    noisy = perturbations.noisy(10, volume(np.zeros((4, 64, 64))))
    assert perturbations.smooth(2, noisy).hu.std() < 5
    assert perturbations.sharp(1, noisy).hu.std() > 11


@pytest.mark.parametrize(("step_mm", "slices"), [(2.5, 47), (10.0, 12)])
def test_other_slices_cover_the_same_place(step_mm: float, slices: int) -> None:
    found = perturbations.resliced(step_mm, ball())
    assert (len(found), found.spacing_mm) == (slices, (step_mm, 2.0, 2.0))
    assert found.positions_mm[0] == 30
    where = found.positions_mm[np.nonzero(found.hu > -500)[0]].mean()
    assert where == pytest.approx(30 + 5 * 11.5 + 20, abs=2)


def test_the_ends_of_thicker_slices_are_not_mixed_with_air() -> None:
    assert perturbations.resliced(10, volume(np.full((5, 8, 8), 40))).hu.min() == 40


@pytest.mark.parametrize("shear", [0.0, 0.2])
@pytest.mark.parametrize("degrees", [20, -20])
def test_a_tilted_scan_shows_the_same_body_in_its_own_directions(
    degrees: float, shear: float
) -> None:
    """The ball lies at (20, 16) mm along the normal and the rows of the scan as it was."""
    found = perturbations.tilted(degrees, ball(shear))
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    wanted = [20 * cosine - 16 * sine, 16 * cosine + 20 * sine, 0]
    assert centre_mm(found) == pytest.approx(wanted, abs=1)
    assert found.shear == pytest.approx(np.tan(np.radians(degrees)))


def test_a_tilted_ball_stays_a_ball_once_it_is_sheared_straight() -> None:
    prepared = preprocess.prepare(perturbations.tilted(20, ball()), 104)
    _, rows, columns = np.nonzero(prepared.hu > -500)
    assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=3)


def test_a_head_is_turned_about_the_middle_of_the_slice() -> None:
    found = perturbations.turned(90, ball())
    assert centre_mm(found) == pytest.approx([20, 0, -16], abs=1)


def test_a_small_field_of_view_lies_about_the_head() -> None:
    found = perturbations.cropped(40, ball())
    assert found.hu.shape == (24, 20, 20)
    assert centre_mm(found)[1:] == pytest.approx([0, 0], abs=2)


@pytest.mark.parametrize("step_mm", [1.0, 3.0])
def test_other_pixels_cover_the_same_field_of_view(step_mm: float) -> None:
    found = perturbations.resampled(step_mm, ball())
    assert found.hu.shape == (24, round(160 / step_mm), 180 / step_mm)
    assert centre_mm(found) == pytest.approx([20, 16, 0], abs=1)


def test_shifted_values_stay_in_range() -> None:
    found = perturbations.shifted(5, volume(np.array([[[0, 32767]]])))
    assert found.hu.ravel().tolist() == [5, 32767]


def test_reversed_slices_lie_upside_down_and_lean_the_other_way() -> None:
    before = ball(0.2)
    found = perturbations.upside_down(before)
    assert np.array_equal(found.hu, before.hu[::-1])
    assert np.array_equal(found.positions_mm, before.positions_mm)
    assert centre_mm(found) == pytest.approx([-20, 16, 0], abs=1)


@pytest.mark.parametrize(
    ("lose", "kept"),
    [
        (perturbations.without_every_fourth, [0, 1, 2, 4, 5, 6, 8]),
        (partial(perturbations.without_middle, 3), [0, 1, 2, 6, 7, 8]),
    ],
)
def test_lost_slices_leave_a_gap_where_they_were(
    lose: perturbations.Perturbation, kept: list[int]
) -> None:
    before = volume(np.arange(9)[:, None, None] * np.ones((1, 4, 4)))
    after = lose(before)
    assert after is not None
    assert after.hu[:, 0, 0].tolist() == kept
    assert after.positions_mm.tolist() == before.positions_mm[kept].tolist()
    assert after.spacing_mm == before.spacing_mm


@pytest.mark.parametrize("slices", [1, 3])
def test_of_few_slices_none_may_be_left(slices: int) -> None:
    assert perturbations.without_middle(3, volume(np.zeros((slices, 4, 4)))) is None
