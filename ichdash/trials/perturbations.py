"""What other scanners, protocols and transfers do to a scan, done to a `Volume` in HU.

Each acts before `imaging.preprocess`, as it would on the way from the scanner. Slices are taken to
be evenly spaced. What comes from outside the scan is air.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ichdash.domain import Volume
from ichdash.imaging import resample
from ichdash.imaging.anatomy import AIR_HU

Perturbation = Callable[[Volume], Volume | None]
"""None where no slice is left."""

FloatArray = npt.NDArray[np.floating]

TISSUE_HU = -200.0
SHARP_MM = 0.8
"""Standard deviation of the blur whose difference to the slice a sharp kernel adds."""


def _remade(volume: Volume, hu: npt.NDArray[np.generic], **changes: object) -> Volume:
    """`volume` with other slices; they have UIDs of their own, since they stand in no file."""
    rounded = np.rint(hu).clip(-32768, 32767).astype(np.int16)
    uids = tuple(f"{volume.series_uid}.{index}" for index in range(len(rounded)))
    known = {"hu": rounded, "sop_instance_uids": uids, "instance_numbers": ()}
    return replace(volume, **known, **changes)  # type: ignore[arg-type]


def noisy(sigma_hu: float, volume: Volume) -> Volume:
    """White noise on top of the scan's own."""
    noise = np.random.default_rng(0).standard_normal(volume.hu.shape, np.float32)
    return _remade(volume, volume.hu + sigma_hu * noise)


def smooth(sigma_mm: float, volume: Volume) -> Volume:
    """As a softer reconstruction kernel: a Gaussian blur in the slice."""
    return _remade(volume, _blurred(volume, sigma_mm))


def sharp(amount: float, volume: Volume) -> Volume:
    """As a sharper reconstruction kernel: edges and noise raised by `amount`."""
    return _remade(volume, volume.hu + amount * (volume.hu - _blurred(volume, SHARP_MM)))


def _blurred(volume: Volume, sigma_mm: float) -> FloatArray:
    _, row_mm, column_mm = volume.spacing_mm
    sigma = (0, sigma_mm / row_mm, sigma_mm / column_mm)
    return np.asarray(ndimage.gaussian_filter(volume.hu.astype(np.float32), sigma))


def resliced(step_mm: float, volume: Volume) -> Volume:
    """Slices of another thickness, touching one another."""
    z, *in_slice = volume.spacing_mm
    depth_mm = np.arange(0, (len(volume) - 1) * z + 1e-6, step_mm)
    weights = resample.operator(depth_mm, len(volume), z)  # (out, slices)
    weights /= weights.sum(axis=1, keepdims=True)
    return _remade(
        volume,
        np.tensordot(weights, volume.hu.astype(np.float32), 1),
        positions_mm=volume.positions_mm[0] + depth_mm,
        spacing_mm=(step_mm, *in_slice),
    )


def tilted(degrees: float, volume: Volume) -> Volume:
    """The same head scanned with the gantry tilted, its upper edge to the front if positive."""
    z, row_mm, column_mm = volume.spacing_mm
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    centre = (volume.hu.shape[1] - 1) / 2
    along = cosine - volume.shear * sine  # rows of the scan passed by one row of the tilted one
    matrix = np.array(
        [[1, row_mm * sine / z, 0], [-volume.shear * z / row_mm, along, 0], [0, 0, 1]]
    )
    middle_mm = (volume.positions_mm - volume.positions_mm[0]).mean()
    offset = (
        -centre * matrix[0, 1],
        centre * (1 - along) + volume.shear * middle_mm / row_mm,
        0,
    )
    source = volume.hu.astype(np.float32)
    return _remade(
        volume,
        ndimage.affine_transform(source, matrix, offset, order=1, cval=AIR_HU),
        positions_mm=volume.positions_mm * cosine,
        spacing_mm=(z * cosine, row_mm, column_mm),
        shear=float(np.tan(np.radians(degrees))),
    )


