"""Which worker screens what: claims, heartbeats, and what becomes of a dead worker's study.

A study has at most one open claim (a unique index keeps it so). A claim whose worker died is
taken again; after three deaths the study is not screened, so that one that kills its worker
does not stop the queue.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ichdash.domain import NotScreened
from ichdash.errors import ClaimLostError
from ichdash.store import screenings, studies
from ichdash.store.connection import Connection, Row
from ichdash.store.owners import Process
from ichdash.store.rows import Claim, Worker, to_text, to_time

LARGEST_DEATHS = 3
_FORGOTTEN = timedelta(days=1)


def beat(
    connection: Connection,
    owner: str,
    process: Process,
    now: datetime,
    *,
    study_uid: str | None,
    problem: str,
) -> None:
    connection.change(
        """INSERT INTO workers VALUES (:owner, :host, :pid, :process, :now, :now,
            :study_uid, :problem)
        ON CONFLICT (owner) DO UPDATE SET beat_at = :now, host = :host, pid = :pid,
            process = :process, study_uid = :study_uid, problem = :problem""",
        {
            "owner": owner,
            "host": process.host,
            "pid": process.pid,
            "process": process.mark,
            "now": to_text(now),
            "study_uid": study_uid,
            "problem": problem,
        },
    )


def sign_off(connection: Connection, owner: str) -> None:
    """A worker that ends by itself leaves the list of workers."""
    connection.change("DELETE FROM workers WHERE owner = :owner", {"owner": owner})


def workers(connection: Connection, now: datetime) -> tuple[Worker, ...]:
    """Workers heard of within a day, the latest heartbeat first."""
    rows = connection.rows(
        "SELECT * FROM workers WHERE beat_at > :since ORDER BY beat_at DESC",
        {"since": to_text(now - _FORGOTTEN)},
    )
    return tuple(_worker(row, now) for row in rows)


def _worker(row: Row, now: datetime) -> Worker:
    return Worker(
        owner=row["owner"],
        pid=row["pid"],
        started_at=to_time(row["started_at"]),
        beat_at=to_time(row["beat_at"]),
        study_uid=row["study_uid"],
        problem=row["problem"],
        is_alive=not _is_dead(row, now),
    )


def _is_dead(row: Row, now: datetime) -> bool:
    if row["host"] is None:  # a claim whose worker signed off without giving it back
        return True
    process = Process(row["host"], row["pid"], row["process"])
    return process.is_dead(to_time(row["beat_at"]), now)


def claim(connection: Connection, owner: str, now: datetime) -> Claim | None:
    """The next study for `owner` in the order of the queue; or None."""
    with connection.writing():
        _let_go(connection, owner)
        row = connection.row(
            f"""INSERT INTO claims (study_uid, owner, claimed_at)
            SELECT study_uid, :owner, :now FROM studies WHERE state = 'queued'
            ORDER BY {studies.QUEUE_ORDER} LIMIT 1
            RETURNING screening_id, study_uid""",
            {"owner": owner, "now": to_text(now)},
        )
        if row is None:
            return None
        connection.change(
            """UPDATE studies SET state = 'screening', claim_id = :screening_id
            WHERE study_uid = :study_uid""",
            row,
        )
    return Claim(row["screening_id"], row["study_uid"], owner, now)


def _let_go(connection: Connection, owner: str) -> None:
    """Whoever asks for a study holds none: one it could not give back would never be screened."""
    held = connection.rows(
        "SELECT * FROM claims WHERE owner = :owner AND ended = ''", {"owner": owner}
    )
    for row in held:
        _reopen(connection, _claim(row), "released")


def take_back(connection: Connection, now: datetime) -> tuple[Claim, ...]:
    """End the claims of dead workers; their studies are queued, or given up after three."""
    with connection.writing():
        rows = connection.rows("""SELECT claims.*, host, pid, process, beat_at
            FROM claims LEFT JOIN workers USING (owner) WHERE ended = ''""")
        dead = tuple(_claim(row) for row in rows if _is_dead(row, now))
        for lost in dead:
            _bury(connection, lost, now)
    return dead


def _claim(row: Row) -> Claim:
    claimed_at = to_time(row["claimed_at"])
    return Claim(row["screening_id"], row["study_uid"], row["owner"], claimed_at)


def _bury(connection: Connection, lost: Claim, now: datetime) -> None:
    values = {"study_uid": lost.study_uid}
    connection.change("UPDATE studies SET deaths = deaths + 1 WHERE study_uid = :study_uid", values)
    row = connection.rows("SELECT deaths FROM studies WHERE study_uid = :study_uid", values)[0]
    if row["deaths"] < LARGEST_DEATHS:
        _reopen(connection, lost, "died")
        return
    reason = (
        f"Screening ended without an answer {LARGEST_DEATHS} times: the worker was stopped or "
        "ran out of memory each time. Kept, not screened. Read the images as usual, and tell who "
        "runs ichdash."
    )
    screenings.record(connection, NotScreened(lost.study_uid, reason), lost, now, ended="died")


def release(connection: Connection, claim: Claim) -> None:
    """Give a study back unscreened, for a worker that was asked to end."""
    with connection.writing():
        hold(connection, claim)
        _reopen(connection, claim, "released")


def _reopen(connection: Connection, claim: Claim, ended: str) -> None:
    values = {"screening_id": claim.screening_id, "ended": ended}
    connection.change("UPDATE claims SET ended = :ended WHERE screening_id = :screening_id", values)
    connection.change(
        """UPDATE studies SET claim_id = NULL, next_state = '',
            state = iif(next_state = 'received', 'received', 'queued')
        WHERE claim_id = :screening_id""",
        values,
    )


def hold(connection: Connection, claim: Claim) -> None:
    """Raise ClaimLostError unless `claim` is still open."""
    row = connection.row(
        "SELECT 1 FROM claims WHERE screening_id = :screening_id AND ended = ''",
        {"screening_id": claim.screening_id},
    )
    if row is None:
        raise ClaimLostError(
            f"Study {claim.study_uid}: screening {claim.screening_id} was taken over by another "
            "worker after a silence. What this one found is dropped; nothing else is lost."
        )
