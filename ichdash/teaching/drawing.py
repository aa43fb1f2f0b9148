"""Synthetic cases: heads drawn by the phantom, with the mask of each bleed as the truth.

Any head fixes its bleeds' place and volume by what was asked for; everything else (shape, age,
placement) differs from case to case, so that a class never runs out.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ichdash.domain import Prediction, Volume
from ichdash.errors import InputError, NotScreenableError
from ichdash.imaging.display import encode
from ichdash.lessons import AiResult, Lesson, Spot
from ichdash.phantom import HeadSpec, LesionSpec, Phantom, Side, draw_head, random_head
from ichdash.phantom.build import Build
from ichdash.phantom.spec import LARGEST_ML, PLACES
from ichdash.store.teaching import Pictures, Truth

NONE, ANY = "none", "any"
LEAST_ML = 2.0
TRIALS = 6  # heads until a bleed fits
SEEDS = 2**31
COARSE = 4  # pixels of the study for one cell of the kept mask
SIDES = (ANY, *(side.value for side in Side))
DISTRACTORS = ("calcifications", "atrophy", "tilt", "noise")
CANNOT_DRAW = (
    "Not drawn: metal, motion, fractures, infarcts, tumours, earlier surgery, contrast agent, "
    "and more than one bleed of the same kind."
)


class Detector(Protocol):
    """Whatever says how likely a volume shows a hemorrhage."""

    def predict(self, volume: Volume) -> Prediction: ...


@dataclass(frozen=True)
class Wish:
    """What to draw; ANY leaves a choice to chance, also between a bleed and none."""

    finding: str = ANY  # of the phantom's findings, NONE or ANY
    place: str = ANY
    side: str = ANY
    volume_ml: float | None = None  # None: by chance
    distractors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_unless(self.finding in (ANY, NONE, *PLACES), self._finding_fault)
        _refuse_unless(self.place in (ANY, *PLACES.get(self.finding, ())), self._place_fault)
        _refuse_unless(self.side in SIDES, f"{self.side!r} is not a side; {', '.join(SIDES)} are.")
        if self.volume_ml is not None:
            _refuse_unless(self.finding != NONE, "A head with no hemorrhage has no volume of it.")
            _refuse_unless(0 < self.volume_ml <= self._largest_ml, self._volume_fault)
        _refuse_unless(
            set(self.distractors) <= set(DISTRACTORS),
            f"Distractors are {', '.join(DISTRACTORS)}, not {', '.join(self.distractors)}.",
        )

    @property
    def _largest_ml(self) -> float:
        return LARGEST_ML.get(self.finding, max(LARGEST_ML.values()))

    @property
    def _finding_fault(self) -> str:
        known = ", ".join((ANY, NONE, *PLACES))
        return f"{self.finding!r} cannot be drawn; {known} can."

    @property
    def _place_fault(self) -> str:
        known = ", ".join((ANY, *PLACES.get(self.finding, ())))
        return f"{self.place!r} is not a place of {self.finding}; known: {known}."

    @property
    def _volume_fault(self) -> str:
        return (
            f"{self.volume_ml:g} ml cannot be drawn; above 0 and at most {self._largest_ml:g} ml "
            "can."
        )


def _refuse_unless(is_sound: bool, fault: str) -> None:
    if not is_sound:
        raise InputError(f"{fault} Nothing was drawn. Choose another one.")


@dataclass(frozen=True, eq=False)
class Drawn:
    """A synthetic case as a teaching file keeps it."""

    lesson: Lesson
    pictures: Pictures
    ai: AiResult | None


def cases(wish: Wish, count: int, detector: Detector | None, seed: int) -> Iterator[Drawn]:
    """Draw `count` cases. Raises InputError where the bleed fits into none of several heads."""
    rng = random.Random(seed)
    for number in range(count):
        # By chance, but never by chance alone: of ten cases five have a bleed.
        finding = NONE if wish.finding == ANY and number % 2 else wish.finding
        spec, phantom = _fitting(wish if finding != NONE else _without(wish), rng)
        yield _kept(spec, phantom, detector, wish.distractors)


def _without(wish: Wish) -> Wish:
    """The same, but for a bleed."""
    return replace(wish, finding=NONE, volume_ml=None)


def _fitting(wish: Wish, rng: random.Random) -> tuple[HeadSpec, Phantom]:
    for _ in range(TRIALS):
        spec = _spec(wish, rng)
        try:
            return spec, draw_head(spec)
        except InputError as error:
            fault = error
    raise InputError(
        f"A bleed of {spec.lesions[0].volume_ml:.0f} ml ({spec.lesions[0].finding}, "
        f"{spec.lesions[0].place}) fits into none of {TRIALS} heads: {fault} Nothing more was "
        "drawn. Choose a smaller volume."
    )


def _spec(wish: Wish, rng: random.Random) -> HeadSpec:
    lesions = () if wish.finding == NONE else (_lesion(wish, rng),)
    suits: Callable[[HeadSpec], bool] = (
        _is_calcified if "calcifications" in wish.distractors else _any
    )
    spec = _distracted(random_head(rng.randrange(SEEDS), lesions), wish, rng)
    while not suits(spec):
        spec = _distracted(random_head(rng.randrange(SEEDS), lesions), wish, rng)
    return spec


def _lesion(wish: Wish, rng: random.Random) -> LesionSpec:
    finding = rng.choice(list(PLACES)) if wish.finding == ANY else wish.finding
    place = rng.choice(PLACES[finding]) if wish.place == ANY else wish.place
    most = LARGEST_ML[finding] * 0.5
    drawn_ml = LEAST_ML * (most / LEAST_ML) ** rng.random()
    side = rng.choice(list(Side)) if wish.side == ANY else Side(wish.side)
    edema = rng.uniform(0, 5) if finding == "intraparenchymal" else 0.0
    volume_ml = min(wish.volume_ml or drawn_ml, LARGEST_ML[finding])
    return LesionSpec(finding, volume_ml, place, side, rng.uniform(56, 70), edema)


def _distracted(spec: HeadSpec, wish: Wish, rng: random.Random) -> HeadSpec:
    if "atrophy" in wish.distractors:
        spec = replace(spec, age_years=rng.randint(80, 92))
    if "tilt" in wish.distractors:
        spec = replace(spec, gantry_tilt_deg=rng.uniform(12, 20), lean_deg=rng.uniform(4, 7))
    if "noise" in wish.distractors:
        spec = replace(spec, noise_hu=rng.uniform(6.5, 8.5))
    return spec


def _is_calcified(spec: HeadSpec) -> bool:
    build = Build.of(spec)
    return max(build.choroid_hu) > 120 and build.pineal_hu > 0


def _any(spec: HeadSpec) -> bool:
    return True


def _kept(
    spec: HeadSpec, phantom: Phantom, detector: Detector | None, distractors: tuple[str, ...]
) -> Drawn:
    volume = _volume(spec, phantom)
    shown = encode(volume, len(volume) // 2)
    masks = list(phantom.masks.values())
    whole = np.any(masks, axis=0) if masks else np.zeros(phantom.hu.shape, np.bool_)
    prediction = _predicted(volume, detector)
    heatmap = prediction.heatmap if prediction else None
    pictures = Pictures(shown.payload, shown.meta, heatmap, _coarse(whole))
    return Drawn(_lesson(spec, phantom, whole, distractors), pictures, _ai(prediction))


def _volume(spec: HeadSpec, phantom: Phantom) -> Volume:
    slices = len(phantom.hu)
    shear = -float(np.tan(np.deg2rad(spec.gantry_tilt_deg)))
    positions = np.asarray(np.arange(slices) * spec.slice_mm, np.float64)
    return Volume(phantom.hu, spec.spacing_mm, positions, "", "", ("",) * slices, shear)


def _predicted(volume: Volume, detector: Detector | None) -> Prediction | None:
    if detector is None:
        return None
    try:
        return detector.predict(volume)
    except NotScreenableError:
        return None


def _ai(found: Prediction | None) -> AiResult | None:
    if found is None:
        return None
    return AiResult(
        found.probability,
        found.operating_point.threshold,
        found.findings,
        tuple(float(score) for score in found.slice_scores),
        found.model_id,
        found.restriction,
    )


def _coarse(mask: Truth) -> Truth:
    """Blocks of the mask that are half filled at least."""
    slices, rows, columns = mask.shape
    blocks = mask.reshape(slices, rows // COARSE, COARSE, columns // COARSE, COARSE)
    share = np.asarray(blocks.mean(axis=(2, 4)))
    least = 0.5 if (share >= 0.5).any() else 1 / COARSE**2  # a thin bleed fills no block by half
    coarse: Truth = np.asarray(share >= least, np.bool_)
    return coarse


def _lesson(spec: HeadSpec, phantom: Phantom, whole: Truth, distractors: tuple[str, ...]) -> Lesson:
    findings = tuple(sorted(phantom.masks))
    bleed = "; ".join(
        f"{lesion.finding}, {lesion.place}, {lesion.side.value}, "
        f"{phantom.volumes_ml[lesion.finding]:.1f} ml"
        for lesion in spec.lesions
    )
    largest = max(phantom.volumes_ml.values(), default=0.0)
    with_what = f" Distractors: {', '.join(distractors)}." if distractors else ""
    return Lesson(
        title=f"Synthetic: {bleed or 'no hemorrhage'}"[:120],
        findings=findings,
        spots=_middle(whole),
        tags=("synthetic", *distractors),
        difficulty=1 if largest > 20 else 2 if largest > 6 or not findings else 3,
        explanation=f"A head drawn by a program, {spec.age_years} years old by its anatomy. "
        f"{bleed.capitalize() or 'No hemorrhage was drawn'}.{with_what}",
    )


def _middle(whole: Truth) -> tuple[Spot, ...]:
    """A place inside the blood of the slice that shows most of it, as large as it is there."""
    if not whole.any():
        return ()
    index = int(whole.sum(axis=(1, 2)).argmax())
    rows, columns = np.nonzero(whole[index])
    nearest = np.hypot(rows - rows.mean(), columns - columns.mean()).argmin()
    radius = float(np.sqrt(len(rows) / np.pi))
    return (Spot(index, float(columns[nearest]) + 0.5, float(rows[nearest]) + 0.5, radius),)
