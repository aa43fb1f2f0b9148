"""The notes of a session's cases: kept under a name, and never lost for want of one.

A note that was refused stays in its field, also where the page was left, to be sent again.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from ichdash.errors import NamelessError, RefusedError
from ichdash.web import session
from ichdash.web.sessions import told

UNSIGNED = (
    "Noted, but not kept yet, since no name is given. Type yours at the top right, and it is."
)
UNSIGNED_KEY, _REFUSED_KEY = "notes without a name", "notes refused"


def keep(asked: dict[str, Any]) -> None:
    """Keep a note as the list tells it; called before the page is drawn."""
    case_id, text = int(asked["case"]), str(asked["text"])
    for key in (UNSIGNED_KEY, _REFUSED_KEY):
        _noted(key).pop(case_id, None)
    with told.kept():
        try:
            reader = session.signature()
            with session.open_store() as store:
                store.session_cases.note(case_id, text, str(asked["was"]), reader)
        except NamelessError:
            _noted(UNSIGNED_KEY)[case_id] = asked
        except RefusedError:
            _noted(_REFUSED_KEY)[case_id] = asked
            raise


def sign() -> None:
    """Keep what was noted before a name was given, whichever page was opened meanwhile."""
    if session.reader():
        for asked in list(_noted(UNSIGNED_KEY).values()):
            keep(asked)


def tell() -> None:
    """That a note waits for a name."""
    if _noted(UNSIGNED_KEY):
        st.caption(UNSIGNED)


def typed(case_id: int) -> str:
    """What was typed as the note of a case and is not kept."""
    asked = _noted(UNSIGNED_KEY).get(case_id) or _noted(_REFUSED_KEY).get(case_id)
    return str(asked["text"]) if asked else ""


def _noted(key: str) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = st.session_state.setdefault(key, {})
    return found
