"""The cases of a session, in its order, with their notes and what was decided of them.

Several readers work on a session at once, so a change says what it is and not what the list should
be: "this case before that one". Two of them can then be made in any order, and none undoes the
other. A case that is removed keeps its place, its note and what was decided of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ichdash.errors import ChangedError, NotFoundError
from ichdash.store import session_rows as rows
from ichdash.store import studies
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import to_text
from ichdash.store.session_rows import Added, Decision, SessionCase, Verdict
from ichdash.store.sessions import Sessions


class SessionCases:
    """The cases of all sessions. Every method raises StoreError, and NotFoundError where there is
    no such session or case; every change of a closed session raises ChangedError."""

    def __init__(self, connection: Connection, sessions: Sessions) -> None:
        self._connection = connection
        self._sessions = sessions

    def of(self, session_id: int) -> tuple[SessionCase, ...]:
        """The cases of a session in its order, without those that were removed."""
        found = self._connection.rows(
            """SELECT * FROM session_cases WHERE session_id = :session_id AND removed_at IS NULL
            ORDER BY place, case_id""",
            {"session_id": session_id},
        )
        latest = {each.case_id: each for each in self.decisions(session_id)}  # the last one stays
        return tuple(rows.session_case(row, latest.get(row["case_id"])) for row in found)

    def case(self, case_id: int) -> SessionCase:
        """A case, also one that was removed."""
        row = self._case_row(case_id)
        found = [d for d in self.decisions(row["session_id"]) if d.case_id == case_id]
        return rows.session_case(row, found[-1] if found else None)

    def last_removed(self, session_id: int) -> SessionCase | None:
        """The case that was removed last and is still out."""
        row = self._connection.row(
            """SELECT * FROM session_cases WHERE session_id = :session_id
            AND removed_at IS NOT NULL ORDER BY removed_at DESC, case_id DESC LIMIT 1""",
            {"session_id": session_id},
        )
        return rows.session_case(row, None) if row else None

    def add(self, session_id: int, study_uids: Iterable[str], reader: str, now: datetime) -> Added:
        """Put studies at the end. One that is there already stays where it is; one that was
        removed comes back with its note and decisions. All or none; raises NotFoundError."""
        added: list[str] = []
        already: list[str] = []
        with self._connection.writing():
            self._sessions.open(session_id)
            for study_uid in dict.fromkeys(study_uids):
                studies.study(self._connection, study_uid)
                is_new = self._connection.change(
                    _ADD,
                    {
                        "session_id": session_id,
                        "study_uid": study_uid,
                        "reader": reader,
                        "now": to_text(now),
                    },
                )
                (added if is_new else already).append(study_uid)
        return Added(tuple(added), tuple(already))

    def remove(self, case_id: int, reader: str, now: datetime) -> None:
        """Take a case out; one that is out stays as it is."""
        self._change(
            case_id,
            """UPDATE session_cases SET removed_at = :now, removed_by = :reader
            WHERE case_id = :case_id AND removed_at IS NULL""",
            reader=reader,
            now=to_text(now),
        )

    def restore(self, case_id: int) -> None:
        """Put a case that was removed back where it was."""
        self._change(
            case_id,
            """UPDATE session_cases SET removed_at = NULL, removed_by = NULL
            WHERE case_id = :case_id""",
        )

    def move(self, case_id: int, before: int | None) -> None:
        """Put a case right before another one, or at the end.

        Raises ChangedError where the case was removed meanwhile; the place of one that was
        removed is still known.
        """
        with self._connection.writing():
            moved = self._case_row(case_id)
            self._sessions.open(moved["session_id"])
            if moved["removed_at"] is not None:
                raise ChangedError(
                    f"The case that you moved was taken out by {moved['removed_by']} meanwhile. "
                    "The order stays as it was. Bring the case back if you need it, and move it "
                    "again."
                )
            places = self._order(moved["session_id"])
            places.remove(case_id)
            at = places.index(before) if before in places else len(places)
            places.insert(at, case_id)
            for place, each in enumerate(places, start=1):
                self._connection.change(
                    "UPDATE session_cases SET place = :place WHERE case_id = :case_id",
                    {"place": place, "case_id": each},
                )

    def note(self, case_id: int, text: str, was: str, reader: str) -> None:
        """Write the note of a case; raises ChangedError where it is no longer what it `was`, and
        RefusedError where no page could show it."""
        rows.check_length("The note", text, rows.TEXT_LENGTH)
        with self._connection.writing():
            kept = self._case_row(case_id)
            if kept["note"] == text:
                return
            if kept["note"] != was:
                raise ChangedError(
                    f"{kept['noted_by']} changed this note meanwhile. Theirs was kept, yours was "
                    f"not stored: “{text}”. Copy it from here, and add it to theirs."
                )
            self._change(
                case_id,
                """UPDATE session_cases SET note = :text, noted_by = :reader
                WHERE case_id = :case_id""",
                text=text,
                reader=reader,
            )

    def reveal(self, case_id: int, is_revealed: bool, now: datetime) -> None:
        """Show the AI result of a case to the session, or hide it again; when it was first shown
        stays known."""
        self._change(
            case_id,
            """UPDATE session_cases SET is_revealed = :is_revealed,
                revealed_at = coalesce(revealed_at, iif(:is_revealed, :now, NULL))
            WHERE case_id = :case_id""",
            is_revealed=int(is_revealed),
            now=to_text(now),
        )

    def decide(
        self, case_id: int, verdict: Verdict, comment: str, reader: str, now: datetime
    ) -> None:
        """Keep what was decided of a case; it counts until a later one. Raises RefusedError for
        words that no page could show."""
        rows.check_length("The decision", comment, rows.TEXT_LENGTH)
        self._change(
            case_id,
            """INSERT INTO session_decisions
                (case_id, verdict, comment, reader, decided_at, is_blind)
            SELECT case_id, :verdict, :comment, :reader, :now, revealed_at IS NULL
            FROM session_cases WHERE case_id = :case_id""",
            verdict=verdict.value,
            comment=comment,
            reader=reader,
            now=to_text(now),
        )

    def decisions(self, session_id: int) -> tuple[Decision, ...]:
        """Everything that was decided in a session, the oldest first."""
        found = self._connection.rows(
            """SELECT session_decisions.* FROM session_decisions JOIN session_cases
            USING (case_id) WHERE session_id = :session_id ORDER BY decision_id""",
            {"session_id": session_id},
        )
        return tuple(map(rows.decision, found))

    def _change(self, case_id: int, sql: str, **values: object) -> None:
        with self._connection.writing():
            self._sessions.open(self._case_row(case_id)["session_id"])
            self._connection.change(sql, {"case_id": case_id, **values})

    def _case_row(self, case_id: int) -> Row:
        row = self._connection.row(
            "SELECT * FROM session_cases WHERE case_id = :case_id", {"case_id": case_id}
        )
        if row is None:
            raise NotFoundError(
                f"There is no case {case_id} in any session here. Nothing was changed. "
                "Load the page again."
            )
        return row

    def _order(self, session_id: int) -> list[int]:
        """All cases of a session in its order, those that were removed in between."""
        found = self._connection.rows(
            """SELECT case_id FROM session_cases WHERE session_id = :session_id
            ORDER BY place, case_id""",
            {"session_id": session_id},
        )
        return [int(row["case_id"]) for row in found]


_ADD = """
    INSERT INTO session_cases (session_id, study_uid, place, added_by, added_at)
    SELECT :session_id, :study_uid, coalesce(max(place), 0) + 1, :reader, :now
    FROM session_cases WHERE session_id = :session_id
    ON CONFLICT (session_id, study_uid)
    DO UPDATE SET removed_at = NULL, removed_by = NULL, place = excluded.place
    WHERE removed_at IS NOT NULL
"""
