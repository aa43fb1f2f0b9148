"""The head of a session's page: name, chair, the way into the room, minutes, close and reopen."""

from __future__ import annotations

import streamlit as st

from ichdash.store import SessionRow, Store
from ichdash.web import parts, session
from ichdash.web.sessions import listing, seat, told, way


def show(store: Store, held: SessionRow) -> None:
    """One line that says which session it is, and one of what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("‹ sessions", key="to sessions", type="tertiary"):
            way.to_list()
        st.markdown(listing.line(held), width="content")
    told.show()
    with st.container(horizontal=True, vertical_alignment="center", key="session-acts"):
        if held.is_closed:
            st.markdown(_closed_words(store, held), width="content")
            _press("Reopen", held)
        else:
            _presenting(store, held)
            _rename(store, held)
            _press("Close", held)


def _closed_words(store: Store, held: SessionRow) -> str:
    by = store.sessions.events(held.session_id)[-1].reader
    return f"Closed by {parts.plain(by)}. Cases, notes and decisions are frozen."


def _presenting(store: Store, held: SessionRow) -> None:
    """Into the room: to present, or to follow who does."""
    live = store.live.now(held.session_id)
    if live is not None and st.button(
        f"Follow {parts.plain(live.presenter)}", key=f"follow {held.session_id}", type="primary"
    ):
        way.to_room(held.session_id)
    label = "Present" if live is None else "Present from here"
    if st.button(
        label,
        key=f"present {held.session_id}",
        type="primary" if live is None else "secondary",
        disabled=held.cases == 0,
        help="One case large, for the projector. The AI result is hidden until you reveal it; "
        "identity is hidden at first.",
    ):
        with told.kept():
            seat.take(store, held.session_id)
            way.to_room(held.session_id)
        st.rerun()
    with st.popover("Link", help="For everybody who follows on their own screen"):
        st.code(way.room_link(held.session_id), language=None, wrap_lines=True)
        st.caption("Whoever opens it follows the presenter. Identity is hidden there at first.")


def _rename(store: Store, held: SessionRow) -> None:
    with (
        st.popover("Rename"),
        st.form(f"rename {held.session_id} {held.name} {held.chair}", border=False),
    ):
        name = st.text_input("Name", held.name, key=f"rename name {held.session_id} {held.name}")
        chair = st.text_input(
            "Chair", held.chair, key=f"rename chair {held.session_id} {held.chair}"
        )
        pressed = st.form_submit_button("Rename", key=f"rename do {held.session_id}")
    if pressed and name.strip() and chair.strip():
        with told.kept():
            store.sessions.rename(
                held, name.strip(), chair.strip(), session.signature(), session.now()
            )
        st.rerun()


def _press(label: str, held: SessionRow) -> None:
    st.button(
        label,
        key=f"{label} {held.session_id}",
        help={
            "Close": "Freezes cases, notes and decisions. Can be opened again.",
            "Reopen": "Cases, notes and decisions can be changed again.",
        }[label],
        on_click=_close if label == "Close" else _reopen,
        args=(held.session_id,),
    )


def _close(session_id: int) -> None:
    with told.acting(session_id) as store:
        store.sessions.close(session_id, session.signature(), session.now())


def _reopen(session_id: int) -> None:
    with told.kept(), session.open_store() as store:
        store.sessions.reopen(session_id, session.signature(), session.now())
