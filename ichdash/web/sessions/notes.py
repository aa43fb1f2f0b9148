"""The notes of a session's cases: kept under a name, and never lost for want of one.

The browser's tab remembers a note until it is kept (`order.js`), also where its page is loaded
anew.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from ichdash.errors import NamelessError
from ichdash.web import session
from ichdash.web.sessions import told

UNSIGNED = (
    "Noted, but not kept yet, since no name is given. Type yours at the top right, and it is."
)
UNSIGNED_KEY = "notes without a name"


def keep(asked: dict[str, Any]) -> None:
    """Keep a note as the list tells it; called before the page is drawn."""
    case_id, text = int(asked["case"]), str(asked["text"])
    _unsigned().pop(case_id, None)
    with told.kept():
        try:
            reader = session.signature()
            with session.open_store() as store:
                store.session_cases.note(case_id, text, str(asked["was"]), reader)
        except NamelessError:
            _unsigned()[case_id] = asked


def sign() -> None:
    """Keep what was noted before a name was given, whichever page was opened meanwhile."""
    if session.reader():
        for asked in list(_unsigned().values()):
            keep(asked)


def tell() -> None:
    """That a note waits for a name."""
    if _unsigned():
        st.caption(UNSIGNED)


def _unsigned() -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = st.session_state.setdefault(UNSIGNED_KEY, {})
    return found
