"""Case review sessions: each has a name and a chair, and is frozen once it is closed."""

from __future__ import annotations

from datetime import datetime

from ichdash.errors import ChangedError, NotFoundError
from ichdash.store import session_rows as rows
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import to_text
from ichdash.store.session_rows import SessionEvent, SessionRow


class Sessions:
    """All sessions. Every method raises StoreError, and NotFoundError where there is no such
    session."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> tuple[SessionRow, ...]:
        """Every session: the open ones first, the newest first."""
        found = self._connection.rows(
            f"{_SESSIONS} ORDER BY closed_at IS NOT NULL, session_id DESC"
        )
        return tuple(map(rows.session_row, found))

    def session(self, session_id: int) -> SessionRow:
        found = self._connection.row(
            f"{_SESSIONS} WHERE session_id = :session_id", {"session_id": session_id}
        )
        if found is None:
            raise NotFoundError(
                f"There is no session {session_id} here. The link may be cut short, or be one of "
                "another ichdash. Nothing was changed. Choose a session from the list."
            )
        return rows.session_row(found)

    def create(self, name: str, chair: str, reader: str, now: datetime) -> SessionRow:
        """Make a session; raises RefusedError for a name that no page could show."""
        _check_names(name, chair)
        with self._connection.writing():
            made = self._connection.rows(
                """INSERT INTO sessions (name, chair, created_at) VALUES (:name, :chair, :now)
                RETURNING session_id""",
                {"name": name, "chair": chair, "now": to_text(now)},
            )
            session_id = int(made[0]["session_id"])
            self._tell(session_id, "created", reader, now)
        return self.session(session_id)

    def rename(self, was: SessionRow, name: str, chair: str, reader: str, now: datetime) -> None:
        """Give name and chair; raises ChangedError where they are no longer what they `was`, or
        the session is closed."""
        _check_names(name, chair)
        session_id = was.session_id
        with self._connection.writing():
            session = self.open(session_id)
            if (session.name, session.chair) != (was.name, was.chair):
                raise ChangedError(
                    f"The session was renamed to “{session.name}” (chair: {session.chair}) by "
                    "another reader meanwhile. Your name for it was not stored. Look at theirs, "
                    "then rename it again if you still want to."
                )
            self._connection.change(
                "UPDATE sessions SET name = :name, chair = :chair WHERE session_id = :session_id",
                {"name": name, "chair": chair, "session_id": session_id},
            )
            self._tell(session_id, f"renamed to “{name}”, chair: {chair}", reader, now)

    def close(self, session_id: int, reader: str, now: datetime) -> None:
        """Freeze a session, and end its presentation; one that is closed stays as it is."""
        with self._connection.writing():
            if self.session(session_id).is_closed:
                return
            values = {"session_id": session_id, "now": to_text(now)}
            self._connection.change(
                "UPDATE sessions SET closed_at = :now WHERE session_id = :session_id", values
            )
            self._connection.change(
                "DELETE FROM session_live WHERE session_id = :session_id",
                {"session_id": session_id},
            )
            self._tell(session_id, "closed", reader, now)

    def reopen(self, session_id: int, reader: str, now: datetime) -> None:
        """Let a session be changed again; one that is open stays as it is."""
        with self._connection.writing():
            if not self.session(session_id).is_closed:
                return
            self._connection.change(
                "UPDATE sessions SET closed_at = NULL WHERE session_id = :session_id",
                {"session_id": session_id},
            )
            self._tell(session_id, "opened again", reader, now)

    def events(self, session_id: int) -> tuple[SessionEvent, ...]:
        """What became of a session, the oldest first."""
        found = self._connection.rows(
            "SELECT * FROM session_events WHERE session_id = :session_id ORDER BY event_id",
            {"session_id": session_id},
        )
        return tuple(map(rows.session_event, found))

    def of_study(self, study_uid: str) -> tuple[SessionRow, ...]:
        """The open sessions that a study is in."""
        found = self._connection.rows(
            f"""{_SESSIONS} WHERE closed_at IS NULL AND session_id IN (
                SELECT session_id FROM session_cases
                WHERE study_uid = :study_uid AND removed_at IS NULL)
            ORDER BY session_id DESC""",
            {"study_uid": study_uid},
        )
        return tuple(map(rows.session_row, found))

    def open(self, session_id: int) -> SessionRow:
        """A session that may be changed; raises ChangedError for a closed one."""
        session = self.session(session_id)
        if session.is_closed:
            closed = self.events(session_id)[-1]
            raise ChangedError(
                f"The session “{session.name}” was closed by {closed.reader}. Nothing was "
                "changed. Open it again to go on with it."
            )
        return session

    def _tell(self, session_id: int, what: str, reader: str, now: datetime) -> None:
        row: Row = {"session_id": session_id, "what": what, "reader": reader}
        self._connection.insert("session_events", [row | {"told_at": to_text(now)}])


def _check_names(name: str, chair: str) -> None:
    rows.check_length("The session's name", name, rows.NAME_LENGTH)
    rows.check_length("The chair's name", chair, rows.NAME_LENGTH)


_SESSIONS = """
    SELECT *, (SELECT count(*) FROM session_cases AS held
        WHERE held.session_id = sessions.session_id AND removed_at IS NULL) AS cases
    FROM sessions
"""
