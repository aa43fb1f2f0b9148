"""What is kept of a study: its rows, its screenings, what readers said and what they measured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ichdash.domain import OperatingPoint, SeriesVerdict, StudyAttributes


class ScreeningState(StrEnum):
    RECEIVED = "received"  # still arriving
    QUEUED = "queued"
    SCREENING = "screening"
    SCREENED = "screened"
    NOT_SCREENED = "not screened"


class ReviewState(StrEnum):
    UNREAD = "unread"
    IN_REVIEW = "in review"
    AGREED = "agreed"
    DISAGREED = "disagreed"


@dataclass(frozen=True)
class StudyRow:
    """One row of the worklist."""

    study_uid: str
    attributes: StudyAttributes
    source: str  # "upload", "folder", "demo", ...
    received_at: datetime
    state: ScreeningState
    reason: str  # why not screened, or what limits the result; else empty
    series: int
    instances: int
    slices: int | None  # of the series used
    screened_at: datetime | None
    probability: float | None
    flagged: bool | None
    model_id: str | None
    review: ReviewState
    reader: str | None  # who reviewed last
    is_stat: bool = False
    model_sha256: str | None = None  # of the weights; None of screenings before it was recorded
    restriction: str = ""  # on the use of the model


@dataclass(frozen=True)
class ScreeningRow:
    """One screening of a study; a newer one never overwrites an older one."""

    screening_id: int
    study_uid: str
    state: ScreeningState  # screened or not screened
    reason: str
    started_at: datetime
    seconds: float
    series: tuple[SeriesVerdict, ...]
    warnings: tuple[str, ...]
    series_uid: str | None
    model_id: str | None
    probability: float | None
    operating_point: OperatingPoint | None
    findings: dict[str, float]
    slice_scores: tuple[float, ...]
    model_sha256: str | None = None  # of the weights; None of screenings before it was recorded
    restriction: str = ""  # on the use of the model


class MeasureKind(StrEnum):
    """What is measured on a slice."""

    DISTANCE = "distance"
    ANGLE = "angle"
    REGION = "region"
    VOLUME = "volume"


@dataclass(frozen=True)
class Measurement:
    """What a reader measured on the slices of a series, as the viewer shows them."""

    measure_id: str  # made by the viewer, unlike any other
    kind: MeasureKind
    points: tuple[tuple[float, float, int], ...]  # column and row in pixels, slice from 0
    reader: str
    measured_at: datetime


@dataclass(frozen=True)
class ReviewRow:
    """What a reader said of a study, and when."""

    study_uid: str
    reader: str
    state: ReviewState
    comment: str
    reviewed_at: datetime
    screening_id: int | None
