"""What just happened, said once on the page that is drawn after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ichdash.errors import IchdashError
from ichdash.store import Added, Store
from ichdash.web import parts, session
from ichdash.web.sessions import relay

_FAULTS_KEY = "session faults"
_DONE_KEY = "session done"


@contextmanager
def kept() -> Iterator[None]:
    """Keep a fault of ours for the page that is drawn next: a callback cannot show it."""
    try:
        yield
    except IchdashError as error:
        st.session_state[_FAULTS_KEY] = error


@contextmanager
def acting(session_id: int) -> Iterator[Store]:
    """A store to change a session in; a fault is kept, and all who are in its room look anew."""
    with kept(), session.open_store() as store:
        yield store
    relay.relay.tell_changed(session_id)


def done(sentence: str) -> None:
    """Say it on the page that is drawn next."""
    st.session_state[_DONE_KEY] = sentence


def show() -> None:
    """What was kept; nothing where all went well without a word."""
    if fault := st.session_state.pop(_FAULTS_KEY, None):
        parts.tell(fault)
    if sentence := st.session_state.pop(_DONE_KEY, ""):
        st.caption(parts.plain(sentence))


def added_sentence(added: Added, name: str) -> str:
    """What became of studies that were to be put into a session."""
    said, name = [], parts.isolated(name)
    if added.added:
        said.append(f"Added to “{name}”: {studies(len(added.added))}.")
    if added.already:
        said.append(f"Already in “{name}”, left where they are: {studies(len(added.already))}.")
    return " ".join(said)


def studies(count: int) -> str:
    """ "1 study", "3 studies"."""
    return "1 study" if count == 1 else f"{count:,} studies"
