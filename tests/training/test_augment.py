"""Random geometry and intensity: alike for image and truth, one draw for each sample."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ichdash.training import augment
from tests.training.scenes import STILL

COUNT = 2000


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def geometry(ranges: augment.Ranges, count: int = COUNT) -> Tensor:
    return augment.geometry(count, generator(), ranges)


def centre(images: Tensor) -> Tensor:
    """Centre of mass (n, 2) of each single-channel image, as parts of its side."""
    mass = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    places = (torch.arange(images.shape[-1]) + 0.5) / images.shape[-1]
    return torch.stack([(mass.sum(2) * places).sum(1), (mass.sum(1) * places).sum(1)], 1)


def test_half_of_the_samples_are_mirrored() -> None:
    turned = torch.linalg.det(geometry(augment.Ranges())[:, :, :2])
    assert 0.45 < float((turned < 0).float().mean()) < 0.55


def test_without_ranges_there_is_mirroring_only() -> None:
    maps = {tuple(each.flatten().tolist()) for each in geometry(STILL)}
    assert maps == {(1, 0, 0, 0, 1, 0), (-1, 0, 0, 0, 1, 0)}


def test_a_bend_moves_image_and_truth_alike() -> None:
    spots = torch.zeros(4, 1, 64, 64)
    spots[:, :, 36:44, 18:26] = 1
    still, bend = geometry(STILL, 4), augment.bends(4, generator(), augment.Ranges(bend=0.03))
    alike = torch.cat([spots * 60, spots], 1)
    moved = augment.warp(alike, still, 0.0, bend)
    assert torch.allclose(moved[:, :1], 60 * moved[:, 1:], atol=1e-3)
    moved_by = centre(moved[:, 1:]) - centre(augment.warp(spots, still, 0.0))
    assert 0.005 < float(moved_by.abs().max()) < 0.1
    assert len({tuple(each) for each in moved_by.tolist()}) == 4


def test_without_ranges_nothing_is_bent() -> None:
    assert augment.bends(3, generator(), STILL).abs().max() == 0


def test_a_shift_is_no_larger_than_its_range() -> None:
    shifts = geometry(replace(STILL, shift=0.08))[:, :, 2].abs()
    assert 0.07 < float(shifts.max()) <= 0.08


def test_scale_is_as_often_larger_as_smaller() -> None:
    sizes = torch.linalg.det(geometry(replace(STILL, scale=0.13))[:, :, :2]).abs().sqrt().log()
    assert float(sizes.abs().max()) <= 0.1301
    assert abs(float(sizes.mean())) < 0.01


def test_rotation_keeps_the_size() -> None:
    maps = geometry(replace(STILL, rotation=20.0))[:, :, :2]
    assert torch.linalg.det(maps).abs().numpy() == pytest.approx(1.0, abs=1e-5)
    assert float(maps[:, 1, 0].abs().max()) > 0.3  # the sine of nearly 20 degrees


def test_image_and_truth_of_half_its_size_move_alike() -> None:
    image, truth = torch.zeros(20, 1, 64, 64), torch.zeros(20, 1, 32, 32)
    image[:, :, 20:36, 30:40] = 1.0
    truth[:, :, 10:18, 15:20] = 1.0
    affine = geometry(augment.Ranges(), 20)
    moved = [centre(augment.warp(each, affine, 0.0)) for each in (image, truth)]
    assert float((moved[0] - moved[1]).abs().max()) < 0.01
    assert float((moved[0] - centre(image)).abs().max()) > 0.05


def test_what_comes_in_from_outside_is_air() -> None:
    affine = torch.tensor([[[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]])  # half a side to the left
    moved = augment.warp(torch.full((1, 1, 8, 8), 40.0), affine, augment.AIR_HU)
    assert moved[0, 0, 4].tolist() == [40.0] * 4 + [-1000.0] * 4


def test_intensity_is_drawn_once_for_each_sample() -> None:
    even = torch.full((12, 3, 8, 8), 40.0)
    seen = augment.intensity(even, generator(), replace(STILL, hu_shift=5.0, hu_gain=0.07))
    assert float(seen.flatten(1).std(1).max()) < 1e-4
    assert len({round(float(value), 4) for value in seen[:, 0, 0, 0]}) == 12


def test_noise_differs_from_slice_to_slice() -> None:
    seen = augment.intensity(torch.zeros(12, 2, 8, 8), generator(), replace(STILL, noise_hu=4.0))
    noisy = [each for each in seen if each.any()]
    assert 4 <= len(noisy) < 12
    assert not any(torch.equal(first, second) for first, second in noisy)


def test_sharpness_is_varied_and_keeps_even_places() -> None:
    edge = torch.zeros(40, 1, 16, 16)
    edge[..., 8:] = 40.0
    seen = augment.intensity(edge, generator(), STILL)
    beside = seen[:, 0, 8, 8]
    assert float(beside.min()) < 38
    assert float(beside.max()) > 42
    assert seen[:, 0, 8, (2, 13)].flatten().tolist() == pytest.approx([0.0, 40.0] * 40, abs=1e-4)


def test_air_and_metal_stay_finite() -> None:
    hu = torch.tensor([-1024.0, 0.0, 40.0, 3071.0]).repeat(8, 3, 4, 1)
    assert augment.intensity(hu, generator(), augment.Ranges()).isfinite().all()


def test_same_generator_gives_the_same_intensity() -> None:
    first, second = (
        augment.intensity(torch.zeros(4, 3, 8, 8), generator(3), augment.Ranges()) for _ in range(2)
    )
    assert torch.equal(first, second)


def test_shading_is_broad_and_the_same_for_neighbours() -> None:
    even = torch.full((40, 3, 64, 64), 30.0)
    field = augment.shading(even, generator(), replace(STILL, shading_hu=5.0))
    assert torch.equal(field[:, 0], field.expand_as(even)[:, 2])
    assert float(field.std()) > 1
    steps = (field[..., 1:] - field[..., :-1]).abs()
    assert float(steps.max()) < 3


def test_what_is_beside_bone_is_shaded_more() -> None:
    hu = torch.full((60, 1, 64, 64), 30.0)
    hu[..., :8] = 1000.0
    field = augment.shading(hu, generator(), replace(STILL, glow_hu=14.0)).abs().mean((0, 1, 2))
    assert float(field[10]) > 1
    assert float(field[10]) > 5 * float(field[40])


def test_without_ranges_nothing_is_shaded() -> None:
    assert not augment.shading(torch.full((2, 1, 32, 32), 500.0), generator(), STILL).any()
