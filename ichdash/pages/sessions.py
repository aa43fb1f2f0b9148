"""Sessions: the list; with `?session=<id>` one session; with `&view=present` its room."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.web import parts, session, sessions
from ichdash.web.sessions import agenda, head, listing, minutes, room, way

CSS = Path(sessions.__file__).with_name("sessions.css")


def page() -> None:
    """The page that the address asks for; an unknown session is named above the list."""
    try:
        asked = way.asked()
        if asked is None:
            listing.show()
            return
        with session.open_store() as store:
            held = store.sessions.session(asked)
            if way.is_presenting():
                room.show(store, held.session_id)
                return
            with st.container(key="session-page"):
                head.show(store, held)
                agenda.show(store, held)
                minutes.show(held)
    except NotFoundError as error:
        parts.fault(str(error))
        listing.show()


st.html(CSS)
page()
