"""The list of sessions, open ones first, and the form that makes one."""

from __future__ import annotations

import streamlit as st

from ichdash.store import SessionRow, Store
from ichdash.web import parts, session
from ichdash.web.case import words
from ichdash.web.sessions import told, way


def show() -> None:
    """The page without a session in its address."""
    with session.open_store() as store:
        told.show()
        chosen = way.chosen()
        if chosen:
            _chosen(len(chosen))
        found = store.sessions.all()
        _listed(store, [each for each in found if not each.is_closed], chosen)
        _new(store, chosen)
        closed = [each for each in found if each.is_closed]
        if closed and not chosen:
            with st.expander(f"Closed sessions: {len(closed)}"):
                _listed(store, closed, ())


def _chosen(count: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{told.studies(count)} chosen.** Put into which session?", width="content")
        if st.button("Leave it", key="sessions leave", type="tertiary"):
            way.forget_chosen()
            st.rerun()


def _listed(store: Store, found: list[SessionRow], chosen: tuple[str, ...]) -> None:
    """One line a session: what it is, and the way in."""
    if not found:
        st.markdown("No session is open. Name one below: a list of cases for a review or a class.")
    for each in found:
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"session-line-{each.session_id}"
        ):
            label = "Put here" if chosen else "Open"
            if st.button(label, key=f"session {label} {each.session_id}"):
                with parts.faults_told():
                    _enter(store, each, chosen)
            st.markdown(line(each), width="content")


def line(each: SessionRow) -> str:
    """A session in one line, as Markdown."""
    cases = "1 case" if each.cases == 1 else f"{each.cases} cases"
    zone = session.zone()
    when = each.closed_at or each.created_at
    state = "closed" if each.is_closed else "made"
    return (
        f"**{parts.isolated(parts.plain(each.name))}** · {cases} · "
        f"chair {parts.isolated(parts.plain(each.chair))} · "
        f":gray[{state} {words.moment(when, zone)}]"
    )


def _enter(store: Store, into: SessionRow, chosen: tuple[str, ...]) -> None:
    if chosen:
        added = store.session_cases.add(into.session_id, chosen, session.signature(), session.now())
        told.done(told.added_sentence(added, into.name))
        way.forget_chosen()
    way.to_session(into.session_id)


def _new(store: Store, chosen: tuple[str, ...]) -> None:
    st.markdown("#### New session")
    with (
        st.form("new-session", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input("Name", key="new session name", placeholder="Name, such as Tuesday")
        chair = st.text_input(
            "Chair", key="new session chair", placeholder=session.reader() or "you"
        )
        pressed = st.form_submit_button("Create", key="new session create", type="primary")
    if not pressed:
        return
    if not name.strip():
        st.warning("A session needs a name. Nothing was created. Type one and press Create again.")
        return
    with parts.faults_told():
        reader = session.signature()
        made = store.sessions.create(name.strip(), chair.strip() or reader, reader, session.now())
        _enter(store, made, chosen)
