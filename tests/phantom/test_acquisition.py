import numpy as np
import pydicom
import pytest
from scipy.ndimage import gaussian_filter

from ichdash.phantom import draw_head
from ichdash.phantom.acquisition import add_head_rest, beam_hardening, noise
from ichdash.phantom.grid import Grid
from ichdash.phantom.shapes import Points
from tests.phantom.heads import small
from tests.shared_data import shared


def correlation(grain: np.ndarray, lag: int) -> float:
    """Of pixels `lag` columns apart."""
    return float((grain[..., lag:] * grain[..., :-lag]).mean() / (grain**2).mean())


def test_noise_has_the_asked_standard_deviation_and_no_offset():
    grain = noise(np.random.default_rng(1), (4, 256, 256), 0.46, 3.5)
    assert grain.std() == pytest.approx(3.5, rel=0.01)
    assert abs(grain.mean()) < 0.01


def test_noise_correlates_within_a_slice_and_not_between_slices():
    grain = noise(np.random.default_rng(1), (4, 256, 256), 0.46, 3.5)
    assert 0.5 < correlation(grain, 1) < 0.9
    assert abs(correlation(grain, 12)) < 0.05
    assert abs((grain[0] * grain[1]).mean()) / grain.var() < 0.02


def test_noise_correlates_like_that_of_a_real_scanner():
    ds = pydicom.dcmread(shared("ge-tilted-head") / "22.dcm")
    brain = ds.pixel_array[200:320, 200:310].astype(np.float32)
    drawn = noise(np.random.default_rng(1), (1, 256, 256), float(ds.PixelSpacing[0]), 3.5)[0]
    real, drawn = (image - gaussian_filter(image, 3) for image in (brain, drawn))
    for lag in (1, 2, 3):
        assert correlation(drawn, lag) == pytest.approx(correlation(real, lag), abs=0.15)


def test_a_drawn_head_has_the_asked_noise_in_the_brain():
    spec = small(seed=5, slices=3, noise_hu=4.0)
    clean, noisy = draw_head(small(seed=5, slices=3)), draw_head(spec)
    brain = (clean.hu > 20) & (clean.hu < 40)
    grain = noisy.hu[brain].astype(float) - clean.hu[brain]
    assert grain.std() == pytest.approx(4.0, rel=0.1)


def test_beam_hardening_darkens_what_lies_between_dense_bones():
    hu = np.full((1, 128, 128), 35, np.float32)
    hu[:, 56:72, 20:40] = hu[:, 56:72, 88:108] = 1500
    error = beam_hardening(hu, 1.8)[0]
    assert error[60:68, 56:72].mean() < -4
    assert error[60:68, 56:72].mean() < error[20:30, 56:72].mean() - 3


def test_beam_hardening_leaves_soft_tissue_alone():
    hu = np.full((1, 128, 128), 35, np.float32)
    assert np.abs(beam_hardening(hu, 1.8)).max() < 1e-3


def test_the_head_lies_on_a_rest_with_air_between():
    line = np.linspace(60, 125, 200, dtype=np.float32)
    points = Points(np.zeros_like(line), line, np.zeros_like(line))
    hu = np.full_like(line, -1000)
    add_head_rest(points, hu, skin=90 - line)
    assert hu.max() > 50
    assert (hu[line < 90] == -1000).all()
    assert (hu[(line > 91) & (line < 97)] == -1000).all()


@pytest.mark.parametrize("tilt_deg", [-18.0, 0.0, 18.0])
def test_slices_lie_their_spacing_apart_along_the_normal(tilt_deg):
    grid = Grid(small(gantry_tilt_deg=tilt_deg))
    step = grid.first_pixel(1) - grid.first_pixel(0)
    assert step @ grid.normal == pytest.approx(5.0)
    assert step[:2] == pytest.approx([0, 0])  # the table moves along z alone
    assert step[2] == pytest.approx(5.0 / np.cos(np.deg2rad(tilt_deg)))


def test_samples_lie_where_the_positions_say():
    grid = Grid(small(gantry_tilt_deg=15.0))
    points = grid.patient_points()
    planes = [points.x[7, :, 0, 0], points.y[7, :, 0, 0], points.z[7, :, 0, 0]]
    first = [plane.mean() for plane in planes]  # thin planes average to the slice
    np.testing.assert_allclose(first, grid.first_pixel(7), atol=1e-3)


def test_enlarging_keeps_levels_and_never_rings():
    grid = Grid(small(rows=512, columns=512, slices=1))
    slices = np.full((1, 256, 256), -1000, np.float32)
    slices[:, 100:, :] = 1000
    large = grid.enlarge(slices)
    assert large.shape == (1, 512, 512)
    assert -1000.1 < large.min() < -999.9
    assert 999.9 < large.max() < 1000.1
