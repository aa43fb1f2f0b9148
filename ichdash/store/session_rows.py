"""What the store hands out of case review sessions, and how rows become it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ichdash.domain import Window
from ichdash.store.connection import Row
from ichdash.store.rows import to_time


class Verdict(StrEnum):
    """What a session decides of a case."""

    HEMORRHAGE = "hemorrhage"
    NO_HEMORRHAGE = "no hemorrhage"
    CANNOT_TELL = "cannot tell"
    OTHER = "other"


@dataclass(frozen=True)
class SessionRow:
    """A case review session; frozen once it is closed."""

    session_id: int
    name: str
    chair: str  # a reader's name
    created_at: datetime
    closed_at: datetime | None
    cases: int

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


@dataclass(frozen=True)
class SessionEvent:
    """What became of a session itself: made, renamed, closed, opened again."""

    what: str
    reader: str
    told_at: datetime


@dataclass(frozen=True)
class Decision:
    """What was decided of a case; a later one counts, and the earlier stay."""

    case_id: int
    verdict: Verdict
    comment: str
    reader: str
    decided_at: datetime
    is_blind: bool  # the AI result had never been revealed by then


@dataclass(frozen=True)
class SessionCase:
    """A study's place in a session, and what the session has to say of it."""

    case_id: int
    session_id: int
    study_uid: str  # the study itself may no longer be stored
    note: str
    noted_by: str
    added_by: str
    is_revealed: bool  # the AI result may be shown
    is_removed: bool
    removed_by: str
    decision: Decision | None  # the latest


@dataclass(frozen=True)
class Added:
    """What became of studies that were to be added."""

    added: tuple[str, ...]  # study UIDs
    already: tuple[str, ...]  # were in the session before


@dataclass(frozen=True)
class Pose:
    """How a slice lies on a screen, whatever the size of that screen."""

    zoom: float = 1.0
    across: float = 0.5  # the part of the slice's width that is in the middle of the screen
    down: float = 0.5
    turns: int = 0  # quarters, clockwise
    is_mirrored: bool = False


@dataclass(frozen=True)
class View:
    """What a viewer shows of a case."""

    slice_index: int
    window_name: str  # "own" where it was dragged
    window: Window
    pose: Pose = Pose()
    is_heat_on: bool = False


@dataclass(frozen=True)
class Presented:
    """What is presented in a session now."""

    token: str  # of the browser tab that presents; a name alone may be used by two
    presenter: str
    case_id: int | None
    view: View | None  # None: as the viewer opens it
    moves: int  # counts every change


def session_row(row: Row) -> SessionRow:
    return SessionRow(
        session_id=row["session_id"],
        name=row["name"],
        chair=row["chair"],
        created_at=to_time(row["created_at"]),
        closed_at=to_time(row["closed_at"]) if row["closed_at"] else None,
        cases=row["cases"],
    )


def session_event(row: Row) -> SessionEvent:
    return SessionEvent(row["what"], row["reader"], to_time(row["told_at"]))


def decision(row: Row) -> Decision:
    return Decision(
        case_id=row["case_id"],
        verdict=Verdict(row["verdict"]),
        comment=row["comment"],
        reader=row["reader"],
        decided_at=to_time(row["decided_at"]),
        is_blind=bool(row["is_blind"]),
    )


def session_case(row: Row, latest: Decision | None) -> SessionCase:
    return SessionCase(
        case_id=row["case_id"],
        session_id=row["session_id"],
        study_uid=row["study_uid"],
        note=row["note"],
        noted_by=row["noted_by"],
        added_by=row["added_by"],
        is_revealed=bool(row["is_revealed"]),
        is_removed=row["removed_at"] is not None,
        removed_by=row["removed_by"] or "",
        decision=latest,
    )


def presented(row: Row) -> Presented:
    view = None
    if row["slice_index"] is not None:
        window = Window(row["center"], row["width"])
        pose = Pose(row["zoom"], row["across"], row["down"], row["turns"], bool(row["is_mirrored"]))
        is_heat_on = bool(row["is_heat_on"])
        view = View(row["slice_index"], row["window_name"], window, pose, is_heat_on)
    return Presented(row["token"], row["presenter"], row["case_id"], view, row["moves"])
