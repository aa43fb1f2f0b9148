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

from ichdash.phantom.shapes import Field, Points, occupancy

Slices = npt.NDArray[np.float32]  # (slices, rows, columns)
Weights = npt.NDArray[np.float32]

KERNEL_CUTOFF = 0.43  # cycles per mm at which the soft kernel has fallen to 1/e
HARDENING = 5.5e-6  # share of a bone's line integral lost per HU mm of it
SOFTEST_BONE_HU = 250.0
RESIDUE_HU = 18.0  # what a scanner's own correction leaves at most
VIEWS = 72  # beam hardening is smooth: few views and pixels show it
COARSE = 96
REST_RADIUS_MM = 115.0
AIR_HU = -1000.0


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


def add_head_rest(points: Points, hu: Field, skin: Field) -> None:
    """Lay the head on a curved carbon shell with foam: changes `hu` outside the skin, in place."""
    below = (points.y > 30) & (skin < 0)
    x, y = points.x[below], points.y[below]
    gap = np.abs(np.sqrt(x * x + (y + 6) ** 2) - REST_RADIUS_MM)
    foam = gap < 10
    rest = AIR_HU + 35 * foam + 1080 * occupancy(gap - 1.6)
    hu[below] = np.maximum(hu[below], rest)


def beam_hardening(hu: Slices, pixel_mm: float) -> Slices:
    """HU error that dense bone leaves in slices of (slices, rows, columns); same shape."""
    to_coarse, to_fine = _resampling(hu.shape[1], COARSE), _resampling(COARSE, hu.shape[1])
    bone = to_coarse @ np.clip(hu - SOFTEST_BONE_HU, 0, 1500) @ to_coarse.T
    coarse_mm = pixel_mm * hu.shape[1] / COARSE
    projector = _projector(COARSE)
    path = projector @ bone.reshape(len(hu), -1).T * coarse_mm  # (views x detectors, slices)
    lost = _ramp(-HARDENING * path**2, coarse_mm)
    error = (projector.T @ lost).T.reshape(bone.shape) * (np.pi / VIEWS)
    limited = (RESIDUE_HU * np.tanh(error / RESIDUE_HU)).astype(np.float32)
    grown = np.asarray(to_fine @ limited @ to_fine.T, np.float32)
    return grown - np.float32(_calibrated_offset(hu, grown))


def _calibrated_offset(hu: Slices, error: Slices) -> float:
    """Error of soft tissue as a whole, which a scanner's calibration takes away."""
    soft = error[(hu > 0) & (hu < 80)]
    return float(np.median(soft)) if len(soft) else 0.0


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


def _resampling(size: int, wanted: int) -> Weights:
    """Weights (wanted, size) of linear resampling, with an area average when shrinking."""
    position = (np.arange(wanted) + 0.5) * size / wanted - 0.5
    reach = max(1.0, size / wanted)
    gap = np.abs(np.arange(size)[None] - position[:, None]) / reach
    weights = np.clip(1 - gap, 0, None)
    shares: Weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
