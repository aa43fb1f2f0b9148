"""Quizzes of teaching files, what learners have begun to say, and what they said.

An answer is kept once and never changed: its key is quiz, case and learner. What stands there
before it is submitted is kept too, so that a page loaded again loses nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from ichdash.errors import NotFoundError, StoreError
from ichdash.lessons import Answer, Quiz, Reading, Spot
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import to_text, to_time


class Quizzes:
    """The quizzes of all tutors. Every method raises StoreError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        name: str,
        file_ids: Sequence[str],
        tutor: str,
        now: datetime,
        *,
        is_shuffled: bool = False,
        shows_ai: bool = False,
    ) -> str:
        """Keep a new quiz; its id, which is random."""
        quiz_id = secrets.token_hex(6)
        row = {
            "quiz_id": quiz_id,
            "name": name,
            "is_shuffled": int(is_shuffled),
            "shows_ai": int(shows_ai),
            "tutor": tutor,
            "made_at": to_text(now),
        }
        cases = [
            {"quiz_id": quiz_id, "position": position, "file_id": file_id}
            for position, file_id in enumerate(file_ids)
        ]
        with self._connection.writing():
            self._connection.insert("quizzes", [row])
            self._connection.insert("quiz_cases", cases)
        return quiz_id

    def all(self) -> tuple[Quiz, ...]:
        """Newest first."""
        rows = self._connection.rows("SELECT * FROM quizzes ORDER BY made_at DESC, rowid DESC")
        return tuple(self._quiz(row) for row in rows)

    def quiz(self, quiz_id: str) -> Quiz:
        """One of them; raises NotFoundError."""
        row = self._connection.row(
            "SELECT * FROM quizzes WHERE quiz_id = :quiz_id", {"quiz_id": quiz_id}
        )
        if row is None:
            raise NotFoundError(
                f"There is no quiz {quiz_id[:40]!r} here. Nothing was lost: your answers stay. "
                "Ask your tutor for the link again, or choose a quiz below."
            )
        return self._quiz(row)

    def serve(self, quiz_id: str, file_id: str, learner: str, now: datetime) -> Reading:
        """A learner is at a case: what stands there, begun now where nothing does."""
        key = {"quiz_id": quiz_id, "file_id": file_id, "learner": learner}
        found = self._connection.row(f"SELECT * FROM quiz_readings {_OF}", key)
        if found is not None:
            return _reading(found)
        self._connection.change(
            """INSERT INTO quiz_readings (quiz_id, file_id, learner, served_at)
            VALUES (:quiz_id, :file_id, :learner, :now) ON CONFLICT DO NOTHING""",
            key | {"now": to_text(now)},
        )
        return Reading(now)

    def is_begun(self, quiz_id: str, learner: str) -> bool:
        """Whether a case of the quiz was shown under this name already."""
        where = "quiz_id = :quiz_id AND learner = :learner"
        begun = self._connection.row(
            f"SELECT 1 FROM quiz_readings WHERE {where}", {"quiz_id": quiz_id, "learner": learner}
        )
        return begun is not None

    def note_shown(self, quiz_id: str, file_id: str, learner: str, now: datetime) -> None:
        """The image is drawn: the learner's time runs from its first time on."""
        self._connection.change(
            f"UPDATE quiz_readings SET shown_at = :now {_OF} AND shown_at IS NULL",
            {"quiz_id": quiz_id, "file_id": file_id, "learner": learner, "now": to_text(now)},
        )

    def keep(self, quiz_id: str, file_id: str, learner: str, reading: Reading) -> None:
        """Keep what a learner has chosen so far; its times stay as they are."""
        draft = {
            "findings": reading.findings,
            "confidence": reading.confidence,
            "spot": _spot_text(reading.spot),
            "is_nothing": reading.is_nothing,
            "is_none": reading.is_none,
        }
        self._connection.change(
            f"UPDATE quiz_readings SET draft = :draft {_OF}",
            {
                "quiz_id": quiz_id,
                "file_id": file_id,
                "learner": learner,
                "draft": json.dumps(draft),
            },
        )

    def answer(self, answer: Answer) -> None:
        """Keep an answer; raises StoreError where the learner has answered the case already."""
        row = {
            **asdict(answer),
            "findings": json.dumps(answer.findings),
            "truth": json.dumps(answer.truth),
            "spot": _spot_text(answer.spot),
            "is_placed": int(answer.is_placed),
            "with_ai": int(answer.with_ai),
            "answered_at": to_text(answer.answered_at),
        }
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        kept = self._connection.change(
            f"INSERT INTO quiz_answers ({names}) VALUES ({values}) ON CONFLICT DO NOTHING", row
        )
        if not kept:
            raise StoreError(
                f"{answer.learner} has answered this case already. The first answer stays, this "
                "one was not kept. Load the page again to see it."
            )

    def answers(self, quiz_id: str = "", learner: str = "") -> tuple[Answer, ...]:
        """Answers, oldest first; of one quiz or one learner, where named."""
        rows = self._connection.rows(
            """SELECT * FROM quiz_answers
            WHERE :quiz_id IN ('', quiz_id) AND :learner IN ('', learner)
            ORDER BY answered_at, rowid""",
            {"quiz_id": quiz_id, "learner": learner},
        )
        return tuple(_answer(row) for row in rows)

    def _quiz(self, row: Row) -> Quiz:
        cases = self._connection.rows(
            "SELECT file_id FROM quiz_cases WHERE quiz_id = :quiz_id ORDER BY position",
            {"quiz_id": row["quiz_id"]},
        )
        return Quiz(
            quiz_id=row["quiz_id"],
            name=row["name"],
            file_ids=tuple(case["file_id"] for case in cases),
            is_shuffled=bool(row["is_shuffled"]),
            shows_ai=bool(row["shows_ai"]),
            tutor=row["tutor"],
            made_at=to_time(row["made_at"]),
        )


_OF = "WHERE quiz_id = :quiz_id AND file_id = :file_id AND learner = :learner"


def _spot_text(spot: Spot | None) -> str | None:
    return json.dumps(asdict(spot)) if spot else None


def _spot(text: str | None) -> Spot | None:
    return Spot(**json.loads(text)) if text else None


def _reading(row: Row) -> Reading:
    draft = json.loads(row["draft"])
    return Reading(
        served_at=to_time(row["served_at"]),
        shown_at=to_time(row["shown_at"]) if row["shown_at"] else None,
        findings=tuple(draft.get("findings", ())),
        confidence=draft.get("confidence"),
        spot=_spot(draft.get("spot")),
        is_nothing=draft.get("is_nothing", False),
        is_none=draft.get("is_none", False),
    )


def _answer(row: Row) -> Answer:
    told = {
        "findings": tuple(json.loads(row["findings"])),
        "truth": tuple(json.loads(row["truth"])),
        "spot": _spot(row["spot"]),
        "is_placed": bool(row["is_placed"]),
        "with_ai": bool(row["with_ai"]),
        "answered_at": to_time(row["answered_at"]),
    }
    return Answer(**{**row, **told})
