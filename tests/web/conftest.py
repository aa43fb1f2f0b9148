"""The whole dashboard as AppTest runs it, on a store of its own where a worker seems to beat."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from ichdash.settings import ROOT
from ichdash.store import Store
from ichdash.web.session import READER_KEY
from ichdash.web.shell import NAME_MEMORY_KEY

OpenApp = Callable[..., AppTest]
NAME = "reader 1"  # typed in before a test begins; one that is about its absence takes it away

A_SLOW_TEST = timedelta(minutes=10)
"""A heartbeat from the future lasts as long: on a busy machine a test outlives that of the present,
and the pages would start a worker, which makes the machine no less busy."""


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that the pages use; nothing else is set."""
    for variable in [name for name in os.environ if name.startswith("ICHDASH_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("ICHDASH_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def store(data_dir: Path) -> Iterator[Store]:
    """The pages' store. This process beats as a worker, so that the pages start none."""
    with Store.open(data_dir) as opened:
        opened.beat("a worker", datetime.now(UTC) + A_SLOW_TEST)
        yield opened


@pytest.fixture
def open_app(data_dir: Path) -> Iterator[OpenApp]:
    """Run `app.py` at a page, with query parameters: `open_app("upload")`."""

    def run(page: str = "worklist", /, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=20)
        app.session_state[READER_KEY] = NAME
        for name, value in query.items():
            app.query_params[name] = value
        app.run()  # registers the pages
        if page != "worklist":
            app.switch_page(f"ichdash/pages/{page}.py").run()
        assert not app.exception, app.exception
        return app

    st.cache_resource.clear()
    yield run
    st.cache_resource.clear()


def ago(minutes: int) -> datetime:
    """So many minutes before the page is drawn, half a minute of patience included."""
    return datetime.now(UTC) - timedelta(minutes=minutes, seconds=30)


def said(app: AppTest) -> str:
    """Everything that the page says, top to bottom."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "warning", "info")
    return "\n".join(element.value for kind in kinds for element in app.get(kind))


def components(app: AppTest) -> list[Element]:
    """The page's own components, in their order: what keeps the name stands on every page."""
    return [each for each in app.get("bidi_component") if each.key != NAME_MEMORY_KEY]


def table_of(app: AppTest) -> dict[str, Any]:
    """What the worklist's table was given."""
    shown: dict[str, Any] = json.loads(components(app)[0].proto.json)
    return shown
