"""What a reader chose to see of the worklist: filters, order and page, kept for the session.

The choice also stands in the address, so that a refresh keeps it. The searched words do not: they
may be a patient's name, and addresses end up in histories and in the logs of proxies.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, cast

import streamlit as st

from ichdash.records import ReviewState, ScreeningState, SecondRead
from ichdash.store import Sort, Store, WorklistPage, WorklistQuery
from ichdash.web import session
from ichdash.web.worklist.rows import PAGE_SIZES, pages

ANY = "any"
STATES: dict[str, tuple[tuple[ScreeningState, ...], bool | None]] = {
    ANY: ((), None),
    "flagged": ((), True),  # also while it is screened again, and where that fails
    "not screened": ((ScreeningState.NOT_SCREENED,), None),
    "not flagged": ((ScreeningState.SCREENED,), False),
    "in progress": (
        (ScreeningState.RECEIVED, ScreeningState.QUEUED, ScreeningState.SCREENING),
        None,
    ),
}
REVIEWS: dict[str, tuple[ReviewState | None, SecondRead | None]] = {
    ANY: (None, None),
    **{state.value: (state, None) for state in ReviewState},
    **{
        state.value: (None, state)
        for state in (SecondRead.WANTED, SecondRead.TO_ADJUDICATE, SecondRead.SETTLED)
    },
}
PERIODS: dict[str, timedelta | None] = {
    ANY: None,
    "last hour": timedelta(hours=1),
    "last 24 h": timedelta(hours=24),
    "last 7 days": timedelta(days=7),
}
ON_DAYS = "on days"
LAST_PAGE = 1_000_000

_CHOICES: dict[str, tuple[str, ...]] = {
    "state": tuple(STATES),
    "review": tuple(REVIEWS),
    "received": (*PERIODS, ON_DAYS),
    "sort": tuple(Sort),
    "order": ("up", "down"),
    "size": tuple(str(size) for size in PAGE_SIZES),
}
_WAITING = "waiting"  # a column of its own, in the opposite order of the time of reception
_FIRST_DOWN = (Sort.PROBABILITY, Sort.ACQUIRED, Sort.RECEIVED, Sort.SLICES)


def key(name: str) -> str:
    """Where the session keeps a choice; also the key of its widget."""
    return f"worklist_{name}"


def recall() -> None:
    """Once a session, take the choices from the address; what it may not hold is ignored."""
    for name, allowed in _CHOICES.items():
        asked = st.query_params.get(name, allowed[0])
        st.session_state.setdefault(key(name), asked if asked in allowed else allowed[0])
    page = st.query_params.get("page", "1")
    st.session_state.setdefault(key("page"), _page_number(page))
    st.session_state.setdefault(key("text"), "")


def _page_number(text: str) -> int:
    return min(max(1, int(text)), LAST_PAGE) if text.isdecimal() and len(text) < 10 else 1


def remember() -> None:
    """Write the choices that differ from the default into the address."""
    chosen = {name: str(_chosen(name)) for name in _CHOICES}
    wanted = {name: text for name, text in chosen.items() if text != _CHOICES[name][0]}
    if _chosen("page") > 1:
        wanted["page"] = str(_chosen("page"))
    for name in (*_CHOICES, "page", "study"):  # the browser's "back" leaves a case's study behind
        if st.query_params.get(name) == wanted.get(name):
            continue
        if name in wanted:
            st.query_params[name] = wanted[name]
        else:
            del st.query_params[name]


def query(now: datetime) -> WorklistQuery:
    """The choices as a question to the store; `now` carries its time zone."""
    states, flagged = STATES[_chosen("state", ANY)]
    review, second_read = REVIEWS[_chosen("review", ANY)]
    since, until = _received(now)
    return WorklistQuery(
        states=states,
        flagged=flagged,
        review=review,
        second_read=second_read,
        text=_chosen("text", ""),
        received_since=since,
        received_until=until,
        sort=Sort(_chosen("sort", Sort.TRIAGE)),
        descending=_chosen("order", "up") == "down",
        page=_chosen("page", 1),
        page_size=int(_chosen("size", str(PAGE_SIZES[0]))),
    )


def page(store: Store, now: datetime) -> tuple[WorklistQuery, WorklistPage]:
    """The page chosen, or the last one where the list has become shorter. Raises StoreError."""
    asked = query(now)
    found = store.worklist(asked)
    last = pages(found.total, asked.page_size)
    if asked.page <= last:
        return asked, found
    to_page(last)
    asked = query(now)
    return asked, store.worklist(asked)


def sort_by(column: str) -> None:
    """Order by a column; asked again, turn the order round. The triage order has one direction.

    The longest waiting come first. A column that there is not changes nothing.
    """
    sort = Sort.RECEIVED if column == _WAITING else column
    if sort not in tuple(Sort):
        return
    is_same = sort == _chosen("sort")
    first_down = sort in _FIRST_DOWN and column != _WAITING
    down = _chosen("order") != "down" if is_same else first_down
    st.session_state[key("sort")] = str(sort)
    st.session_state[key("order")] = "down" if down and sort != Sort.TRIAGE else "up"
    to_page(1)


def show_a_page(size: int) -> None:
    """Show so many studies a page, from the first."""
    if size in PAGE_SIZES:
        st.session_state[key("size")] = str(size)
        to_page(1)


def to_page(number: int) -> None:
    """Go to a page, counted from 1."""
    st.session_state[key("page")] = max(1, number)


def _chosen(name: str, default: Any = None) -> Any:
    return st.session_state.get(key(name), default)


def _received(now: datetime) -> tuple[datetime | None, datetime | None]:
    """The received period chosen: from (inclusive) and until (exclusive)."""
    period = _chosen("received", ANY)
    if period != ON_DAYS:
        length = PERIODS[period]
        return (None if length is None else now - length), None
    days = cast(tuple[date, ...], _chosen("days", ()))
    if len(days) != 2:  # the reader has picked the first day only
        return None, None
    zone = session.zone()
    first, last = (datetime.combine(day, time(), zone) for day in days)
    return first, last + timedelta(days=1)
