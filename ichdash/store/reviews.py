"""What readers said of a study, and what each intake brought. Both only grow."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from ichdash.domain import Refusal
from ichdash.records import ReviewRow, ReviewState
from ichdash.store import second_reads, studies
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import IntakeRow, review_row, to_text, to_time


def add(connection: Connection, review: ReviewRow) -> None:
    """Keep a review; raises NotFoundError.

    The worklist shows it only where it is of the newest result and no other is on its way: what
    a reader agreed to on a page left open must not mark as read what nobody has looked at.
    """
    row: Row = {
        "study_uid": review.study_uid,
        "reader": review.reader,
        "state": review.state.value,
        "comment": review.comment,
        "reviewed_at": to_text(review.reviewed_at),
        "screening_id": review.screening_id,
        "findings": json.dumps(review.findings),
    }
    with connection.writing():
        studies.study(connection, review.study_uid)
        connection.insert("reviews", [row])
        shown = None if review.state is ReviewState.UNREAD else review.reader
        if not second_reads.takes(connection, review):
            connection.change(_SHOW, row | {"shown": shown})


_SHOW = """
    UPDATE studies SET review = :state, reader = :shown
    WHERE study_uid = :study_uid AND state IN ('screened', 'not screened')
        AND :screening_id IS (SELECT max(screening_id) FROM screenings
            WHERE study_uid = :study_uid AND state = 'screened')
"""


def of_study(connection: Connection, study_uid: str) -> tuple[ReviewRow, ...]:
    """All reviews of a study, newest first."""
    rows = connection.rows(
        """SELECT *, review_id < max(review_id) OVER (PARTITION BY reader, screening_id)
            AS is_revised
        FROM reviews WHERE study_uid = :study_uid ORDER BY review_id DESC""",
        {"study_uid": study_uid},
    )
    return tuple(review_row(row) for row in rows)


def note_intake(
    connection: Connection,
    source: str,
    study_uids: Iterable[str],
    refused: Iterable[Refusal],
    now: datetime,
) -> int:
    with connection.writing():
        added = connection.rows(
            """INSERT INTO intakes (source, taken_at) VALUES (:source, :now)
            RETURNING intake_id""",
            {"source": source, "now": to_text(now)},
        )
        intake_id = int(added[0]["intake_id"])
        brought = [{"intake_id": intake_id, "study_uid": uid} for uid in study_uids]
        connection.insert("intake_studies", brought)
        connection.insert(
            "refusals",
            [{"intake_id": intake_id, "name": r.name, "reason": r.reason} for r in refused],
        )
    return intake_id


def intakes(connection: Connection, limit: int) -> tuple[IntakeRow, ...]:
    rows = connection.rows(
        "SELECT * FROM intakes ORDER BY intake_id DESC LIMIT :limit", {"limit": limit}
    )
    return tuple(_intake(connection, row) for row in rows)


def _intake(connection: Connection, row: Row) -> IntakeRow:
    values = {"intake_id": row["intake_id"]}
    brought = connection.rows(
        "SELECT study_uid FROM intake_studies WHERE intake_id = :intake_id", values
    )
    refused = connection.rows(
        "SELECT name, reason FROM refusals WHERE intake_id = :intake_id ORDER BY rowid", values
    )
    return IntakeRow(
        intake_id=row["intake_id"],
        source=row["source"],
        taken_at=to_time(row["taken_at"]),
        studies=tuple(study["study_uid"] for study in brought),
        refused=tuple(Refusal(**refusal) for refusal in refused),
    )
