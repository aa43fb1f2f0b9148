"""What is kept of a study: its rows, its screenings, what readers said and what they measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
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


class SecondRead(StrEnum):
    """How far an independent second read of a study's result is."""

    NONE = ""
    WANTED = "second read wanted"
    AGREEING = "read twice"
    TO_ADJUDICATE = "to adjudicate"
    SETTLED = "settled"


class Answer(StrEnum):
    """What readers settled on where two of them disagreed."""

    HEMORRHAGE = "hemorrhage"
    NO_HEMORRHAGE = "no hemorrhage"
    UNDECIDED = "cannot be told"


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
    second_read: SecondRead = SecondRead.NONE
    answer: Answer | None = None  # where it is settled


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


def newest_result(screenings: Iterable[ScreeningRow]) -> ScreeningRow | None:
    """The newest of `screenings`, newest first, that gave a result; None where none did."""
    return next((each for each in screenings if each.state is ScreeningState.SCREENED), None)


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
    findings: dict[str, ReviewState] = field(default_factory=dict)  # those that were judged
    is_revised: bool = False  # the same reader said something newer of the same result


@dataclass(frozen=True)
class Settlement:
    """The final answer where two readers disagreed."""

    answer: Answer
    comment: str
    readers: tuple[str, ...]  # a third reader, or both together
    settled_at: datetime


@dataclass(frozen=True)
class SecondReading:
    """An independent second read of one result: who asked for it, and what came of it."""

    screening_id: int
    asked_by: str  # the first reader
    asked_at: datetime
    earlier: tuple[str, ...]  # who had read the result before: none of them reads independently
    second: str | None = None
    settlement: Settlement | None = None

    def is_blind(self, reader: str) -> bool:
        """Whether `reader` may still read independently, and so sees no other's answer."""
        return self.second is None and reader not in self.earlier

    def visible(self, reviews: Iterable[ReviewRow], reader: str) -> tuple[ReviewRow, ...]:
        """Those of `reviews` that `reader` may see now."""
        is_blind = self.is_blind(reader)
        return tuple(r for r in reviews if not (is_blind and r.screening_id == self.screening_id))