def turned(degrees: float, volume: Volume) -> Volume:
    """The head turned in the slice about its middle."""
    _, rows, columns = volume.hu.shape
    centre, angle = ((rows - 1) / 2, (columns - 1) / 2), np.radians(degrees)
    above_air = volume.hu.astype(np.float32) - np.float32(AIR_HU)
    planes = [
        resample.turned(each, angle, centre, volume.spacing_mm[1:]) + AIR_HU for each in above_air
    ]
    return _remade(volume, np.stack(planes))


def cropped(side_mm: float, volume: Volume) -> Volume:
    """A small square field of view about the middle of the head."""
    _, *places = np.nonzero(volume.hu > TISSUE_HU)
    parts = []
    for step, count, place in zip(volume.spacing_mm[1:], volume.hu.shape[1:], places, strict=True):
        middle, half = float(np.median(place)) if len(place) else count / 2, side_mm / step / 2
        parts.append(slice(max(0, round(middle - half)), round(middle + half)))
    return _remade(volume, volume.hu[:, parts[0], parts[1]])


def resampled(step_mm: float, volume: Volume) -> Volume:
    """Pixels of another size over the same field of view."""
    operators = []
    for step, count in zip(volume.spacing_mm[1:], volume.hu.shape[1:], strict=True):
        samples = max(1, round(count * step / step_mm))
        centres = resample.centres_mm(samples, step_mm, (count - 1) * step / 2)
        operators.append(resample.operator(centres, count, step))
    above_air = volume.hu.astype(np.float32) - np.float32(AIR_HU)
    hu = resample.apply(operators[0], operators[1], above_air) + AIR_HU
    return _remade(volume, hu, spacing_mm=(volume.spacing_mm[0], step_mm, step_mm))


def shifted(hu: int, volume: Volume) -> Volume:
    """A scanner that is out of calibration."""
    return _remade(volume, volume.hu.astype(np.float32) + hu)


def upside_down(volume: Volume) -> Volume:
    """Slices in reversed order, as if feet were head."""
    positions = volume.positions_mm
    return _remade(
        volume,
        volume.hu[::-1],
        positions_mm=positions[0] + positions[-1] - positions[::-1],
        shear=-volume.shear,
    )


def without_every_fourth(volume: Volume) -> Volume:
    """Slices lost all over the scan."""
    return _kept(volume, np.arange(len(volume)) % 4 != 3)


def without_middle(count: int, volume: Volume) -> Volume | None:
    """Neighbouring slices lost in the middle of the scan."""
    if len(volume) <= count:
        return None
    first = (len(volume) - count) // 2
    index = np.arange(len(volume))
    return _kept(volume, (index < first) | (index >= first + count))


def _kept(volume: Volume, kept: npt.NDArray[np.bool_]) -> Volume:
    return _remade(volume, volume.hu[kept], positions_mm=volume.positions_mm[kept])


PERTURBATIONS: dict[str, Perturbation] = {
    "noise of 10 HU": partial(noisy, 10.0),
    "smooth kernel": partial(smooth, 1.0),
    "sharp kernel": partial(sharp, 1.0),
    "2.5 mm slices": partial(resliced, 2.5),
    "10 mm slices": partial(resliced, 10.0),
    "gantry tilt 20°": partial(tilted, 20.0),
    "gantry tilt −20°": partial(tilted, -20.0),
    "turned by 10°": partial(turned, 10.0),
    "turned by 20°": partial(turned, 20.0),
    "turned by 30°": partial(turned, 30.0),
    "160 mm field of view": partial(cropped, 160.0),
    "0.4 mm pixels": partial(resampled, 0.4),
    "0.9 mm pixels": partial(resampled, 0.9),
    "5 HU higher": partial(shifted, 5),
    "5 HU lower": partial(shifted, -5),
    "reversed order": upside_down,
    "every fourth slice missing": without_every_fourth,
    "three slices missing": partial(without_middle, 3),
}
"""By the name under which their effect is told."""
