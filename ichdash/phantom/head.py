"""Draws a head: anatomy under every sample, bleeds into it, then what the scanner makes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.domain import HuArray
from ichdash.phantom import acquisition, brain, face, skull
from ichdash.phantom.build import Build
from ichdash.phantom.grid import Grid
from ichdash.phantom.lesions import Bleed, Site, fluid_bleed, solid_bleed
from ichdash.phantom.mass import displaced
from ichdash.phantom.shapes import Chosen, Field, Points, occupancy
from ichdash.phantom.spec import HeadSpec

DARKEST_HU, BRIGHTEST_HU = -1024, 3071  # what a 12-bit scanner stores
EDEMA_HU = -9.0
FLUID_FINDINGS = ("subarachnoid", "intraventricular")


@dataclass(frozen=True, eq=False)
class Phantom:
    """A drawn head and the truth about it, feet to head."""

    hu: HuArray  # (slices, rows, columns)
    spacing_mm: tuple[float, float, float]  # (z along the slice normal, y, x)
    masks: dict[str, npt.NDArray[np.bool_]]  # by finding, shaped as hu
    volumes_ml: dict[str, float]  # of each mask


@dataclass(frozen=True, eq=False)
class Sampled:
    """A head's samples: those near it, as canonical points with what bounds them."""

    grid: Grid
    build: Build
    patient: Points  # all samples, shaped as the grid
    near: Chosen  # which of them the rest is about
    points: Points
    bone: skull.Skull
    skin: Field  # mm below the skin

    @classmethod
    def of(cls, spec: HeadSpec) -> Sampled:
        grid, build = Grid(spec), Build.of(spec)
        patient = grid.patient_points()
        near = grid.near_head(patient)
        points = build.canonical(grid.head_points(patient.take(near)))
        bone = skull.measure(points, build)
        skin = np.maximum(face.skin_depth(points, bone, build), face.ear_depth(points, build))
        return cls(grid, build, patient, near, points, bone, skin)

    def everywhere(self, values: Field) -> Field:
        """Values of the near points in the whole grid, with air around them."""
        spread = np.full(self.near.shape, face.AIR_HU, np.float32)
        spread[self.near] = values
        return spread

    def site(self) -> tuple[Site, Chosen]:
        """The points inside the skull, and which of the near points they are."""
        inside: Chosen = self.bone.depth > -0.6
        where = self.near.copy()
        where[self.near] = inside
        points, depth = self.points.take(inside), self.bone.depth[inside]
        return Site(self.grid, self.build, where, points, depth), inside


def draw_head(spec: HeadSpec) -> Phantom:
    """Draw the head that `spec` describes.

    Raises InputError where a bleed does not fit into this head.
    """
    head = Sampled.of(spec)
    drawn, bleeds = _tissue(head)
    hu = head.everywhere(drawn)
    acquisition.add_head_rest(head.patient, hu, head.everywhere(head.skin))
    return _scanned(head.grid, hu, bleeds)


def _tissue(head: Sampled) -> tuple[Field, tuple[Bleed, ...]]:
    """HU of the near points, and the bleeds among them."""
    hu = np.full(len(head.points), face.AIR_HU, np.float32)
    covered = head.skin > -1
    hu[covered] = _wrapping(
        head.points.take(covered), head.bone.take(covered), head.skin[covered], head.build
    )
    site, inside = head.site()
    content, bleeds = _content(site, head.grid.spec)
    hu[inside] += (content - hu[inside]) * occupancy(-site.depth, 1.0)
    return hu, bleeds


def _wrapping(points: Points, bone: skull.Skull, skin: Field, build: Build) -> Field:
    """HU of everything around the brain."""
    hu = face.soft_tissue_hu(points, skin, build)
    hu = face.add_face(points, hu, build)
    hu = skull.add_bone(points, bone, hu, build)
    wrapped: Field = face.AIR_HU + (hu - face.AIR_HU) * occupancy(-skin, 1.0)
    return wrapped


def _content(site: Site, spec: HeadSpec) -> tuple[Field, tuple[Bleed, ...]]:
    """HU inside the skull with its bleeds."""
    solid = tuple(
        solid_bleed(site, lesion) for lesion in spec.lesions if lesion.finding not in FLUID_FINDINGS
    )
    points, depth = displaced(site, solid)
    drawn = brain.draw(points, depth, site.build)
    fluid = tuple(
        fluid_bleed(site, lesion, drawn)
        for lesion in spec.lesions
        if lesion.finding in FLUID_FINDINGS
    )
    hu = drawn.hu
    for bleed in (*fluid, *solid):
        hu = _with_blood(site, hu, bleed, drawn)
    return hu, solid + fluid


def _with_blood(site: Site, hu: Field, bleed: Bleed, drawn: brain.Brain) -> Field:
    lesion = bleed.spec
    if lesion.edema_mm > 0:
        soaked = occupancy(bleed.beyond - lesion.edema_mm, lesion.edema_mm) * (bleed.beyond < 40)
        dry = np.maximum(drawn.subarachnoid, drawn.ventricular)
        hu = hu + EDEMA_HU * soaked * (1 - dry)
    clots = 2.5 * site.build.waves("clots", 12, 5)(site.points)
    blood: Field = hu + (lesion.density_hu + clots - hu) * bleed.share
    return blood


def _scanned(grid: Grid, samples: Field, bleeds: tuple[Bleed, ...]) -> Phantom:
    """Samples averaged, blurred, with artefacts and noise, as a scanner stores them."""
    spec = grid.spec
    rng = np.random.default_rng([spec.seed, 5])
    hu = grid.enlarge(grid.to_slices(samples))
    hu += acquisition.beam_hardening(hu, spec.pixel_mm)
    hu += acquisition.noise(rng, hu.shape, spec.pixel_mm, spec.noise_hu)
    stored = np.clip(np.rint(hu), DARKEST_HU, BRIGHTEST_HU).astype(np.int16)
    masks = {bleed.spec.finding: bleed.mask for bleed in bleeds}
    volumes_ml = {finding: grid.volume_ml(mask) for finding, mask in masks.items()}
    return Phantom(stored, spec.spacing_mm, masks, volumes_ml)
