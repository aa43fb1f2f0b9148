"""How one person differs from the next: sizes, shapes and calcifications, drawn from a seed.

Ventricles and sulci widen with age as in normal ageing, calcifications become more frequent.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from ichdash.phantom.shapes import Points, Waves
from ichdash.phantom.spec import HeadSpec

BEND_MM = 0.9


@dataclass(frozen=True)
class Build:
    """A person's anatomy in numbers; lengths in mm, the rest relative to an average adult."""

    scale: tuple[float, float, float]  # (x, y, z)
    skull_mm: float
    scalp_mm: float
    atrophy: float  # 0 young, 1 old
    ventricle: float  # radius
    asymmetry: float  # left ventricle wider than right where positive
    midline_mm: float
    coronal_mm: float  # y at which the coronal suture crosses the midline
    frontal_sinus: float
    petrous_mm: float
    choroid_hu: tuple[float, float]  # (right, left); 0 where not calcified
    pineal_hu: float
    gray_hu: float
    white_hu: float
    gaze: float
    seed: int

    @classmethod
    def of(cls, spec: HeadSpec) -> Build:
        """The build that a spec's seed, age and sex lead to."""
        rng = np.random.default_rng([spec.seed, 3])
        age = (spec.age_years - 20) / 65
        size = 1.0 + (0.018 if spec.sex == "M" else -0.018)
        atrophy = float(np.clip(age + rng.normal(0, 0.12), 0.02, 1.15))
        return cls(
            scale=_scale(rng, size),
            skull_mm=float(rng.uniform(5.6, 8.2)),
            scalp_mm=float(rng.uniform(4.0, 6.8)),
            atrophy=atrophy,
            ventricle=float(0.82 + 0.55 * atrophy * rng.uniform(0.7, 1.3)),
            asymmetry=float(rng.normal(0, 0.08)),
            midline_mm=float(rng.normal(0, 0.6)),
            coronal_mm=float(rng.normal(-16, 3)),
            frontal_sinus=float(rng.uniform(0.3, 1.25)),
            petrous_mm=float(rng.normal(0, 2)),
            choroid_hu=_calcified(rng, age),
            pineal_hu=float(rng.uniform(90, 260)) if rng.random() < 0.3 + 0.5 * age else 0.0,
            gray_hu=float(rng.normal(36.5, 0.7)),
            white_hu=float(rng.normal(28.3, 0.6)),
            gaze=float(rng.normal(0, 0.15)),
            seed=spec.seed,
        )

    def rng(self, part: str) -> np.random.Generator:
        """A stream of its own for each part, so that a change of one leaves the others alone."""
        return np.random.default_rng([self.seed, 4, zlib.crc32(part.encode())])

    def waves(
        self,
        part: str,
        wavelength_mm: float,
        count: int,
        spread: tuple[float, float] = (0.77, 1.25),
    ) -> Waves:
        """The random field that makes this person's `part` unlike anybody else's."""
        return Waves(self.rng(part), wavelength_mm, count, spread)

    def canonical(self, points: Points) -> Points:
        """Real millimetres to the average head's: unscaled and bent, so that no head is regular."""
        x, y, z = (np.float32(s) for s in self.scale)
        straight = Points(points.x / x, points.y / y, points.z / z)
        dx, dy, dz = (
            np.float32(BEND_MM) * self.waves(f"bend {axis}", 150, 3)(straight) for axis in "xyz"
        )
        return straight.moved(dx, dy, dz)


def _calcified(rng: np.random.Generator, age: float) -> tuple[float, float]:
    """HU of the right and left choroid plexus; 0 where not calcified."""
    both = rng.random() < 0.25 + 0.6 * age
    right, left = rng.uniform(80, 330, 2) * rng.choice([0.4, 1.0], 2) if both else (0.0, 0.0)
    return float(right), float(left)


def _scale(rng: np.random.Generator, size: float) -> tuple[float, float, float]:
    x, y, z = size * (1 + rng.normal(0, [0.028, 0.028, 0.018]))
    return float(x), float(y), float(z)
