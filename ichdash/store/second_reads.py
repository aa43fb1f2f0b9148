"""Independent second reads, and how a disagreement was settled.

The second reader is the first who reads a result after somebody asked for it, and who had not read
it before. Until then the study stands as "in review" on the worklist, whatever the first reader
said: an order or a filter must not tell it. What was said blind decides; later revisions are kept,
but do not undo a disagreement.
"""

from __future__ import annotations

import json
from datetime import datetime

from ichdash.errors import RefusedError
from ichdash.records import (
    Answer,
    ReviewRow,
    ReviewState,
    SecondRead,
    SecondReading,
    Settlement,
)
from ichdash.store import standing, studies
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import review_row, to_text, to_time
from ichdash.store.standing import Standing


class SecondReads:
    """The second reads of all studies. Every method raises StoreError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, screening_id: int | None) -> SecondReading | None:
        """That of a result; None where nobody asked for one."""
        return _of(self._connection, screening_id)

    def ask(self, study_uid: str, screening_id: int, reader: str, now: datetime) -> None:
        """Want an independent read of a result that `reader` has read. One that was asked for
        stays as it is. Raises NotFoundError, and RefusedError where `reader` has not read it."""
        with self._connection.writing():
            studies.study(self._connection, study_uid)
            if _of(self._connection, screening_id):
                return
            readers = _readers(self._connection, screening_id)
            if reader not in readers:
                raise RefusedError(
                    f"{reader} has not reviewed this result, and a second read needs a first. "
                    "No second reader was asked for. Give your own review, then ask."
                )
            self._connection.insert(
                "second_reads", [_asked(study_uid, screening_id, reader, readers, now)]
            )
            standing.put(self._connection, study_uid, screening_id, _wanted(reader))

    def settle(self, study_uid: str, screening_id: int, settled: Settlement) -> None:
        """Keep the final answer of a third reader, or of both together.

        Raises NotFoundError, and RefusedError where one of the two would settle it alone, where
        it was settled already, or where the two do not disagree.
        """
        with self._connection.writing():
            study = studies.study(self._connection, study_uid)
            reading = _of(self._connection, screening_id)
            _refuse_unfit(reading, settled, study.second_read)
            self._connection.change(
                _SETTLE,
                {
                    "screening_id": screening_id,
                    "answer": settled.answer.value,
                    "comment": settled.comment,
                    "settled_by": json.dumps(settled.readers),
                    "settled_at": to_text(settled.settled_at),
                },
            )
            stands = Standing(
                _said(settled.answer, bool(study.flagged)),
                " and ".join(settled.readers),
                SecondRead.SETTLED,
                settled.answer,
            )
            standing.put(self._connection, study_uid, screening_id, stands)


def takes(connection: Connection, review: ReviewRow, seen: int | None) -> bool:
    """Whether a second read decides how the study stands, and not this review alone.

    A review that was just kept is compared, where it is the independent one. A study that grew
    after both reads stands as the next review says.
    """
    reading = _of(connection, review.screening_id)
    if reading is None:
        return False
    if reading.second is not None:
        return studies.study(connection, review.study_uid).second_read is not SecondRead.NONE
    stands = _wanted(reading.asked_by)
    if reading.is_blind(review.reader):
        connection.change(
            "UPDATE second_reads SET second = :reader WHERE screening_id = :screening_id",
            {"reader": review.reader, "screening_id": review.screening_id},
        )
        first = _latest(connection, reading.screening_id, reading.asked_by)
        stands = _compared(first, review)
    standing.put(connection, review.study_uid, reading.screening_id, stands, seen=seen)
    return True


def _wanted(asked_by: str) -> Standing:
    """While a second read is wanted, what the first reader said is not told."""
    return Standing(ReviewState.IN_REVIEW, asked_by, SecondRead.WANTED)


def _compared(first: ReviewRow, second: ReviewRow) -> Standing:
    """How two independent reads let a study stand: where they differ, neither answer is told."""
    both = f"{first.reader} and {second.reader}"
    if _agree(first, second):
        return Standing(second.state, both, SecondRead.AGREEING)
    return Standing(ReviewState.IN_REVIEW, both, SecondRead.TO_ADJUDICATE)


def _agree(first: ReviewRow, second: ReviewRow) -> bool:
    """Both came to an answer, to the same one, and to the same of each finding that both judged."""
    both = first.findings.keys() & second.findings.keys()
    return (
        first.state is second.state
        and first.state is not ReviewState.IN_REVIEW
        and all(first.findings[name] is second.findings[name] for name in both)
    )


def _said(answer: Answer, is_flagged: bool) -> ReviewState:
    """A final answer as a review of the result."""
    if answer is Answer.UNDECIDED:
        return ReviewState.IN_REVIEW
    is_same = (answer is Answer.HEMORRHAGE) == is_flagged
    return ReviewState.AGREED if is_same else ReviewState.DISAGREED


def _refuse_unfit(reading: SecondReading | None, settled: Settlement, stands: SecondRead) -> None:
    if reading is None or stands not in (SecondRead.TO_ADJUDICATE, SecondRead.SETTLED):
        raise RefusedError(
            "This result has no two reads that disagree, so there is nothing to settle. "
            "Nothing was stored. Load the page again to see how the study stands."
        )
    if reading.settlement:
        raise RefusedError(
            f"{' and '.join(reading.settlement.readers)} settled this result already: "
            f"{reading.settlement.answer}. Your answer was not stored. "
            "Give it as a review of your own, with a comment."
        )
    two = {reading.asked_by, reading.second}
    if len(settled.readers) < 2 and two & set(settled.readers):
        raise RefusedError(
            f"{settled.readers[0]} is one of the two readers who disagree; a third reader or both "
            "together are needed. Nothing was stored. Settle it together, or ask a third reader."
        )


_SETTLE = """
    UPDATE second_reads SET answer = :answer, comment = :comment, settled_by = :settled_by,
        settled_at = :settled_at WHERE screening_id = :screening_id
