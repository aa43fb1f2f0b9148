"""Keeps a click in a fragment, and the end of a whole run, where the next request comes at once.

Streamlit stops the session's script runner for a request of the whole page, and throws away what
still waits there: a button pressed in a fragment, and with it the review that it gives. Where a
fragment is asked of a runner that has just ended, a new one takes its place, and what the old one
had still to tell, that the page is drawn, is ignored. Seen with Streamlit 1.67. With this such a
request waits until the runner is done and gone, a few seconds at most, and whatever comes after it
waits behind it, so that the order stays.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary, WeakSet

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequestType,
    _has_active_trigger_value,
)

TICK_S = 0.01
LONGEST_WAIT_S = 5.0

_request_rerun = AppSession.request_rerun


@dataclass(frozen=True)
class _Waiting:
    client_state: ClientState | None
    since: float = field(default_factory=time.monotonic)

    @property
    def is_overdue(self) -> bool:
        return time.monotonic() - self.since > LONGEST_WAIT_S


_clicked: WeakSet[ScriptRunner] = WeakSet()
_waiting: WeakKeyDictionary[AppSession, deque[_Waiting]] = WeakKeyDictionary()


def _request_in_turn(session: AppSession, client_state: ClientState | None) -> None:
    if not _is_on_its_loop(session):  # a watcher of files asks from a thread of its own
        _request_rerun(session, client_state)
        return
    queue = _waiting.setdefault(session, deque())
    queue.append(_Waiting(client_state))
    if len(queue) == 1:
        _pass_on(session)


def _is_on_its_loop(session: AppSession) -> bool:
    try:
        return asyncio.get_running_loop() is session._event_loop
    except RuntimeError:
        return False


def _pass_on(session: AppSession) -> None:
    """Pass on what need not wait any more, the oldest first; look again soon for the rest."""
    queue = _waiting[session]
    if session._state is AppSessionState.SHUTDOWN_REQUESTED:
        queue.clear()
    try:
        while queue and (queue[0].is_overdue or not _must_wait(session, queue[0].client_state)):
            _pass_on_one(session, queue.popleft().client_state)
    finally:
        if queue:
            session._event_loop.call_later(TICK_S, _pass_on, session)


def _must_wait(session: AppSession, client_state: ClientState | None) -> bool:
    runner = session._scriptrunner
    if runner is None:
        return False
    if client_state is not None and client_state.fragment_id:
        return runner._requests._state is ScriptRequestType.STOP
    return runner in _clicked


def _pass_on_one(session: AppSession, client_state: ClientState | None) -> None:
    is_click = client_state is not None and _is_click(session, client_state)
    _request_rerun(session, client_state)
    if is_click and session._scriptrunner is not None:
        _clicked.add(session._scriptrunner)


def _is_click(session: AppSession, client_state: ClientState) -> bool:
    return (
        bool(client_state.fragment_id)
        and session.has_fragment(client_state.fragment_id)
        and any(_has_active_trigger_value(state) for state in client_state.widget_states.widgets)
    )


def keep() -> None:
    """Have every session of this server do so; again does no harm."""
    AppSession.request_rerun = _request_in_turn  # type: ignore[assignment,method-assign]
