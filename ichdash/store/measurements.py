"""What readers measured. One that is removed is kept too, with who removed it and when.

Measurements belong to a series of so many slices: a series that grew is another stack, on which
the slice that was measured may be another one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from ichdash.records import MeasureKind, Measurement
from ichdash.store import studies
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import to_text, to_time


class Measurements:
    """The measurements of all studies. Every method raises StoreError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(
        self, study_uid: str, series_uid: str, slices: int, case_id: int | None = None
    ) -> tuple[Measurement, ...]:
        """Those that were not removed, the oldest first; of one case of a session, those that were
        measured in its room."""
        rows = self._connection.rows(
            """SELECT * FROM measurements WHERE study_uid = :study_uid
            AND series_uid = :series_uid AND slices = :slices AND removed_at IS NULL
            AND (:case_id IS NULL OR case_id = :case_id)
            ORDER BY measured_at, rowid""",
            {
                "study_uid": study_uid,
                "series_uid": series_uid,
                "slices": slices,
                "case_id": case_id,
            },
        )
        return tuple(_measurement(row) for row in rows)

    def ids(self, study_uid: str) -> frozenset[str]:
        """All of a study that were not removed, whatever they were measured on."""
        rows = self._connection.rows(
            """SELECT measure_id FROM measurements
            WHERE study_uid = :study_uid AND removed_at IS NULL""",
            {"study_uid": study_uid},
        )
        return frozenset(row["measure_id"] for row in rows)

    def add(
        self,
        study_uid: str,
        series_uid: str,
        slices: int,
        added: Iterable[Measurement],
        case_id: int | None = None,
    ) -> None:
        """Keep measurements; those kept already stay as they are. Raises NotFoundError."""
        with self._connection.writing():
            studies.study(self._connection, study_uid)
            for each in added:
                self._connection.change(
                    _ADD,
                    {
                        "measure_id": each.measure_id,
                        "study_uid": study_uid,
                        "series_uid": series_uid,
                        "slices": slices,
                        "kind": each.kind.value,
                        "points": json.dumps(each.points),
                        "reader": each.reader,
                        "measured_at": to_text(each.measured_at),
                        "case_id": case_id,
                    },
                )

    def remove(self, study_uid: str, measure_id: str, reader: str, now: datetime) -> None:
        """Show a measurement no longer; one that is unknown or removed already stays as it is."""
        self._connection.change(
            """UPDATE measurements SET removed_at = :now, remover = :reader
            WHERE measure_id = :measure_id AND study_uid = :study_uid AND removed_at IS NULL""",
            {
                "measure_id": measure_id,
                "study_uid": study_uid,
                "reader": reader,
                "now": to_text(now),
            },
        )


_ADD = """
    INSERT INTO measurements
        (measure_id, study_uid, series_uid, slices, kind, points, reader, measured_at, case_id)
    VALUES (:measure_id, :study_uid, :series_uid, :slices, :kind, :points, :reader, :measured_at,
        :case_id)
    ON CONFLICT DO NOTHING
"""


def _measurement(row: Row) -> Measurement:
    return Measurement(
        measure_id=row["measure_id"],
        kind=MeasureKind(row["kind"]),
        points=tuple((column, line, index) for column, line, index in json.loads(row["points"])),
        reader=row["reader"],
        measured_at=to_time(row["measured_at"]),
    )
