"""The presenter's place, up from one browser and down to the others: the browser's end of `relay`.

A component without anything to see. Where the relay cannot be reached it goes through the page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ichdash.store import View
from ichdash.web.sessions import moves, relay

_mount = st.components.v2.component(
    "ichdash_link", js=Path(__file__).with_name("link.js").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Link:
    """What a browser in the room is told."""

    session_id: int
    name: str  # of the scene that it shows; empty where it shows none
    leads: bool
    follows: bool
    key: str  # what the relay lets it in by
    moves: int
    view: View | None


def show(link: Link, key: str, on_led: Callable[[], None], on_seat: Callable[[], None]) -> None:
    """Link the viewer. The callbacks find what is told in the state of `key`: under "led" the
    presenter's place, where the relay was not reached, and under "seat" the secret of the seat that
    this browser tab held before it was loaded again."""
    data = {
        "session": link.session_id,
        "name": link.name,
        "leads": link.leads,
        "follows": link.follows,
        "path": relay.address(link.session_id, st.get_option("server.baseUrlPath")),
        "protocol": relay.PROTOCOL,
        "key": link.key,
        "moves": link.moves,
        "view": moves.sent(link.view) if link.view else None,
    }
    _mount(
        data=data,
        key=key,
        on_led_change=on_led,
        on_seat_change=on_seat,
        on_changed_change=_looked_after,
    )


def _looked_after() -> None:
    """Something changed: that the fragment runs is all that is needed."""
