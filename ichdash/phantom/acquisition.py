"""What a scanner adds to anatomy: noise with its correlation, beam hardening, and the head rest.

Noise is white noise through a ramp times a soft kernel, as filtered backprojection leaves it
(Riederer et al., Phys Med Biol 1978). Beam hardening is the quadratic error of dense bone's line
integrals, filtered and projected back (Joseph and Spital, J Comput Assist Tomogr 1978): dark
bands between the petrous bones, cupping below the vault.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft, sparse

from ichdash.phantom.shapes import Field, Points

Slices = npt.NDArray[np.float32]  # (slices, rows, columns)

KERNEL_CUTOFF = 0.42  # cycles per mm at which the soft kernel has fallen to 1/e
HARDENING = 3.4e-6  # HU-path lost per squared HU-mm path of bone, see `beam_hardening`
RESIDUE_HU = 14.0  # what a scanner's own correction leaves at most
VIEWS = 72
COARSE = 96


def noise(
    rng: np.random.Generator, shape: tuple[int, int, int], pixel_mm: float, level_hu: float
) -> Slices:
    """Correlated noise (slices, rows, columns) of standard deviation `level_hu`."""
    white = rng.standard_normal(shape, dtype=np.float32)
    rows = fft.fftfreq(shape[1], pixel_mm).astype(np.float32)[:, None]
    columns = fft.rfftfreq(shape[2], pixel_mm).astype(np.float32)
    frequency = np.sqrt(rows**2 + columns**2)
    shaped = np.sqrt(frequency) * np.exp(-((frequency / KERNEL_CUTOFF) ** 2))
    spectrum = fft.rfft2(white) * shaped
    grain = fft.irfft2(spectrum, s=shape[1:])
    scaled: Slices = grain * np.float32(level_hu / max(float(grain.std()), 1e-9))
    return scaled


def head_rest_hu(points: Points, hu: Field, skin: Field) -> Field:
    """A curved carbon shell with foam under the head, in patient coordinates, outside the skin."""
    radius = np.hypot(points.x, points.y + 6)
    below = points.y > 8
    shell = (np.abs(radius - 118) < 1.3) & below
    foam = (radius > 108) & (radius < 116.7) & (points.y > 30)
    rest = np.where(foam, np.float32(-965), np.where(shell, np.float32(60), np.float32(-1000)))
    outside: Field = np.where(skin < 0, np.maximum(hu, rest), hu)
    return outside


def beam_hardening(hu: Slices, pixel_mm: float) -> Slices:
    """HU error that dense bone leaves in slices of (slices, rows, columns); same shape."""
    coarse, pixel = _shrink(np.clip(hu - 250, 0, 1500)), pixel_mm * hu.shape[1] / COARSE
    projector = _projector(COARSE)
    path = projector @ coarse.reshape(len(hu), -1).T * pixel  # (views x detectors, slices)
    excess = path**2 * -HARDENING
    filtered = _ramp(excess, pixel)
    error = (projector.T @ filtered).T.reshape(coarse.shape) * (np.pi / VIEWS)
    limited = RESIDUE_HU * np.tanh(error / RESIDUE_HU)
    return _grow(limited.astype(np.float32), hu.shape[1], hu.shape[2])


def _ramp(sinogram: npt.NDArray[np.float32], pixel_mm: float) -> npt.NDArray[np.float32]:
    """Ramp filter with a smooth roll-off along the detector."""
    views = sinogram.reshape(VIEWS, COARSE, -1)
    frequency = np.abs(fft.fftfreq(2 * COARSE, pixel_mm))
    window = frequency * np.cos(np.pi * frequency * pixel_mm / 1.0) ** 2
    spectrum = fft.fft(views, 2 * COARSE, axis=1) * window[None, :, None]
    filtered: npt.NDArray[np.float32] = fft.ifft(spectrum, axis=1).real[:, :COARSE]
    return filtered.reshape(sinogram.shape)


def _projector(size: int) -> sparse.csr_array:
    """Parallel-beam line sums as a matrix (views x detectors, pixels), linear on the detector."""
    center = np.arange(size) - (size - 1) / 2
    y, x = np.meshgrid(center, center, indexing="ij")
    rows, columns, weights = [], [], []
    for view, angle in enumerate(np.arange(VIEWS) * np.pi / VIEWS):
        place = x.ravel() * np.cos(angle) + y.ravel() * np.sin(angle) + (size - 1) / 2
        low = np.floor(place).astype(int)
        for detector, weight in ((low, low + 1 - place), (low + 1, place - low)):
            inside = (detector >= 0) & (detector < size)
            rows.append(view * size + detector[inside])
            columns.append(np.flatnonzero(inside))
            weights.append(weight[inside])
    entries = np.concatenate(weights).astype(np.float32)
    place_of = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_array((entries, place_of), shape=(VIEWS * size, size * size))


def _resize(fine: int, coarse: int) -> npt.NDArray[np.float32]:
    """Weights (coarse, fine) of linear resampling with an area average when shrinking."""
    position = (np.arange(coarse) + 0.5) * fine / coarse - 0.5
    reach = max(1.0, fine / coarse)
    gap = np.abs(np.arange(fine)[None] - position[:, None]) / reach
    weights = np.clip(1 - gap, 0, None)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _shrink(slices: Slices) -> Slices:
    down, across = (_resize(size, COARSE) for size in slices.shape[1:])
    small: Slices = down @ slices @ across.T
    return small


def _grow(slices: Slices, rows: int, columns: int) -> Slices:
    grown: Slices = _resize(COARSE, rows) @ slices @ _resize(COARSE, columns).T
    return grown
