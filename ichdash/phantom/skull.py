"""The skull: an inner table, a base with its fossae, and bone of varying thickness around them.

The vault is a superellipsoid, the base a height field below the brain. Sutures follow the usual
landmarks (coronal, sagittal, lambdoid); air cells lie in the mastoid, frontal and sphenoid bone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ichdash.phantom.build import Build
from ichdash.phantom.shapes import Chosen, Field, Points, bump, ellipsoid, occupancy, step

VAULT_MM = (66.5, 83.0, 68.0)  # inner half axes: side, front to back, up
VAULT_Z_MM = 8.0
BASE_REACH_MM = 104.0  # half axis downwards: nearly upright walls
TABLE_STEP_MM = 0.5
TABLE_HALF_MM = 110.0
CLIFF_MM = 3.0
CORTICAL_HU, DIPLOE_HU, PETROUS_HU = 1350.0, 620.0, 1250.0


@dataclass(frozen=True, eq=False)
class Skull:
    """What the skull's geometry says of each point; distances in mm, inside the brain positive."""

    depth: Field  # below the inner table
    vault: Field  # below the inner table of the vault alone
    above_base: Field  # above the floor of the fossae
    thickness: Field  # of the vault's bone
    base_thickness: Field

    def take(self, chosen: Chosen) -> Skull:
        taken = (getattr(self, field.name)[chosen] for field in fields(self))
        return Skull(*taken)


def vault_depth(points: Points) -> Field:
    """Distance below the vault's inner table, first order."""
    a, b, c = VAULT_MM
    along = points.y / np.float32(b)
    width = a * (1 + 0.10 * along - 0.07 * along * along)
    z = points.z - np.float32(VAULT_Z_MM)
    reach = np.where(z > 0, np.float32(c), np.float32(BASE_REACH_MM))
    u, v, w = np.abs(points.x) / width, np.abs(along), np.abs(z) / reach
    flat = np.maximum((u**2.3 + v**2.3) ** np.float32(1 / 2.3), 1e-3)
    norm = np.maximum((flat**2.5 + w**2.5) ** np.float32(1 / 2.5), 1e-3)
    flat_share, up_share = (flat / norm) ** 1.5, (w / norm) ** 1.5
    gx = (u / flat) ** 1.3 / width * flat_share
    gy = (v / flat) ** 1.3 / np.float32(b) * flat_share
    gz = up_share / reach
    depth: Field = (1 - norm) / np.sqrt(gx * gx + gy * gy + gz * gz)
    return depth


def ridge_offset(x: Field, y: Field) -> Field:
    """Distance behind the crest of the petrous bone (x already folded onto one side)."""
    offset: Field = (y - (-3 + 0.62 * (x - 14))) * np.float32(0.85)
    return offset


def wing_offset(x: Field, y: Field) -> Field:
    """Distance behind the sphenoid wing, which bulges forwards around the temporal pole."""
    bulge = np.clip(1 - ((x - 38) / 27) ** 2, -0.3, 1)
    offset: Field = y + 25 + 17 * bulge
    return offset


def _floor_height(x: Field, y: Field, petrous_mm: float) -> Field:
    """Height of the cranial floor in mm over the folded head plane."""
    frontal = -15 + 5 * bump((x - 40) / 18, (y + 54) / 20) - 8 * bump(x / 8, (y + 55) / 25)
    temporal = -41 + 17 * bump(x / 13) ** 2 + 0.004 * (x - 35) ** 2
    behind = ridge_offset(x, y)
    clivus = -24 - 2.2 * np.clip(y + 9, 0, 14)
    bowl = -55 + 0.007 * ((y - 30) ** 2 + x * x)
    posterior = bowl + (clivus - bowl) * step((14 - x) / 2) * step((6 - y) / 3)
    wing = wing_offset(x, y)
    height = frontal + (temporal - frontal) * step(wing / 2.2)
    height = height + 3 * bump((wing + 1) / 3.5, (x - 26) / 18)
    height = height + 7 * bump(x / 9, (y + 11) / 2.2)
    height = height + (posterior - height) * step(behind / 2.5)
    crest = -25 + 0.11 * (x - 14) + petrous_mm - 1.25 * np.abs(behind)
    floor: Field = np.maximum(height, np.where(x > 12, crest, np.float32(-99)))
    return floor


