"""Ways to and between the pages of sessions, and what is kept on the way."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.web import session

SESSION = "session"  # in the address
DIGITS = 10  # no session's number has as many
QUOTED = 40  # letters of a wrong one that are shown

CHOSEN_KEY = "studies for a session"


def asked() -> int | None:
    """The session that the address names; None where it names none. Raises NotFoundError where
    what it names can be no session."""
    text = st.query_params.get(SESSION, "")
    if not text:
        return None
    if text.isdecimal() and len(text) < DIGITS:
        return int(text)
    short = text if len(text) <= QUOTED else f"{text[:QUOTED]}…"
    raise NotFoundError(
        f"The link names “{short}” as a session, which is not the number of one. The link may be "
        "cut short or mistyped. Nothing was changed. Choose a session from the list."
    )


def is_presenting() -> bool:
    """Whether the address asks for the room where a session is presented."""
    return st.query_params.get(session.VIEW) == session.PRESENT


def to_list() -> NoReturn:
    _go({})


def to_session(session_id: int) -> NoReturn:
    _go({SESSION: str(session_id)})


def to_room(session_id: int) -> NoReturn:
    """To the room where a session is presented; identity is hidden there at first."""
    _go({SESSION: str(session_id), session.VIEW: session.PRESENT})


def _go(query: dict[str, str]) -> NoReturn:
    hidden = {session.HIDE_IDENTITY_KEY: "true"} if session.is_identity_hidden() else {}
    st.switch_page(session.page_path("sessions"), query_params=query | hidden)


def room_link(session_id: int) -> str:
    """The address of the room, to pass on; identity is hidden behind it at first."""
    base = (st.context.url or "").split("?", maxsplit=1)[0]
    return f"{base}?{SESSION}={session_id}&{session.VIEW}={session.PRESENT}"


def choose(study_uids: tuple[str, ...]) -> NoReturn:
    """To the list of sessions, with studies to put into one of them."""
    st.session_state[CHOSEN_KEY] = study_uids
    to_list()


def chosen() -> tuple[str, ...]:
    """The studies that wait to be put into a session."""
    found: tuple[str, ...] = st.session_state.get(CHOSEN_KEY, ())
    return found


def forget_chosen() -> None:
    st.session_state.pop(CHOSEN_KEY, None)
