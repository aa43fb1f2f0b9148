"""The minutes of a session: case by case what was decided, by whom, and what the model said.

While a session is open, the AI result of a case that was not revealed is not in its minutes: who
downloads them before its turn would know it. A closed session's minutes tell all.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

import streamlit as st

from ichdash.performance.words import NOT_FOR_DIAGNOSIS, model_text
from ichdash.records import ScreeningRow, StudyRow
from ichdash.store import Decision, SessionCase, SessionEvent, SessionRow, Store
from ichdash.web import parts, session
from ichdash.web.case import words
from ichdash.web.sessions import agenda, blind

NOT_REVEALED = "not revealed"
COLUMNS = (
    "number",
    "case",
    "details",
    "study_uid",
    "note",
    "decision",
    "in_words",
    "decided_by",
    "decided_at",
    "decided_blind",
    "earlier_decisions",
    "ai_result",
    "ai_probability",
    "model",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Item:
    """One case as the minutes tell it."""

    case: SessionCase
    study: StudyRow | None  # None: no longer stored
    screening: ScreeningRow | None  # None: no result, or not to be told yet
    is_told: bool  # whether the AI result may be told
    decisions: tuple[Decision, ...]  # oldest first


@dataclass(frozen=True)
class Minutes:
    session: SessionRow
    events: tuple[SessionEvent, ...]
    items: tuple[Item, ...]
    is_hidden: bool  # identity is left out
    zone: tzinfo | None
    made_at: datetime


def show(held: SessionRow) -> None:
    """The buttons that make them; nothing is built before one is pressed."""
    if not held.cases:
        return
    is_hidden, zone = session.is_identity_hidden(), session.zone()
    who = "Identity is left out." if is_hidden else "They name the patients."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":gray[Minutes. {who}]", width="content")
        for kind, make, mime in (("PDF", _pdf, "application/pdf"), ("CSV", _csv, "text/csv")):
            st.download_button(
                kind,
                data=partial(make, held.session_id, is_hidden, zone),
                file_name=f"ichdash-session-{held.session_id}.{kind.lower()}",
                mime=mime,
                key=f"minutes {kind} {held.session_id}",
                on_click="ignore",
            )


def _pdf(session_id: int, is_hidden: bool, zone: tzinfo | None) -> bytes:
    from ichdash.web.sessions import printed  # noqa: PLC0415  its libraries take a second to load

    return printed.pages(_made(session_id, is_hidden, zone))


def _csv(session_id: int, is_hidden: bool, zone: tzinfo | None) -> bytes:
    return table(_made(session_id, is_hidden, zone)).encode("utf-8-sig")  # as spreadsheets read it


def _made(session_id: int, is_hidden: bool, zone: tzinfo | None) -> Minutes:
    now = session.now()
    with session.open_store() as store:
        return read(store, session_id, is_hidden, zone, now)


def read(
    store: Store, session_id: int, is_hidden: bool, zone: tzinfo | None, now: datetime
) -> Minutes:
    """The minutes as they are now; raises NotFoundError."""
    held, decisions = store.sessions.session(session_id), store.session_cases.decisions(session_id)
    items = []
    for case in store.session_cases.of(session_id):
        study, is_told = agenda.study_of(store, case), case.is_revealed or held.is_closed
        screening = blind.shown_screening(store, case.study_uid) if study and is_told else None
        said = tuple(each for each in decisions if each.case_id == case.case_id)
        items.append(Item(case, study, screening, is_told, said))
    events = store.sessions.events(session_id)
    return Minutes(held, events, tuple(items), is_hidden, zone, now)


def result_text(item: Item) -> str:
    """What the model said, in words."""
    if not item.is_told:
        return NOT_REVEALED
    if item.screening is None or item.screening.probability is None:
        return "not screened"
    flagged = "flagged" if words.is_flagged(item.screening) else "not flagged"
    return f"{flagged} {parts.probability_text(item.screening.probability)}"


def model(item: Item) -> str:
    """The model behind the result, with what its use is restricted to."""
    if item.screening is None or item.screening.model_id is None:
        return ""
    return model_text(item.screening.model_id, item.screening.restriction)


def table(minutes: Minutes) -> str:
    """The minutes as CSV: what session it is on top, then one row a case."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    held = minutes.session
    for name, value in (
        ("session", held.name),
        ("chair", held.chair),
        ("date", words.moment(held.created_at, minutes.zone)),
        ("state", "closed" if held.is_closed else "open"),
        ("notice", NOT_FOR_DIAGNOSIS),
    ):
        write.writerow([name, cell(value)])
    write.writerow([])
    write.writerow(COLUMNS)
    for number, item in enumerate(minutes.items, start=1):
        write.writerow([cell(value) for value in _row(number, item, minutes)])
    return out.getvalue()


def cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _row(number: int, item: Item, minutes: Minutes) -> tuple[object, ...]:
    title, sub = agenda.title_of(item.study, minutes.is_hidden, minutes.zone)
    latest = item.case.decision
    decided = (
        (
            latest.verdict.value,
            latest.comment,
            latest.reader,
            latest.decided_at.isoformat(timespec="seconds"),
            "yes" if latest.is_blind else "no",
        )
        if latest
        else ("", "", "", "", "")
    )
    probability = item.screening.probability if item.screening else None
    return (
        number,
        title,
        sub,
        "" if minutes.is_hidden else item.case.study_uid,
        item.case.note,
        *decided,
        "; ".join(decision_text(each, minutes.zone) for each in item.decisions[:-1]),
        result_text(item),
        "" if probability is None else f"{probability:.4f}",
        model(item),
    )


def decision_text(said: Decision, zone: tzinfo | None) -> str:
    """A decision with who and when."""
    when = words.moment(said.decided_at, zone)
    return " · ".join(filter(None, (said.verdict.value, said.comment, said.reader, when)))
