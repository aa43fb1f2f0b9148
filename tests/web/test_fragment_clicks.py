"""A click in a fragment is not thrown away by a request of the whole page that comes at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import RuntimeConfig
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from ichdash.web import fragment_clicks

SCRIPT = """
import time
from pathlib import Path
import streamlit as st

log = Path(__file__).with_suffix(".log")

def note(words):
    with log.open("a") as file:
        file.write(words + "\\n")

@st.fragment
def form():
    st.write("form")
    if st.button("Agree", key="agree"):
        note("agreed")

note("page " + st.query_params.get("study", "1"))
form()
for _ in range(10):
    st.write("tail")
    time.sleep(0.02)
note("drawn")
"""


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    as_it_was = AppSession.request_rerun  # again, afterwards
    monkeypatch.setattr(AppSession, "request_rerun", as_it_was)
    fragment_clicks.keep()


@pytest.fixture
def script(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    Runtime._instance = None
    Runtime(
        RuntimeConfig(
            str(path), None, MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/upload")
        )
    )
    yield path
    Runtime._instance = None


def noted(script: Path) -> list[str]:
    return script.with_suffix(".log").read_text().splitlines()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def drawn_once(script: Path) -> AsyncIterator[tuple[AppSession, str, str]]:
    """A session whose page is drawn, with its fragment and the fragment's button."""
    session = AppSession(
        ScriptData(str(script), False),
        MemoryUploadedFileManager("/upload"),
        ScriptCache(),
        lambda: None,
        {},
    )
    session.request_rerun(ClientState())
    await until(lambda: session._state.name == "APP_NOT_RUNNING" and session._scriptrunner is None)
    deltas = [m.delta for m in session.flush_browser_queue() if m.WhichOneof("type") == "delta"]
    (button,) = (d for d in deltas if d.new_element.WhichOneof("type") == "button")
    try:
        yield session, button.fragment_id, button.new_element.button.id
    finally:
        session.shutdown()
        await until(session._script_event_loop.is_closed)


def page(study: str) -> ClientState:
    return ClientState(query_string=f"study={study}")


def click(fragment: str, button: str) -> ClientState:
    state = ClientState(fragment_id=fragment)
    state.widget_states.widgets.add(id=button, trigger_value=True)
    return state


def run(steps: Coroutine[None, None, None]) -> None:
    asyncio.run(steps)


def test_a_click_in_a_fragment_is_heard_before_the_next_page(script: Path) -> None:
    async def steps() -> None:
        async with drawn_once(script) as (session, fragment, button):
            session.request_rerun(page("1"))
            session.request_rerun(click(fragment, button))
            session.request_rerun(page("2"))
            await until(lambda: noted(script)[-2:] == ["page 2", "drawn"])

    run(steps())
    assert noted(script)[2:] == ["page 1", "drawn", "agreed", "page 2", "drawn"]


def test_pages_and_clicks_stay_in_their_order(script: Path) -> None:
    async def steps() -> None:
        async with drawn_once(script) as (session, fragment, button):
            for request in (click(fragment, button), page("2"), click(fragment, button), page("3")):
                session.request_rerun(request)
            await until(lambda: noted(script)[-2:] == ["page 3", "drawn"])

    run(steps())
    said = noted(script)[2:]
    assert [words for words in said if words != "drawn"] == ["agreed", "page 2", "agreed", "page 3"]


def test_a_page_stops_a_page_at_once_as_ever(script: Path) -> None:
    async def steps() -> None:
        async with drawn_once(script) as (session, _, _):
            session.request_rerun(page("1"))
            first = session._scriptrunner
            session.request_rerun(page("2"))
            assert session._scriptrunner is not first
            await until(lambda: noted(script)[-2:] == ["page 2", "drawn"])

    run(steps())
    assert noted(script).count("drawn") == 2


def test_a_page_waits_a_few_seconds_at_most(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def steps() -> None:
        async with drawn_once(script) as (session, fragment, button):
            session.request_rerun(page("1"))
            session.request_rerun(click(fragment, button))
            first = session._scriptrunner
            monkeypatch.setattr(fragment_clicks, "LONGEST_WAIT_S", 0.0)
            session.request_rerun(page("2"))
            await until(lambda: session._scriptrunner is not first)
            await until(lambda: noted(script)[-2:] == ["page 2", "drawn"])

    run(steps())
    assert noted(script).count("drawn") == 2  # the first was broken off


def test_nothing_is_asked_of_a_session_that_was_shut_down(script: Path) -> None:
    async def steps() -> None:
        async with drawn_once(script) as (session, fragment, button):
            session.request_rerun(page("1"))
            session.request_rerun(click(fragment, button))
            session.request_rerun(page("2"))
            session.shutdown()
            await until(lambda: not fragment_clicks._waiting[session])
            await until(lambda: session._scriptrunner is None)

    run(steps())
    assert "page 2" not in noted(script)


def test_the_end_of_a_whole_run_is_told_though_a_fragment_is_asked_for_in_that_moment(
    script: Path,
) -> None:
    async def steps() -> None:
        async with drawn_once(script) as (session, fragment, _):
            session.request_rerun(page("1"))
            runner = session._scriptrunner
            assert runner is not None
            while runner._requests._state is not ScriptRequestType.STOP:
                time.sleep(0.005)  # the loop is busy while the script runs to its end
            session.request_rerun(ClientState(fragment_id=fragment))
            told: list[ForwardMsg] = []

            def ends() -> list[int]:
                told.extend(session.flush_browser_queue())
                return [
                    m.script_finished for m in told if m.WhichOneof("type") == "script_finished"
                ]

            await until(lambda: ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY in ends())
            assert ends()[0] == ForwardMsg.FINISHED_SUCCESSFULLY

    run(steps())
