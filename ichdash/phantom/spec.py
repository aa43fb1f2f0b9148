"""What to draw: one head, its acquisition and its bleeds, all fixed by a seed and a few choices.

A `HeadSpec` that exists can be drawn; everything that it leaves open (shape of the skull, folding
of the cortex, calcifications, noise) follows from its seed, so the same spec gives the same study.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

FINDINGS = ("epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural")

PLACES: dict[str, tuple[str, ...]] = {
    "intraparenchymal": (
        "putamen",
        "thalamus",
        "frontal",
        "temporal",
        "parietal",
        "occipital",
        "cerebellum",
        "pons",
    ),
    "subdural": ("convexity", "frontal", "parietal", "falx"),
    "epidural": ("temporal", "frontal", "parietal"),
    "subarachnoid": ("basal", "sylvian", "convexity"),
    "intraventricular": ("layering", "cast"),
}

LARGEST_ML = {
    "intraparenchymal": 90.0,
    "subdural": 150.0,
    "epidural": 120.0,
    "subarachnoid": 40.0,
    "intraventricular": 25.0,
}


class Side(StrEnum):
    """The patient's side, as DICOM and readers use it."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def sign(self) -> int:
        """+1 for the patient's left, as x grows to the left (PS3.3 C.7.6.2)."""
        return 1 if self is Side.LEFT else -1


@dataclass(frozen=True)
class LesionSpec:
    """One bleed: which finding, how much of it, how dense and where."""

    finding: str
    volume_ml: float
    place: str
    side: Side = Side.LEFT
    density_hu: float = 64.0
    edema_mm: float = 0.0  # rim of low density around an intraparenchymal bleed
    mass_effect: float = 1.0  # 0 leaves the rest of the head as it would be without the bleed

    def __post_init__(self) -> None:
        if self.finding not in FINDINGS:
            raise ValueError(f"{self.finding!r} is not a finding ({', '.join(FINDINGS)})")
        if self.place not in PLACES[self.finding]:
            known = ", ".join(PLACES[self.finding])
            raise ValueError(f"{self.place!r} is not a place of a {self.finding} bleed ({known})")
        largest = LARGEST_ML[self.finding]
        if not 0 < self.volume_ml <= largest:
            raise ValueError(f"volume_ml={self.volume_ml} is outside 0–{largest:g} ml")
        if not 30 <= self.density_hu <= 100:
            raise ValueError(f"density_hu={self.density_hu} is not a bleed's density (30–100 HU)")


@dataclass(frozen=True)
class HeadSpec:
    """One head as it lies in the scanner. Lengths in mm, angles in degrees."""

    seed: int
    age_years: int = 60
    sex: str = "F"
    lesions: tuple[LesionSpec, ...] = ()
    rows: int = 512
    columns: int = 512
    slices: int = 30
    slice_mm: float = 5.0  # thickness and spacing along the slice normal
    field_of_view_mm: float = 236.0
    gantry_tilt_deg: float = 0.0
    turn_deg: float = 0.0  # about the long axis, positive to the patient's left
    nod_deg: float = 0.0  # chin to chest
    lean_deg: float = 0.0  # towards a shoulder
    offset_mm: tuple[float, float] = (0.0, 0.0)  # (x, y) off the isocentre
    noise_hu: float = 3.6  # standard deviation in the brain

    def __post_init__(self) -> None:
        if self.rows != self.columns or self.rows < 32 or self.rows % 2 or self.slices < 1:
            raise ValueError("a head needs a square, even matrix of at least 32 and one slice")
        if not (self.slice_mm > 0 and self.field_of_view_mm > 0 and self.noise_hu >= 0):
            raise ValueError(
                "slice_mm and field_of_view_mm must be positive, noise_hu not negative"
            )
        if abs(self.gantry_tilt_deg) > 30:
            raise ValueError(f"gantry_tilt_deg={self.gantry_tilt_deg} is beyond a scanner's ±30")
        findings = [lesion.finding for lesion in self.lesions]
        if len(set(findings)) < len(findings):
            raise ValueError("at most one bleed of each finding can be drawn")

    @property
    def pixel_mm(self) -> float:
        return self.field_of_view_mm / self.columns

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """(z along the slice normal, y, x)."""
        return self.slice_mm, self.pixel_mm, self.pixel_mm


def random_head(seed: int, lesions: tuple[LesionSpec, ...] = ()) -> HeadSpec:
    """A head whose age, sex, placement and noise are drawn from the seed."""
    rng = np.random.default_rng([seed, 1])
    return HeadSpec(
        seed=seed,
        age_years=int(rng.integers(19, 92)),
        sex=str(rng.choice(["F", "M"])),
        lesions=lesions,
        field_of_view_mm=float(rng.choice([230.0, 236.0, 240.0, 250.0])),
        turn_deg=float(np.clip(rng.normal(0, 3.5), -10, 10)),
        nod_deg=float(np.clip(rng.normal(0, 3), -8, 8)),
        lean_deg=float(np.clip(rng.normal(0, 2), -6, 6)),
        offset_mm=(float(rng.normal(0, 3)), float(rng.normal(0, 3))),
        noise_hu=float(rng.uniform(3.0, 4.4)),
    )


def random_lesion(seed: int) -> LesionSpec:
    """A bleed of plausible volume, density and place, drawn from the seed."""
    rng = np.random.default_rng([seed, 2])
    finding = str(rng.choice(FINDINGS))
    volume_ml = float(np.exp(rng.uniform(np.log(2.0), np.log(LARGEST_ML[finding] * 0.8))))
    return LesionSpec(
        finding=finding,
        volume_ml=volume_ml,
        place=str(rng.choice(PLACES[finding])),
        side=Side(str(rng.choice(["left", "right"]))),
        density_hu=float(rng.uniform(56, 72)),
        edema_mm=float(rng.uniform(0, 6)),
    )
