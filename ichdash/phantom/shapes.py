"""Geometry that anatomy is made of: points, signed distances and smooth random fields.

Anatomy is a function of points in millimetres, never of a voxel grid: whatever lies under a
sample can be asked for at any resolution. Distances are negative inside a shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating[Any]]  # (points,), float32 by habit
Chosen = npt.NDArray[np.bool_]  # (points,)


@dataclass(frozen=True, eq=False)
class Points:
    """Points in mm: x to the patient's left, y to the back, z to the head."""

    x: Field
    y: Field
    z: Field

    def __len__(self) -> int:
        return len(self.x)

    def take(self, chosen: Chosen) -> Points:
        return Points(self.x[chosen], self.y[chosen], self.z[chosen])

    def moved(self, dx: Field, dy: Field, dz: Field) -> Points:
        return Points(self.x + dx, self.y + dy, self.z + dz)

    def mirrored(self) -> Points:
        """Both sides folded onto the left one."""
        return Points(np.abs(self.x), self.y, self.z)


def occupancy(distance_mm: Field, edge_mm: float = 1.0) -> Field:
    """Share of a sample of width `edge_mm` that lies inside a surface at this distance."""
    share: Field = np.clip(0.5 - distance_mm / edge_mm, 0, 1)
    return share


def bump(*offsets: Field) -> Field:
    """1 at the centre, falling off as a Gaussian of unit-less offsets."""
    total = sum((offset * offset for offset in offsets), start=np.float32(0))
    hill: Field = np.exp(-total)
    return hill


def step(offset: Field) -> Field:
    """Smooth step from 0 to 1 around offset 0, about two units wide."""
    stair: Field = 0.5 + 0.5 * np.tanh(offset)
    return stair


def ellipsoid(
    points: Points, center: tuple[float, float, float], radii: tuple[float, float, float]
) -> Field:
    """Distance to an ellipsoid: exact at the surface, good near it."""
    x, y, z = points.x - center[0], points.y - center[1], points.z - center[2]
    u, v, w = x / radii[0], y / radii[1], z / radii[2]
    norm = np.sqrt(u * u + v * v + w * w)
    u, v, w = u / radii[0], v / radii[1], w / radii[2]
    slope = np.sqrt(u * u + v * v + w * w)
    distance: Field = norm * (norm - 1) / np.maximum(slope, 1e-4)
    return distance


def capsule(points: Points, start: Sequence[float], end: Sequence[float]) -> Field:
    """Distance to a rod whose radius changes evenly between two nodes (x, y, z, radius)."""
    axis = np.subtract(end[:3], start[:3]).astype(np.float32)
    x, y, z = points.x - start[0], points.y - start[1], points.z - start[2]
    along = np.clip((x * axis[0] + y * axis[1] + z * axis[2]) / float(axis @ axis), 0, 1)
    x, y, z = x - along * axis[0], y - along * axis[1], z - along * axis[2]
    distance: Field = np.sqrt(x * x + y * y + z * z) - (start[3] + along * (end[3] - start[3]))
    return distance


def tube(points: Points, nodes: Sequence[Sequence[float]]) -> Field:
    """Distance to a chain of rods through nodes (x, y, z, radius)."""
    distance = capsule(points, nodes[0], nodes[1])
    for start, end in pairwise(nodes[1:]):
        np.minimum(distance, capsule(points, start, end), out=distance)
    return distance


class Waves:
    """A smooth random field of unit variance: the sum of plane waves of about one wavelength.

    Its zero set is a labyrinth of evenly spaced curves, which is what folded cortex looks like.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        wavelength_mm: float,
        count: int,
        spread: tuple[float, float] = (0.77, 1.25),
    ) -> None:
        directions = rng.normal(size=(count, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        lengths = wavelength_mm * rng.uniform(*spread, size=(count, 1))
        self.vectors = (2 * np.pi * directions / lengths).astype(
            np.float32
        )  # (waves, 3), radians per mm
        self.phases = rng.uniform(0, 2 * np.pi, count).astype(np.float32)
        self.amplitude = float(np.sqrt(2 / count))

    def _phase(self, points: Points, wave: int) -> Field:
        kx, ky, kz = self.vectors[wave]
        phase: Field = points.x * kx + points.y * ky + points.z * kz + self.phases[wave]
        return phase

    def __call__(self, points: Points) -> Field:
        total = np.zeros(len(points), np.float32)
        for wave in range(len(self.phases)):
            total += np.cos(self._phase(points, wave))
        return total * np.float32(self.amplitude)

    def distance_to_zero(self, points: Points) -> Field:
        """Distance in mm to the field's nearest zero, first order."""
        value = np.zeros(len(points), np.float32)
        slope = [np.zeros(len(points), np.float32) for _ in range(3)]
        for wave, vector in enumerate(self.vectors):
            phase = self._phase(points, wave)
            value += np.cos(phase)
            sine = np.sin(phase)
            for axis in range(3):
                slope[axis] -= vector[axis] * sine
        length = np.sqrt(sum(s * s for s in slope))
        distance: Field = np.abs(value) / np.maximum(length, 0.03)
        return distance
