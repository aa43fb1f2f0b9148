"""Studies as the worklist's table shows them: plain text and numbers, ready to be sent as JSON.

Hidden identity is blanked here, on the server, so that it never reaches a projector's browser.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from ichdash.model.card import ModelCard
from ichdash.performance.words import by_another
from ichdash.records import ReviewState, SecondRead, StudyRow
from ichdash.store import WorklistPage, WorklistQuery
from ichdash.web import parts, reasons

PAGE_SIZES = (25, 50, 100)


class TableRow(TypedDict):
    """One row of the table; times as ISO text, the browser shows them in its own time zone."""

    uid: str
    mark: str
    icon: str
    probability: float | None  # the bar
    probability_text: str
    another: str  # that the result is not by the active model; else empty
    reason: str
    name: str
    patient_id: str
    person: str
    accession: str
    description: str
    acquired: str | None
    received: str
    waiting: bool  # nobody has finished reading it: its waiting time runs
    slices: int | None
    review: str
    reader: str
    stat: bool


class TableData(TypedDict):
    """One page of the worklist as the table shows it."""

    rows: list[TableRow]
    total: int  # studies that match, on all pages
    page: int  # from 1
    pages: int
    size: int
    sizes: tuple[int, ...]
    sort: str
    descending: bool
    view: str  # the same text for the same filters, order and page: what is new in it is marked
    asked_at: str  # differs at each refresh, or the browser would not be told of one
    note: str  # not for diagnosis, and by which model
    link: str  # where a row leads, without its study


def table_data(
    query: WorklistQuery,
    page: WorklistPage,
    is_hidden: bool,
    now: datetime,
    active: ModelCard | None,
) -> TableData:
    """A page of the worklist for the table, with what it needs for its head and foot."""
    shown = [table_row(study, is_hidden, active) for study in page.rows]
    note = parts.not_for_diagnosis(page.rows)
    if active and any(row["another"] for row in shown):
        note += f" · * not by the active model {active.model_id}"
    asked = replace(query, received_since=None, received_until=None)  # these move with the clock
    return TableData(
        rows=shown,
        total=page.total,
        page=query.page,
        pages=pages(page.total, query.page_size),
        size=query.page_size,
        sizes=PAGE_SIZES,
        sort=query.sort.value,
        descending=query.descending,
        view=repr(asked),
        asked_at=now.isoformat(),
        note=note,
        link="case?hide=true&study=" if is_hidden else "case?study=",
    )


def pages(total: int, size: int) -> int:
    """How many pages `total` studies fill; an empty list is one page."""
    return max(1, -(-total // size))


def table_row(study: StudyRow, is_hidden: bool, active: ModelCard | None) -> TableRow:
    """One study as a row of the table; `active` is the card of the active model, where known."""
    shown = parts.mark(study)
    who = parts.identity(study.attributes, is_hidden)
    return TableRow(
        uid=study.study_uid,
        mark=shown.value,
        icon=parts.ICONS[shown],
        probability=study.probability,
        probability_text=_probability_text(study.probability),
        another=by_another(active, study.model_id, study.model_sha256),
        reason=reasons.told(study.reason, is_hidden),
        name=who.name,
        patient_id=who.patient_id,
        person=who.person,
        accession=who.accession_number,
        description=who.description,
        acquired=_iso(study.attributes.acquired_at),
        received=study.received_at.isoformat(),
        waiting=study.review in (ReviewState.UNREAD, ReviewState.IN_REVIEW),
        slices=study.slices or study.instances or None,
        review=_review_text(study),
        reader=study.reader or "",
        stat=study.is_stat,
    )


def _review_text(study: StudyRow) -> str:
    """How far readers are, in words: "agreed", "to adjudicate", "settled: hemorrhage"."""
    if study.answer is not None:
        return f"{study.second_read}: {study.answer}"
    if study.second_read in (SecondRead.WANTED, SecondRead.TO_ADJUDICATE):
        return study.second_read.value
    return study.review.value


def _probability_text(probability: float | None) -> str:
    return "–" if probability is None else parts.probability_text(probability)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
