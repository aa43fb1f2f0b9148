"""The vocabulary that travels between the rooms: frozen, valid once built, no input or output.

Words follow DICOM where DICOM has one (PS3.3 C.7 and C.8.2 for patient, study, series, CT image).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

HuArray = npt.NDArray[np.int16]
FloatArray = npt.NDArray[np.floating]

HEMORRHAGE = "hemorrhage"
"""The finding that drives triage; every model has it."""


@dataclass(frozen=True)
class Window:
    """A display window as DICOM spells it (PS3.3 C.11.2): centre and width in HU."""

    center: float
    width: float

    @property
    def low(self) -> float:
        return self.center - self.width / 2

    @property
    def high(self) -> float:
        return self.center + self.width / 2


WINDOWS: dict[str, Window] = {
    "brain": Window(40, 80),
    "subdural": Window(80, 200),
    "stroke": Window(40, 40),
    "bone": Window(600, 2800),
}


@dataclass(frozen=True)
class Turn:
    """How stored slices were turned to lie as a reader expects: transpose, then flips."""

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def apply(self, slices: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Turn stored (..., rows, columns) into reading orientation."""
        turned = np.swapaxes(slices, -1, -2) if self.transpose else slices
        turned = np.flip(turned, -2) if self.flip_rows else turned
        return np.flip(turned, -1) if self.flip_columns else turned

    def undo(self, slices: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Turn reading orientation (..., rows, columns) back into what was stored."""
        turned = np.flip(slices, -1) if self.flip_columns else slices
        turned = np.flip(turned, -2) if self.flip_rows else turned
        return np.swapaxes(turned, -1, -2) if self.transpose else turned


@dataclass(frozen=True, eq=False)
class Volume:
    """A series in HU, feet to head, one orientation whatever the scanner sent.

    Rows run to the patient's back, columns to the patient's left, so the patient's right is on
    the left of the picture. Slices are the original ones: a gantry tilt is not resampled away
    but told by `shear`, the millimetres that the next slice's first row lies further to the
    back per millimetre along the slice normal.
    """

    hu: HuArray  # (slices, rows, columns), read-only
    spacing_mm: tuple[float, float, float]  # (z, y, x); z is the median along the slice normal
    positions_mm: npt.NDArray[np.float64]  # (slices,) along the slice normal, rising
    study_uid: str
    series_uid: str
    sop_instance_uids: tuple[str, ...]  # (slices,); frames of one instance repeat its UID
    shear: float = 0.0
    turn: Turn = field(default_factory=Turn)
    warnings: tuple[str, ...] = ()
    instance_numbers: tuple[int, ...] = ()  # (slices,) InstanceNumber; none unless all differ

    def __post_init__(self) -> None:
        if self.hu.ndim != 3 or self.hu.dtype != np.int16 or 0 in self.hu.shape:
            raise ValueError("hu must be int16 (slices, rows, columns) and not empty")
        if not len(self.positions_mm) == len(self.sop_instance_uids) == len(self.hu):
            raise ValueError("hu, positions_mm and sop_instance_uids must have one entry a slice")
        if len(self.instance_numbers) not in (0, len(self.hu)):
            raise ValueError("instance_numbers must have one entry a slice, or none at all")
        if not all(np.isfinite(step) and step > 0 for step in self.spacing_mm):
            raise ValueError("spacing_mm must be positive")
        if np.any(np.diff(self.positions_mm) <= 0):
            raise ValueError("positions_mm must rise from feet to head")
        self.hu.setflags(write=False)

    def __len__(self) -> int:
        return len(self.hu)


@dataclass(frozen=True)
class OperatingPoint:
    """A cut on the calibrated probability and what it gave in validation."""

    threshold: float
    sensitivity: float
    specificity: float


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the model says of one volume. One that exists is valid: no NaN, all in [0, 1]."""

    probability: float  # calibrated, of `hemorrhage`
    findings: dict[str, float]  # calibrated probability by finding, `hemorrhage` included
    slice_scores: npt.NDArray[np.float32]  # (slices,) in [0, 1]
    heatmap: npt.NDArray[np.float16]  # (slices, h, w) in [0, 1], covers the whole slice
    model_id: str
    operating_point: OperatingPoint
    model_sha256: str | None = None  # of its weights
    restriction: str = ""  # what the licence of its training data restricts its use to
    subtype_maps: Mapping[str, npt.NDArray[np.float16]] = field(default_factory=dict)
    """Heatmaps of other findings, each like `heatmap` and on its scale; where they can be told."""

    def __post_init__(self) -> None:
        numbers = [self.probability, *self.findings.values()]
        maps = self.subtype_maps.values()
        arrays = (np.asarray(numbers), self.slice_scores, self.heatmap, *maps)
        if any(not np.all((a >= 0) & (a <= 1)) for a in arrays):  # false for NaN too
            raise ValueError("a prediction must be finite and in [0, 1]")
        if self.heatmap.ndim != 3 or len(self.heatmap) != len(self.slice_scores):
            raise ValueError("heatmap must be (slices, h, w) with one map a slice score")
        if any(each.shape != self.heatmap.shape for each in maps):
            raise ValueError("the heatmaps of all findings must have one shape")

    @property
    def flagged(self) -> bool:
        return self.probability >= self.operating_point.threshold


@dataclass(frozen=True)
class StudyAttributes:
    """What the headers say of a study; empty text or None where they are silent."""

    patient_id: str = ""
    patient_name: str = ""  # Family, Given
    birth_date: str = ""  # ISO, or empty
    sex: str = ""
    accession_number: str = ""
    description: str = ""
    acquired_at: datetime | None = None

    def filled(self, other: StudyAttributes) -> StudyAttributes:
        """These, and what `other` says where they are silent."""
        own, more = asdict(self), asdict(other)
        return StudyAttributes(**{name: own[name] or more[name] for name in own})


@dataclass(frozen=True)
class SeriesVerdict:
    """One series of a study, or one scan of it: whether it was used, and why or why not."""

    series_uid: str
    number: int | None
    description: str
    slices: int
    used: bool
    reason: str
    part: str = ""  # which scan of a series that holds several, else empty
    is_stackable: bool = True  # CT slices that lie over one another: they can be looked at


@dataclass(frozen=True)
class Refusal:
    """Something that could not be taken in: its name as the sender knows it, and why."""

    name: str
    reason: str
    series_uid: str = ""  # of a file of a study, where its header still names one


@dataclass(frozen=True, eq=False)
class Screened:
    """The outcome of screening a study that could be screened."""

    study_uid: str
    volume: Volume
    prediction: Prediction
    series: tuple[SeriesVerdict, ...]
    seconds: float

    @property
    def reason(self) -> str:
        """What limits the result, such as that only a part of the head was there; else empty."""
        return " ".join(self.volume.warnings)


@dataclass(frozen=True)
class NotScreened:
    """The outcome of screening a study that could not be: never a negative one."""

    study_uid: str
    reason: str
    series: tuple[SeriesVerdict, ...] = ()
    seconds: float = 0.0
