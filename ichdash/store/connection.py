"""One SQLite connection: how it is opened, how it writes, and how its faults become sentences.

Every write runs in a transaction that takes the write lock first (BEGIN IMMEDIATE): a reader that
later turned writer could be refused at once, whatever the busy timeout. Commits wait for the disk
(synchronous FULL), because a sender is told "received" only after one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from ichdash.errors import StoreError
from ichdash.store.disk import locked
from ichdash.store.migrations import STEPS, migrations

Row = dict[str, Any]
BUSY_TIMEOUT_S = 20.0
_MAPPED_BYTES = 1 << 30  # read through the page cache: a cold connection scans 100,000 rows fast

_FAULTS = {
    sqlite3.SQLITE_FULL: "The disk is full. Nothing was stored. Free space and try again.",
    sqlite3.SQLITE_READONLY: "It cannot be written to. Nothing was stored. "
    "Check who owns the data folder.",
    sqlite3.SQLITE_BUSY: f"It was locked for more than {BUSY_TIMEOUT_S:.0f} seconds. "
    "Nothing was stored. Try again; if it stays, end the process that holds it.",
    sqlite3.SQLITE_CORRUPT: "It is damaged. Nothing was changed. "
    "Restore it from a backup, or move it away and start anew; the originals stay.",
    sqlite3.SQLITE_NOTADB: "It is not a database. Nothing was changed. "
    "Restore it from a backup, or move it away and start anew; the originals stay.",
    sqlite3.SQLITE_IOERR: "The disk failed or is full. Nothing was stored. "
    "Check the disk of the data folder and try again.",
    sqlite3.SQLITE_CANTOPEN: "It cannot be opened. Check that the data folder exists and who owns "
    "it.",
}


class Connection:
    """A database that speaks in rows and sentences. Used by the thread that opened it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._faults_told():
            raw = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
            self._db = Database(raw)
            try:
                self._prepare()
            except BaseException:
                raw.close()
                raise

    def close(self) -> None:
        self._db.close()

    def rows(self, sql: str, values: Mapping[str, object] | None = None) -> list[Row]:
        """Every row that `sql` gives; raises StoreError."""
        with self._faults_told():
            return list(self._db.query(sql, dict(values or {})))

    def row(self, sql: str, values: Mapping[str, object] | None = None) -> Row | None:
        """The first row that `sql` gives, or None; raises StoreError."""
        return next(iter(self.rows(sql, values)), None)

    def change(self, sql: str, values: Mapping[str, object]) -> int:
        """Run one write; the number of rows that it touched. Raises StoreError."""
        with self._faults_told():
            return int(self._db.execute(sql, dict(values)).rowcount)

    def insert(self, table: str, rows: Iterable[Row]) -> None:
        """Add whole rows to `table`; raises StoreError."""
        with self._faults_told():
            self._db[table].insert_all(rows)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that holds the write lock from its start; one inside another joins it."""
        if self._db.conn.in_transaction:
            yield
            return
        with self._faults_told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise

    def _prepare(self) -> None:
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(f"PRAGMA mmap_size = {_MAPPED_BYTES}")
        self._refuse_newer_schema()
        if self._db.journal_mode != "wal" or migrations.pending(self._db):
            # Two first openings at once: changing the journal mode does not wait for a lock.
            with locked(self.path.with_suffix(".lock")):
                self._db.enable_wal()
                with self.writing():
                    migrations.apply(self._db)

    def _refuse_newer_schema(self) -> None:
        unknown = [step.name for step in migrations.applied(self._db) if step.name not in STEPS]
        if unknown:
            raise StoreError(
                f"{self.path} was written by a newer ichdash (it has {unknown[-1]}, unknown here). "
                "Nothing was changed. Update ichdash, or use another data folder."
            )

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code
            detail = _FAULTS.get(code, f"SQLite says: {error}. Nothing was stored.")
            raise StoreError(f"The database {self.path} cannot be used. {detail}") from error
