"""What readers said of a study. It only grows."""

from __future__ import annotations

import json

from ichdash.records import ReviewRow, ReviewState
from ichdash.store import second_reads, standing, studies
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import review_row, to_text
from ichdash.store.standing import Standing


def add(connection: Connection, review: ReviewRow, seen: int | None) -> None:
    """Keep a review; raises NotFoundError.

    The worklist shows it only where it is of the newest result and `seen`, the newest screening
    that was on the reader's page, is still the newest: what a reader agreed to on a page left open
    must not mark as read what nobody has looked at.
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
        if not second_reads.takes(connection, review, seen):
            stands = Standing(review.state, shown)
            standing.put(connection, review.study_uid, review.screening_id, stands, seen=seen)


def of_study(connection: Connection, study_uid: str) -> tuple[ReviewRow, ...]:
    """All reviews of a study, newest first."""
    rows = connection.rows(
        """SELECT *, review_id < max(review_id) OVER (PARTITION BY reader, screening_id)
            AS is_revised
        FROM reviews WHERE study_uid = :study_uid ORDER BY review_id DESC""",
        {"study_uid": study_uid},
    )
    return tuple(review_row(row) for row in rows)