def _floor_bone(x: Field, y: Field) -> Field:
    """Thickness of the bone below the cranial floor."""
    behind = ridge_offset(x, y)
    is_frontal = wing_offset(x, y) < 0
    thin = np.where(is_frontal, np.float32(2.2), np.float32(3.5))
    petrous = 17 * bump(behind / 13) * step((x - 12) / 4)
    body = 22 * bump(x / 15, (y + 18) / 15)
    inion = 7 * bump(x / 14, (y - 70) / 22) * step((y - 20) / 5)
    bone: Field = np.maximum.reduce([thin, petrous, body, 4 + inion])
    return np.where(is_frontal, np.minimum(bone, 3), bone)


def _foramen(x: Field, y: Field) -> npt.NDArray[np.bool_]:
    hole: npt.NDArray[np.bool_] = (x / 14.5) ** 2 + ((y - 20) / 16.5) ** 2 < 1
    return hole


@dataclass(frozen=True, eq=False)
class Base:
    """The cranial floor over (|x|, y) at TABLE_STEP_MM: heights in mm, slope and bone."""

    height: Field
    cosine: Field  # of the slope
    highest: Field  # within CLIFF_MM
    lowest: Field
    bone: Field  # thickness in mm

    @classmethod
    def of(cls, build: Build) -> Base:
        steps = int(TABLE_HALF_MM / TABLE_STEP_MM)
        side = np.arange(steps + 1, dtype=np.float32) * TABLE_STEP_MM
        back = np.arange(-steps, steps + 1, dtype=np.float32) * TABLE_STEP_MM
        x, y = (g.astype(np.float32) for g in np.meshgrid(side, back, indexing="ij"))
        height = _floor_height(x, y, build.petrous_mm)
        gx, gy = np.gradient(height, TABLE_STEP_MM)
        height[_foramen(x, y)] = -95.0
        reach = int(2 * CLIFF_MM / TABLE_STEP_MM) + 1
        return cls(
            height=height,
            cosine=1 / np.sqrt(1 + gx * gx + gy * gy),
            highest=ndimage.maximum_filter(height, reach, mode="nearest"),
            lowest=ndimage.minimum_filter(height, reach, mode="nearest"),
            bone=_floor_bone(x, y),
        )

    def above(self, points: Points) -> tuple[Field, Field]:
        """Distance above the floor in mm, negative below, and thickness of its bone."""
        steps = int(TABLE_HALF_MM / TABLE_STEP_MM)
        i = np.clip(np.rint(np.abs(points.x) / TABLE_STEP_MM), 0, steps).astype(np.intp)
        j = np.clip(np.rint(points.y / TABLE_STEP_MM) + steps, 0, 2 * steps).astype(np.intp)
        above = (points.z - self.height[i, j]) * self.cosine[i, j]
        # Beside a cliff its slope says little of points far above its edge or below its foot.
        far_above, far_below = points.z - self.highest[i, j], points.z - self.lowest[i, j]
        above = np.where(above > 0, np.maximum(above, far_above), np.minimum(above, far_below))
        return above, self.bone[i, j]


def measure(points: Points, build: Build) -> Skull:
    """Skull geometry at canonical points."""
    crest = 4.5 * bump(points.x / 4, (points.y - 84) / 10, (points.z + 24) / 16)
    vault = vault_depth(points) - crest
    above, bone = Base.of(build).above(points)
    return Skull(
        depth=np.minimum(vault, above),
        vault=vault,
        above_base=above,
        thickness=vault_thickness(points, build),
        base_thickness=bone,
    )


def vault_thickness(points: Points, build: Build) -> Field:
    """Thickness of the vault: thin at the temples, thick at forehead and occiput."""
    varied = 1 + 0.10 * build.waves("thickness", 75, 5)(points)
    side = bump((np.abs(points.x) - 64) / 16, (points.y + 18) / 28, (points.z + 8) / 26)
    crest = bump(points.x / 7, (points.y + 82) / 14, (points.z + 5) / 30)
    inion = bump(points.x / 12, (points.y - 82) / 14, (points.z + 22) / 14)
    brow = bump(points.x / 30, (points.y + 84) / 18, (points.z + 18) / 14)
    thickness: Field = build.skull_mm * varied * (1 - 0.45 * side) + 3 * crest + 6 * inion
    return thickness + np.float32(1 + 5 * build.frontal_sinus) * brow


