"""The triage queue as SQL: filter, order, page, count, and one study's place in it.

The default order puts flagged studies first by probability, then those that could not be screened,
then those that nobody has looked at yet, then the rest by probability; STAT requests and waiting
time break ties. It stands in the generated columns `triage` and `urgency`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ichdash.records import ReviewState, ScreeningState, SecondRead, StudyRow
from ichdash.store.connection import Connection
from ichdash.store.rows import study_row, to_text, to_time


class Sort(StrEnum):
    TRIAGE = "triage"
    RECEIVED = "received"
    ACQUIRED = "acquired"
    PATIENT = "patient"
    ACCESSION = "accession"
    DESCRIPTION = "description"
    PROBABILITY = "probability"
    SLICES = "slices"
    STATE = "state"
    REVIEW = "review"


@dataclass(frozen=True)
class WorklistQuery:
    """What to show: filters (None or empty: all), order, and which page of it."""

    states: tuple[ScreeningState, ...] = ()
    flagged: bool | None = None
    review: ReviewState | None = None
    second_read: SecondRead | None = None
    text: str = ""  # every word must be in name, ID, accession number, description or study UID
    received_since: datetime | None = None  # inclusive
    received_until: datetime | None = None  # exclusive
    sort: Sort = Sort.TRIAGE
    descending: bool = False  # for TRIAGE: the most urgent last
    page: int = 1  # from 1
    page_size: int = 25


@dataclass(frozen=True)
class WorklistPage:
    rows: tuple[StudyRow, ...]
    total: int  # studies that match, on all pages


@dataclass(frozen=True)
class Counts:
    """The line above the worklist. Unread: no reader has said anything of it yet."""

    total: int
    unread: int
    flagged: int  # and unread
    not_screened: int  # and unread
    waiting: int  # received or queued
    screening: int
    oldest_waiting_s: float | None  # since the oldest unread study was received
    to_adjudicate: int = 0  # two readers disagree


@dataclass(frozen=True)
class Place:
    """Where a study stands in a list, for stepping through it."""

    position: int | None  # from 1; None where the filters leave the study out
    total: int
    previous: str | None  # study UIDs
    next: str | None  # the first of the list where the study is not in it
    next_flagged: str | None  # the next unread flagged one, from the top again after the last


_TRIAGE = (
    ("triage", False),
    ("urgency", True),
    ("is_stat", True),
    ("received_at", False),
    ("study_uid", False),
)
_COLUMNS = {
    Sort.RECEIVED: "received_at",
    Sort.ACQUIRED: "acquired_at",
    Sort.PATIENT: "patient_name COLLATE NOCASE",
    Sort.ACCESSION: "accession_number COLLATE NOCASE",
    Sort.DESCRIPTION: "description COLLATE NOCASE",
    Sort.PROBABILITY: "probability",
    Sort.SLICES: "slices",
    Sort.STATE: "state",
    Sort.REVIEW: "review",
}


def page(connection: Connection, query: WorklistQuery) -> WorklistPage:
    where, values = _where(query)
    values |= {"limit": query.page_size, "offset": (query.page - 1) * query.page_size}
    rows = connection.rows(
        f"SELECT * FROM studies {where} ORDER BY {_order(query)} LIMIT :limit OFFSET :offset",
        values,
    )
    return WorklistPage(tuple(study_row(row) for row in rows), _total(connection, query))


def counts(connection: Connection, now: datetime) -> Counts:
    row = connection.rows("""
        SELECT count(*) AS total,
            count(*) FILTER (WHERE review = 'unread') AS unread,
            count(*) FILTER (WHERE review = 'unread' AND flagged = 1) AS flagged,
            count(*) FILTER (WHERE review = 'unread' AND state = 'not screened') AS not_screened,
            count(*) FILTER (WHERE state IN ('received', 'queued')) AS waiting,
            count(*) FILTER (WHERE state = 'screening') AS screening,
            min(received_at) FILTER (WHERE review = 'unread') AS oldest,
            (SELECT count(*) FROM studies WHERE second_read = 'to adjudicate') AS to_adjudicate
        FROM studies
    """)[0]
    oldest = row.pop("oldest")
    waited = max(0.0, (now - to_time(oldest)).total_seconds()) if oldest else None
    return Counts(**row, oldest_waiting_s=waited)


def place(connection: Connection, study_uid: str, query: WorklistQuery) -> Place:
    where, values = _where(query)
    # Materialized, so that 100,000 studies are put in order once and not for every question.
    row = connection.rows(
        f"""WITH ordered AS MATERIALIZED (
            SELECT study_uid, triage = 0 AND review = 'unread' AS urgent,
                row_number() OVER (ORDER BY {_order(query)}) AS position FROM studies {where}),
        here AS (SELECT coalesce(max(position), 0) AS at FROM ordered WHERE study_uid = :here),
        there AS (SELECT at, coalesce(
                (SELECT min(position) FROM ordered WHERE urgent AND position > at),
                (SELECT min(position) FROM ordered WHERE urgent AND position < at)) AS urgent_at
            FROM here)
        SELECT nullif(at, 0) AS position, (SELECT count(*) FROM ordered) AS total,
            (SELECT study_uid FROM ordered WHERE position = at - 1) AS previous,
            (SELECT study_uid FROM ordered WHERE position = at + 1) AS next,
            (SELECT study_uid FROM ordered WHERE position = urgent_at) AS next_flagged
        FROM there""",
        values | {"here": study_uid},
    )[0]
    return Place(**row)


def _total(connection: Connection, query: WorklistQuery) -> int:
    where, values = _where(query)
    return int(
        connection.rows(f"SELECT count(*) AS total FROM studies {where}", values)[0]["total"]
    )


def _order(query: WorklistQuery) -> str:
    if query.sort is Sort.TRIAGE:
        return ", ".join(_term(column, down != query.descending) for column, down in _TRIAGE)
    first = _term(_COLUMNS[query.sort], query.descending)
    return ", ".join([f"{first} NULLS LAST", *(_term(column, down) for column, down in _TRIAGE)])


def _term(column: str, descending: bool) -> str:
    return f"{column} DESC" if descending else column


_FOUND = (
    "(substr(search, 1, length(search) - length(study_uid)) LIKE :word{0} ESCAPE '\\' "
    "OR study_uid LIKE :uid{0} ESCAPE '\\')"
)
"""A word anywhere in name, ID, accession number or description; in the UID, which ends the searched
text and is mostly digits, only from its start."""


def _where(query: WorklistQuery) -> tuple[str, dict[str, object]]:
    values: dict[str, object] = {f"state{i}": state for i, state in enumerate(query.states)}
    terms = [f"state IN ({', '.join(f':{name}' for name in values)})"] if query.states else []
    for i, word in enumerate(query.text.casefold().replace("^", " ").split()):
        terms.append(_FOUND.format(i))
        values[f"word{i}"] = f"%{_escaped(word)}%"
        values[f"uid{i}"] = f"{_escaped(word)}%" if "." in word else ""
    for term, value in (
        ("flagged = :flagged", None if query.flagged is None else int(query.flagged)),
        ("review = :review", query.review),
        ("second_read = :second_read", query.second_read),
        ("received_at >= :since", query.received_since and to_text(query.received_since)),
        ("received_at < :until", query.received_until and to_text(query.received_until)),
    ):
        if value is not None:
            terms.append(term)
            values[term.rpartition(":")[2]] = value
    return ("WHERE " + " AND ".join(terms) if terms else ""), values


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
