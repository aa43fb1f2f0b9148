"""How a study stands on the worklist: what readers said of its newest result, written in one place.

What is said changes it until more of the study arrives: `studies.grow` makes it unread, and who
reads an earlier page then says nothing of what came, however its screening ended. Screening the
same images again does not keep an answer from standing, since it may fail and leave the result as
it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from ichdash.records import Answer, ReviewState, SecondRead
from ichdash.store.connection import Connection


@dataclass(frozen=True)
class Standing:
    review: ReviewState
    reader: str | None
    second_read: SecondRead = SecondRead.NONE
    answer: Answer | None = None  # where it is settled


def put(
    connection: Connection,
    study_uid: str,
    screening_id: int | None,
    standing: Standing,
    *,
    seen: int | None = None,
) -> None:
    """Let a study stand so, where `screening_id` is its newest result and nothing came since that
    was not on the page: `seen` is the newest screening that it showed."""
    connection.change(
        _PUT,
        {
            "study_uid": study_uid,
            "screening_id": screening_id,
            "seen": seen,
            "review": standing.review.value,
            "reader": standing.reader,
            "second_read": standing.second_read.value,
            "answer": standing.answer and standing.answer.value,
        },
    )


# The newest result of a study that is screened again (`is_again`) is of all that it holds. One that
# grew is unread until somebody has seen how its screening ended; a second read may then be asked
# for and settled.
_PUT = """
    UPDATE studies SET review = :review, reader = :reader, second_read = :second_read,
        answer = :answer
    WHERE study_uid = :study_uid
        AND :screening_id IS (SELECT max(screening_id) FROM screenings
            WHERE study_uid = :study_uid AND state = 'screened')
        AND (is_again OR review <> 'unread' OR state IN ('screened', 'not screened'))
        AND (is_again OR (review <> 'unread' AND :second_read <> '')
            OR :seen IS (SELECT max(screening_id) FROM screenings WHERE study_uid = :study_uid))
"""