def suture_offsets(points: Points, build: Build) -> tuple[Field, Field, Field]:
    """Distance in mm to the coronal, sagittal and lambdoid suture's plane."""
    wiggle = 1.3 * build.waves("sutures", 9, 4)(points)
    coronal = (points.y - build.coronal_mm + 0.35 * (62 - points.z)) * 0.94 + wiggle
    lambdoid = (points.y - 62 - 0.55 * (points.z - 25) + 0.45 * np.abs(points.x)) * 0.8 + wiggle
    sagittal = np.where(
        (points.y > build.coronal_mm) & (lambdoid < 0), points.x + wiggle, np.float32(99)
    )
    return coronal, sagittal, lambdoid


def bone_hu(points: Points, skull: Skull, build: Build) -> Field:
    """HU of the vault's bone: two dense tables, spongy diploe between them, sutures."""
    outward = np.clip(-skull.vault / skull.thickness, 0, 1)
    table_mm = 1.5
    from_table = np.minimum(outward, 1 - outward) * skull.thickness
    spongy = (
        DIPLOE_HU
        + 90 * build.waves("diploe", 7, 6)(points)
        + 120 * build.waves("diploe tone", 40, 4)(points)
    )
    hu = spongy + (CORTICAL_HU - spongy) * occupancy(from_table - table_mm, 1.2)
    offsets = suture_offsets(points, build)
    nearest = np.minimum.reduce([np.abs(offset) for offset in offsets])
    open_share = occupancy(nearest - 0.7, 0.9) * (points.z > 0)
    bone: Field = hu + (180 - hu) * 0.8 * open_share
    return bone


def base_hu(points: Points, skull: Skull, build: Build) -> Field:
    """HU of the base: cortical surface, dense petrous bone, mastoid cells, sphenoid sinus."""
    folded = points.mirrored()
    texture = build.waves("base bone", 8, 16, spread=(0.9, 3.0))(points)
    surface = occupancy(-skull.above_base - 1.6, 1.5)
    behind = ridge_offset(folded.x, points.y)
    petrous = bump(behind / 8, (folded.x - 30) / 15, (points.z + 33) / 11)
    hu = 430 + 140 * texture + (PETROUS_HU - 430) * np.maximum(petrous, 0.75 * surface)
    cells = bump((folded.x - 56) / 13, (points.y - 23) / 14, (points.z + 34) / 15)
    walls = build.waves("mastoid", 9, 9).distance_to_zero(points)
    hu = hu + (-880 - hu) * occupancy(np.maximum(1.0 - walls, 9 * (0.45 - cells)), 1.0)
    septum = np.abs(points.x - 2) < 0.9
    sinus = ellipsoid(points, (0, -26, -34), (12, 11, 8))
    bone: Field = hu + (-980 - hu) * occupancy(sinus, 1.0) * ~septum
    return bone


def add_bone(points: Points, skull: Skull, hu: Field, build: Build) -> Field:
    """Base, vault and frontal sinus painted over soft tissue."""
    below_floor = -skull.above_base - skull.base_thickness
    beside = -skull.vault - 0.6 * skull.thickness  # the base ends within the vault's wall
    base = occupancy(np.maximum(below_floor, beside), 1.0)
    hu = hu + (base_hu(points, skull, build) - hu) * base
    vault = occupancy(np.maximum(-skull.vault - skull.thickness, -skull.above_base - 4), 1.0)
    vault = vault * (skull.vault < 0.5)
    hu = hu + (bone_hu(points, skull, build) - hu) * vault
    air = frontal_sinus(points, skull, build)
    aired: Field = hu + (-990 - hu) * air
    return aired


def frontal_sinus(points: Points, skull: Skull, build: Build) -> Field:
    """Share of air in the frontal sinus: two lobed cavities between the tables of the brow."""
    size = build.frontal_sinus
    folded = points.mirrored()
    lobe = ellipsoid(folded, (9, -88, -14), (10 * size + 2, 6.0, 14 * size + 3))
    lobe = lobe + 1.2 * build.waves("frontal sinus", 16, 4)(points)
    walls = np.maximum(skull.vault + 2.0, 2.2 - skull.thickness - skull.vault)
    share: Field = occupancy(np.maximum.reduce([lobe, 0.7 - folded.x, walls]), 1.0)
    return share
