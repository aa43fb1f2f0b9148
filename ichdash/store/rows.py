"""What the store hands out, and how rows become it. Times are UTC ISO text in the database.

The acquisition time is the scanner's own clock, mostly without a zone: it is kept as it came.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from ichdash.domain import OperatingPoint, Refusal, SeriesVerdict, StudyAttributes
from ichdash.records import (
    Answer,
    ReviewRow,
    ReviewState,
    ScreeningRow,
    ScreeningState,
    SecondRead,
    StudyRow,
)
from ichdash.store.connection import Row


@dataclass(frozen=True)
class Claim:
    """One worker's hold on one study; the screening that comes of it takes this number."""

    screening_id: int
    study_uid: str
    owner: str
    claimed_at: datetime


@dataclass(frozen=True)
class Worker:
    """A worker as its last heartbeat told it."""

    owner: str
    pid: int  # on its own machine
    started_at: datetime
    beat_at: datetime
    study_uid: str | None  # what it screens now
    problem: str  # why it screens nothing, as a sentence; empty where all is well
    is_alive: bool


@dataclass(frozen=True)
class IntakeRow:
    """One upload, folder or demo: the studies it brought and what was refused."""

    intake_id: int
    source: str
    taken_at: datetime
    studies: tuple[str, ...]  # study UIDs
    refused: tuple[Refusal, ...]


def to_text(moment: datetime) -> str:
    """A moment as UTC ISO text that sorts as time; raises ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a time in the store must carry its time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def study_row(row: Row) -> StudyRow:
    return StudyRow(
        study_uid=row["study_uid"],
        attributes=_attributes(row),
        source=row["source"],
        received_at=to_time(row["received_at"]),
        state=ScreeningState(row["state"]),
        reason=row["reason"],
        series=row["series"],
        instances=row["instances"],
        slices=row["slices"],
        screened_at=to_time(row["screened_at"]) if row["screened_at"] else None,
        probability=row["probability"],
        flagged=None if row["flagged"] is None else bool(row["flagged"]),
        model_id=row["model_id"],
        review=ReviewState(row["review"]),
        reader=row["reader"],
        is_stat=bool(row["is_stat"]),
        model_sha256=row["model_sha256"],
        restriction=row["restriction"],
        second_read=SecondRead(row["second_read"]),
        answer=Answer(row["answer"]) if row["answer"] else None,
    )


def _attributes(row: Row) -> StudyAttributes:
    return StudyAttributes(
        patient_id=row["patient_id"],
        patient_name=row["patient_name"],
        birth_date=row["birth_date"],
        sex=row["sex"],
        accession_number=row["accession_number"],
        description=row["description"],
        acquired_at=to_time(row["acquired_at"]) if row["acquired_at"] else None,
    )


def attribute_columns(study_uid: str, attributes: StudyAttributes) -> Row:
    """The columns that hold `attributes`, and the text that a search looks through."""
    columns = asdict(attributes)
    if attributes.acquired_at is not None:
        columns["acquired_at"] = attributes.acquired_at.isoformat()
    searched = (
        attributes.patient_name,
        attributes.patient_id,
        attributes.accession_number,
        attributes.description,
        study_uid,
    )
    return columns | {"search": "\n".join(searched).casefold()}


def screening_row(row: Row) -> ScreeningRow:
    return ScreeningRow(
        screening_id=row["screening_id"],
        study_uid=row["study_uid"],
        state=ScreeningState(row["state"]),
        reason=row["reason"],
        started_at=to_time(row["started_at"]),
        seconds=row["seconds"],
        series=tuple(SeriesVerdict(**verdict) for verdict in json.loads(row["series"])),
        warnings=tuple(json.loads(row["warnings"])),
        series_uid=row["series_uid"],
        model_id=row["model_id"],
        probability=row["probability"],
        operating_point=_operating_point(row),
        findings=json.loads(row["findings"]),
        slice_scores=tuple(json.loads(row["slice_scores"])),
        model_sha256=row["model_sha256"],
        restriction=row["restriction"],
    )


def _operating_point(row: Row) -> OperatingPoint | None:
    if row["threshold"] is None:
        return None
    return OperatingPoint(row["threshold"], row["sensitivity"], row["specificity"])


def review_row(row: Row) -> ReviewRow:
    return ReviewRow(
        study_uid=row["study_uid"],
        reader=row["reader"],
        state=ReviewState(row["state"]),
        comment=row["comment"],
        reviewed_at=to_time(row["reviewed_at"]),
        screening_id=row["screening_id"],
        findings={name: ReviewState(said) for name, said in json.loads(row["findings"]).items()},
        is_revised=bool(row["is_revised"]),
    )
