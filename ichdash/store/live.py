"""What is presented in a session now: written by the presenter's browser, read by all others.

One row a session. It is the database and not the memory of a process that holds it, so that every
process and every browser tab tells the same.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from ichdash.store.connection import Connection
from ichdash.store.rows import to_text
from ichdash.store.session_rows import Presented, View, presented


class Live:
    """The presentations of all sessions. Every method raises StoreError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def now(self, session_id: int) -> Presented | None:
        """What is presented; None while nobody does."""
        row = self._connection.row(
            "SELECT * FROM session_live WHERE session_id = :session_id", {"session_id": session_id}
        )
        return presented(row) if row else None

    def start(
        self, session_id: int, token: str, presenter: str, case_id: int | None, now: datetime
    ) -> None:
        """Present from the tab `token` on, in place of whoever did: what they showed stays shown,
        or `case_id` where nobody did."""
        self._connection.change(
            """INSERT INTO session_live (session_id, token, presenter, started_at, case_id)
            SELECT session_id, :token, :presenter, :now, :case_id FROM sessions
            WHERE session_id = :session_id AND closed_at IS NULL
            ON CONFLICT (session_id) DO UPDATE SET
                token = :token, presenter = :presenter, started_at = :now, moves = moves + 1""",
            {
                "session_id": session_id,
                "token": token,
                "presenter": presenter,
                "now": to_text(now),
                "case_id": case_id,
            },
        )

    def hand_over(self, session_id: int, token: str, to: str) -> bool:
        """Give the seat of the tab `token` to the tab `to`, which is the same page loaded again;
        False where another tab presents."""
        return bool(
            self._connection.change(
                """UPDATE session_live SET token = :to
                WHERE session_id = :session_id AND token = :token""",
                {"session_id": session_id, "token": token, "to": to},
            )
        )

    def end(self, session_id: int, token: str) -> None:
        """Present no longer; where another tab does, it goes on."""
        self._connection.change(
            "DELETE FROM session_live WHERE session_id = :session_id AND token = :token",
            {"session_id": session_id, "token": token},
        )

    def turn_to(self, session_id: int, token: str, case_id: int) -> bool:
        """Show another case, where its viewer opens; False where another tab presents."""
        return self._move(
            "case_id = :case_id, slice_index = NULL",
            session_id,
            token,
            case_id=case_id,
        )

    def look_at(self, session_id: int, token: str, case_id: int, view: View) -> bool:
        """Show a slice as `view` says; False where another tab or another case is presented."""
        return self._move(
            """slice_index = :slice_index, window_name = :window_name, center = :center,
            width = :width, zoom = :zoom, across = :across, down = :down, turns = :turns,
            is_mirrored = :is_mirrored, is_heat_on = :is_heat_on""",
            session_id,
            token,
            "AND case_id = :case_id",
            case_id=case_id,
            slice_index=view.slice_index,
            window_name=view.window_name,
            center=view.window.center,
            width=view.window.width,
            is_heat_on=view.is_heat_on,
            **asdict(view.pose),
        )

    def _move(
        self, assignments: str, session_id: int, token: str, also: str = "", **values: object
    ) -> bool:
        return bool(
            self._connection.change(
                f"""UPDATE session_live SET {assignments}, moves = moves + 1
                WHERE session_id = :session_id AND token = :token {also}""",
                {"session_id": session_id, "token": token, **values},
            )
        )
