"""The cases of a session as a list to put in order, with a note each: shows and tells, no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import streamlit as st

from ichdash.web import parts

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "ichdash_session_order",
    html=(HERE / "order.html").read_text(encoding="utf-8"),
    css=(HERE / "order.css").read_text(encoding="utf-8"),
    js=parts.ELEMENTS + (HERE / "order.js").read_text(encoding="utf-8"),
)


class CaseLine(TypedDict):
    """One case of the list; nothing of the AI result, since the list is read before the case."""

    id: int
    number: int  # from 1
    title: str
    sub: str
    link: str
    is_lost: bool  # the study cannot be shown
    note: str
    noted_by: str
    verdict: str
    decided: str


class OrderData(TypedDict):
    cases: list[CaseLine]
    frozen: bool


def show(
    data: OrderData,
    key: str,
    on_move: Callable[[Any], None],
    on_note: Callable[[Any], None],
    on_remove: Callable[[Any], None],
) -> None:
    """Draw the list. The callbacks get what was told before the page runs again."""

    def told(name: str, act: Callable[[Any], None]) -> Callable[[], None]:
        return lambda: act(st.session_state[key][name])

    _mount(
        data=data,
        key=key,
        on_move_change=told("move", on_move),
        on_note_change=told("note", on_note),
        on_remove_change=told("remove", on_remove),
    )