"""


def _readers(connection: Connection, screening_id: int) -> list[str]:
    rows = connection.rows(
        "SELECT DISTINCT reader FROM reviews WHERE screening_id = :screening_id",
        {"screening_id": screening_id},
    )
    return [row["reader"] for row in rows]


def _latest(connection: Connection, screening_id: int, reader: str) -> ReviewRow:
    rows = connection.rows(
        """SELECT *, 0 AS is_revised FROM reviews
        WHERE screening_id = :screening_id AND reader = :reader ORDER BY review_id DESC LIMIT 1""",
        {"screening_id": screening_id, "reader": reader},
    )
    return review_row(rows[0])


def _asked(
    study_uid: str, screening_id: int, reader: str, earlier: list[str], now: datetime
) -> Row:
    return {
        "screening_id": screening_id,
        "study_uid": study_uid,
        "asked_by": reader,
        "asked_at": to_text(now),
        "earlier": json.dumps(earlier),
    }


def _of(connection: Connection, screening_id: int | None) -> SecondReading | None:
    row = connection.row(
        "SELECT * FROM second_reads WHERE screening_id = :screening_id",
        {"screening_id": screening_id},
    )
    if row is None:
        return None
    return SecondReading(
        screening_id=row["screening_id"],
        asked_by=row["asked_by"],
        asked_at=to_time(row["asked_at"]),
        earlier=tuple(json.loads(row["earlier"])),
        second=row["second"],
        settlement=_settlement(row) if row["answer"] else None,
    )


def _settlement(row: Row) -> Settlement:
    return Settlement(
        answer=Answer(row["answer"]),
        comment=row["comment"],
        readers=tuple(json.loads(row["settled_by"])),
        settled_at=to_time(row["settled_at"]),
    )
