"""Between a session's list and the case page: a case that the session still reads blind.

Nobody logs in, so nothing is forbidden; but nobody sees the AI result by a click on a name.
"""

from __future__ import annotations

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.store import SessionRow, Store
from ichdash.web import parts
from ichdash.web.sessions import way


def holds(study_uid: str, store: Store) -> SessionRow | None:
    """The open session that the link came from and that reads the study blind; None where the
    reader has said that they want to go on."""
    session_id = way.asked()
    if session_id is None or st.session_state.get(_key(study_uid, session_id)):
        return None
    try:
        held = store.sessions.session(session_id)
    except NotFoundError:
        return None
    cases = store.session_cases.of(session_id)
    is_blind = any(each.study_uid == study_uid and not each.is_revealed for each in cases)
    return held if is_blind and not held.is_closed else None


def show(study_uid: str, held: SessionRow) -> None:
    """What the next step would show, and the ways on and back."""
    name = parts.plain(held.name)
    st.subheader("Still blind")
    st.markdown(
        f"This study is in the session “{name}”, which has not revealed its AI result yet. "
        "The case page shows the result, the heatmap and the reviews. Nothing of them has been "
        "sent to this browser."
    )
    with st.container(horizontal=True):
        if st.button(f"Back to “{name}”", key=f"stay blind {study_uid}", type="primary"):
            way.to_session(held.session_id)
        st.button(
            "Show it with the AI result",
            key=f"go on {study_uid}",
            on_click=_go_on,
            args=(study_uid, held.session_id),
        )


def _go_on(study_uid: str, session_id: int) -> None:
    st.session_state[_key(study_uid, session_id)] = True


def _key(study_uid: str, session_id: int) -> str:
    return f"not blind any more {session_id} {study_uid}"
