"""The worklist's table: a component that shows rows and reports clicks, and knows nothing else.

An HTML table rather than `st.dataframe`: whole rows are links, a screen reader can read them, and
a refresh updates cells in place instead of drawing a new canvas.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from ichdash.web import parts
from ichdash.web.worklist.rows import TableData

HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "ichdash_worklist",
    html=(HERE / "table.html").read_text(encoding="utf-8"),
    css=(HERE / "table.css").read_text(encoding="utf-8"),
    js=parts.ELEMENTS
    + "".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("table.js", "row.js", "choice.js")
    ),
)


@dataclass(frozen=True)
class Asked:
    """What was just asked for in the table."""

    opened: str | None  # the UID of a study
    chosen: tuple[str, ...]  # UIDs of studies to put into a session


def show(
    data: TableData,
    key: str,
    on_sort: Callable[[str], None],
    on_page: Callable[[int], None],
    on_size: Callable[[int], None],
) -> Asked:
    """Draw the table; returns what was asked for just now.

    The callbacks get the column, page or page size asked for, before the page runs again.
    """

    def told(name: str, act: Callable[..., None]) -> Callable[[], None]:
        return lambda: act(st.session_state[key][name])

    result = _mount(
        key=key,
        data=data,
        on_open_change=_read_from_the_result,
        on_chosen_change=_read_from_the_result,
        on_sort_change=told("sort", on_sort),
        on_page_change=told("page", on_page),
        on_size_change=told("size", on_size),
    )
    return Asked(result.open, tuple(map(str, result.chosen or ())))


def _read_from_the_result() -> None:
    """A trigger exists once it has a callback."""
