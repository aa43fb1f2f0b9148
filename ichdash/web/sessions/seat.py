"""Where a reader sits in the room: at the front, following, or looking on their own.

Who presents is a browser tab and not a name: two readers may use the same one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import streamlit as st

from ichdash.store import Presented, Store
from ichdash.web import session

_TOKEN_KEY = "tab"


@dataclass(frozen=True)
class Seat:
    leads: bool
    follows: bool  # else on their own


def token() -> str:
    """What this browser tab is known by."""
    found: str = st.session_state.setdefault(_TOKEN_KEY, secrets.token_hex(16))
    return found


def follow_key(session_id: int) -> str:
    """Of the switch; also where the choice is kept."""
    return f"follow the presenter {session_id}"


def own_key(session_id: int) -> str:
    """Where the case is kept that is looked at alone."""
    return f"own case {session_id}"


def of(session_id: int, live: Presented | None) -> Seat:
    """The seat of this tab, while `live` is presented."""
    if live is None:
        return Seat(leads=False, follows=False)
    leads = live.token == token()
    return Seat(leads, not leads and bool(st.session_state.get(follow_key(session_id), True)))


def take(store: Store, session_id: int) -> None:
    """Present from this tab on: what was shown stays, or the case looked at alone, or the first."""
    cases = store.session_cases.of(session_id)
    first = cases[0].case_id if cases else None
    own = st.session_state.get(own_key(session_id))
    held = own if own in [case.case_id for case in cases] else first
    store.live.start(session_id, token(), session.signature(), held, session.now())
