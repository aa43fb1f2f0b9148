"""Studies on their way in: received, added to, queued. What arrived is never taken back.

DICOM has no end of a study, so one that gets new instances is "received" again until its sender
says that all are in, or nothing came for a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from ichdash.domain import StudyAttributes
from ichdash.errors import NotFoundError
from ichdash.records import ScreeningState, StudyRow
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import attribute_columns, study_row, to_text

QUIET_S = 60.0
"""A study that got nothing for so long is complete, whatever became of its sender."""

QUEUE_ORDER = "is_again, is_stat DESC, queued_at, study_uid"
"""The workers' order: what has no answer yet for all that it holds before what is merely screened
again, so that an archive screened again keeps no new study waiting. `studies_queue` serves it."""


def receive(
    connection: Connection,
    study_uid: str,
    attributes: StudyAttributes,
    source: str,
    now: datetime,
    *,
    is_stat: bool,
) -> None:
    with connection.writing():
        known = connection.row(_FIND, {"study_uid": study_uid})
        if known is not None:
            _complete(connection, study_row(known), attributes, is_stat=is_stat)
            return
        row: Row = attribute_columns(study_uid, attributes) | {
            "study_uid": study_uid,
            "source": source,
            "received_at": to_text(now),
            "touched_at": to_text(now),
            "is_stat": int(is_stat),
            "state": ScreeningState.RECEIVED.value,
        }
        connection.insert("studies", [row])


_FIND = "SELECT * FROM studies WHERE study_uid = :study_uid"


def _complete(
    connection: Connection, known: StudyRow, attributes: StudyAttributes, *, is_stat: bool
) -> None:
    """Fill in what the first sending left empty; what it told stays."""
    columns = attribute_columns(known.study_uid, known.attributes.filled(attributes))
    columns["is_stat"] = int(known.is_stat or is_stat)
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    connection.change(
        f"UPDATE studies SET {assignments} WHERE study_uid = :study_uid",
        columns | {"study_uid": known.study_uid},
    )


def grow(connection: Connection, study_uid: str, now: datetime) -> None:
    """A study is not what it was: it is `received` and unread again, once it is not screening."""
    connection.change(_GROW, {"study_uid": study_uid, "now": to_text(now)})


# What a reader agreed to was less than the study is now, or damaged: it is unread again, the
# review stays.
_GROW = """
    UPDATE studies SET
        instances = (SELECT count(*) FROM instances WHERE study_uid = :study_uid),
        series = (SELECT count(DISTINCT series_uid) FROM instances WHERE study_uid = :study_uid),
        touched_at = :now,
        next_state = iif(state = 'screening', 'received', ''),
        state = iif(state = 'screening', state, 'received'),
        deaths = 0, is_again = 0, review = 'unread', reader = NULL
    WHERE study_uid = :study_uid
"""


def queue(connection: Connection, study_uid: str, now: datetime) -> None:
    """All is in: what is `received` is queued, now or once the screening under way has ended."""
    connection.change(
        """UPDATE studies SET queued_at = :now,
            next_state = iif(state = 'screening', 'queued', ''),
            state = iif(state = 'screening', state, 'queued')
        WHERE study_uid = :study_uid AND (state = 'received' OR next_state = 'received')""",
        {"study_uid": study_uid, "now": to_text(now)},
    )


def queue_quiet(connection: Connection, now: datetime) -> int:
    """Queue what is `received` and got nothing for QUIET_S: its sender is gone."""
    since = now - timedelta(seconds=QUIET_S)
    return connection.change(
        """UPDATE studies SET state = 'queued', queued_at = :now
        WHERE state = 'received' AND touched_at <= :since""",
        {"now": to_text(now), "since": to_text(since)},
    )


def screened_by(connection: Connection, model_id: str) -> tuple[str, ...]:
    """The studies whose result is by a model, in the order in which they came."""
    rows = connection.rows(
        "SELECT study_uid FROM studies WHERE model_id = :model_id ORDER BY received_at, study_uid",
        {"model_id": model_id},
    )
    return tuple(row["study_uid"] for row in rows)


def models(connection: Connection) -> tuple[str, ...]:
    """The ids of the models that the studies' results are by."""
    rows = connection.rows(
        "SELECT DISTINCT model_id FROM studies WHERE model_id IS NOT NULL ORDER BY model_id"
    )
    return tuple(row["model_id"] for row in rows)


def screen_again(connection: Connection, study_uid: str, now: datetime) -> bool:
    """Queue a study that has its outcome already, for a new model or after a fault.

    False where it is on its way to an outcome as it is. One that has an answer for all that it
    holds is merely screened again, however often that fails.
    """
    with connection.writing():
        study(connection, study_uid)
        return bool(
            connection.change(
                """UPDATE studies SET is_again = is_again OR state = 'screened', state = 'queued',
                queued_at = :now, deaths = 0
            WHERE study_uid = :study_uid AND state IN ('screened', 'not screened')""",
                {"study_uid": study_uid, "now": to_text(now)},
            )
        )


def study(connection: Connection, study_uid: str) -> StudyRow:
    row = connection.row(_FIND, {"study_uid": study_uid})
    if row is None:
        raise NotFoundError(
            f"There is no study {study_uid} here. It may have been removed, or the link may be "
            "cut short. Look for it on the worklist."
        )
    return study_row(row)


def queue_position(connection: Connection, study_uid: str) -> int | None:
    """How many studies are screened until this one is, itself included; None where not queued."""
    row = connection.row(
        f"""SELECT position FROM (SELECT study_uid,
            row_number() OVER (ORDER BY {QUEUE_ORDER}) AS position
            FROM studies WHERE state = 'queued') WHERE study_uid = :study_uid LIMIT 1""",
        {"study_uid": study_uid},
    )
    return int(row["position"]) if row else None


def add_rows(connection: Connection, rows: Iterable[StudyRow]) -> None:
    """Add studies as they stand, without files: to move a worklist, or to measure a large one."""
    with connection.writing():
        connection.insert("studies", (_whole_row(row) for row in rows))


def _whole_row(row: StudyRow) -> Row:
    return attribute_columns(row.study_uid, row.attributes) | {
        "study_uid": row.study_uid,
        "source": row.source,
        "received_at": to_text(row.received_at),
        "touched_at": to_text(row.received_at),
        "queued_at": to_text(row.received_at),
        "state": row.state.value,
        "reason": row.reason,
        "series": row.series,
        "instances": row.instances,
        "slices": row.slices,
        "screened_at": to_text(row.screened_at) if row.screened_at else None,
        "probability": row.probability,
        "flagged": None if row.flagged is None else int(row.flagged),
        "model_id": row.model_id,
        "review": row.review.value,
        "reader": row.reader,
        "is_stat": int(row.is_stat),
        "model_sha256": row.model_sha256,
        "restriction": row.restriction,
        "second_read": row.second_read.value,
        "answer": row.answer and row.answer.value,
    }
