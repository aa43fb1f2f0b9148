"""What a study is made of: the instances that are kept, and the files that could not be placed.

Both speak of completeness. An instance whose file is lost, and a file of the study that names no
place in it, may each be a slice: a study without them must not be screened as if it were whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from ichdash.domain import Refusal
from ichdash.store import studies
from ichdash.store.connection import Connection, Row
from ichdash.store.rows import to_text


@dataclass(frozen=True)
class StoredInstance:
    """An instance whose file is in place."""

    sop_instance_uid: str
    series_uid: str
    path: str  # below the data folder
    size: int  # bytes
    sha256: str
    is_lost: bool = False  # a screening found its file missing or not readable any more


def of_study(connection: Connection, study_uid: str) -> tuple[StoredInstance, ...]:
    """All instances of a study, by path."""
    rows = connection.rows(
        """SELECT sop_instance_uid, series_uid, path, size, sha256, is_lost
        FROM instances WHERE study_uid = :study_uid ORDER BY path""",
        {"study_uid": study_uid},
    )
    return tuple(StoredInstance(**row | {"is_lost": bool(row["is_lost"])}) for row in rows)


def add(
    connection: Connection, study_uid: str, instances: Iterable[StoredInstance], now: datetime
) -> int:
    """Rows for files that are in place; the number of those new, replaced, or lost before."""
    with connection.writing():
        studies.study(connection, study_uid)
        new = sum(connection.change(_ADD, _row(study_uid, instance, now)) for instance in instances)
        if new:
            studies.grow(connection, study_uid, now)
    return new


_ADD = """
    INSERT INTO instances
        (study_uid, sop_instance_uid, series_uid, path, size, sha256, received_at, is_lost)
    VALUES (:study_uid, :sop_instance_uid, :series_uid, :path, :size, :sha256, :received_at,
        :is_lost)
    ON CONFLICT (study_uid, sop_instance_uid) DO UPDATE SET
        series_uid = excluded.series_uid, path = excluded.path, size = excluded.size,
        sha256 = excluded.sha256, received_at = excluded.received_at, is_lost = excluded.is_lost
    WHERE sha256 <> excluded.sha256 OR is_lost
"""


def _row(study_uid: str, instance: StoredInstance, now: datetime) -> Row:
    row: Row = asdict(instance) | {"study_uid": study_uid, "received_at": to_text(now)}
    return row | {"is_lost": int(instance.is_lost)}


def note_lost(connection: Connection, study_uid: str, sop_instance_uids: Iterable[str]) -> None:
    """Remember whose files are lost, so that sending them again is news."""
    with connection.writing():
        for uid in sop_instance_uids:
            connection.change(
                """UPDATE instances SET is_lost = 1
                WHERE study_uid = :study_uid AND sop_instance_uid = :uid""",
                {"study_uid": study_uid, "uid": uid},
            )


def unplaced(connection: Connection, study_uid: str) -> tuple[Refusal, ...]:
    """The files of a study that could not be placed in it, by name."""
    rows = connection.rows(
        """SELECT name, reason, series_uid FROM unplaced WHERE study_uid = :study_uid
        ORDER BY name, series_uid""",
        {"study_uid": study_uid},
    )
    return tuple(Refusal(**row) for row in rows)


def set_unplaced(
    connection: Connection, study_uid: str, refused: Iterable[Refusal], now: datetime
) -> None:
    """Make `refused` the files that could not be placed; other ones make another study of it."""
    now_known = {(refusal.name, refusal.series_uid): refusal for refusal in refused}
    with connection.writing():
        studies.study(connection, study_uid)
        before = unplaced(connection, study_uid)
        if now_known.keys() == {(refusal.name, refusal.series_uid) for refusal in before}:
            return
        connection.change(
            "DELETE FROM unplaced WHERE study_uid = :study_uid", {"study_uid": study_uid}
        )
        rows = [{"study_uid": study_uid} | asdict(refusal) for refusal in now_known.values()]
        connection.insert("unplaced", rows)
        studies.grow(connection, study_uid, now)
