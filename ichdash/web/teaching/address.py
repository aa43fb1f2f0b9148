"""The address of a view of the room: what reload, the back button and a passed-on link go by."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st


def go(**to: str) -> NoReturn:
    """Go on at a changed address, in one step of the back button; an empty value leaves it."""
    changed = {**st.query_params.to_dict(), **to}
    st.query_params.from_dict({name: value for name, value in changed.items() if value})
    st.rerun()


def leave() -> NoReturn:
    """Back to the views of the room."""
    go(quiz="", learner="", case="", file="")
