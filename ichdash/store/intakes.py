"""What each intake brought and refused. It only grows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ichdash.domain import Refusal
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import IntakeRow, to_text, to_time


class Intakes:
    """The intakes of all sources. Every method raises StoreError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(
        self, source: str, study_uids: Iterable[str], refused: Iterable[Refusal], now: datetime
    ) -> int:
        """Keep what an intake brought and refused; its number."""
        with self._connection.writing():
            added = self._connection.rows(
                """INSERT INTO intakes (source, taken_at) VALUES (:source, :now)
                RETURNING intake_id""",
                {"source": source, "now": to_text(now)},
            )
            intake_id = int(added[0]["intake_id"])
            brought = [{"intake_id": intake_id, "study_uid": uid} for uid in study_uids]
            self._connection.insert("intake_studies", brought)
            self._connection.insert(
                "refusals",
                [{"intake_id": intake_id, "name": r.name, "reason": r.reason} for r in refused],
            )
        return intake_id

    def latest(self, limit: int = 20) -> tuple[IntakeRow, ...]:
        """Newest first."""
        rows = self._connection.rows(
            "SELECT * FROM intakes ORDER BY intake_id DESC LIMIT :limit", {"limit": limit}
        )
        return tuple(self._intake(row) for row in rows)

    def _intake(self, row: Row) -> IntakeRow:
        values = {"intake_id": row["intake_id"]}
        brought = self._connection.rows(
            "SELECT study_uid FROM intake_studies WHERE intake_id = :intake_id", values
        )
        refused = self._connection.rows(
            "SELECT name, reason FROM refusals WHERE intake_id = :intake_id ORDER BY rowid", values
        )
        return IntakeRow(
            intake_id=row["intake_id"],
            source=row["source"],
            taken_at=to_time(row["taken_at"]),
            studies=tuple(study["study_uid"] for study in brought),
            refused=tuple(Refusal(**refusal) for refusal in refused),
        )
