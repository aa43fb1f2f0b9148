"""The relay on a real server: the presenter's moves reach all, and nobody else's reach anyone."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ichdash.domain import StudyAttributes, Window
from ichdash.store import Pose, SessionRow, Store, View
from ichdash.web.sessions import moves, relay
from tests.web import seeding

SEAT = "5ea7" * 8
VIEW = View(12, "subdural", Window(80.0, 200.0), Pose(2.0, 0.3, 0.6, 1, True), is_heat_on=True)
WAIT_S = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The route alone under a base path, on a port of its own."""
    app = Starlette(routes=[relay.route("/head/ct/")])
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}/head/ct"
    running.should_exit = True
    thread.join()


@pytest.fixture
def session(store: Store) -> SessionRow:
    """A session of one study that is presented."""
    store.receive("1.2.1", StudyAttributes(), "upload", seeding.NOW)
    made = store.sessions.create("Tuesday", "chair", "chair", seeding.NOW)
    store.session_cases.add(made.session_id, ("1.2.1",), "chair", seeding.NOW)
    store.live.start(made.session_id, SEAT, "chair", case_of(store, made), seeding.NOW)
    return made


def case_of(store: Store, session: SessionRow) -> int:
    return store.session_cases.of(session.session_id)[0].case_id


def joined(server: str, session: SessionRow, key: str) -> ClientConnection:
    protocols = [Subprotocol(relay.PROTOCOL), Subprotocol(key)] if key else None
    return connect(f"{server}/{relay.PATH}/{session.session_id}", subprotocols=protocols)


def reading(session: SessionRow) -> str:
    return relay.reading_key(session.session_id)


def told(case_id: int, view: View = VIEW) -> str:
    return json.dumps({"name": moves.scene_name(case_id, 1), **moves.sent(view)})


def heard(browser: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(browser.recv(timeout=WAIT_S)))


def kept(store: Store, session: SessionRow, view: View) -> bool:
    """Wait for a view to be in the store."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        live = store.live.now(session.session_id)
        if live is not None and live.view == view:
            return True
        time.sleep(0.01)
    return False


def test_the_presenters_move_reaches_a_follower_and_the_store(
    server: str, store: Store, session: SessionRow
) -> None:
    case_id = case_of(store, session)
    with (
        joined(server, session, SEAT) as presenter,
        joined(server, session, reading(session)) as follower,
    ):
        presenter.send(told(case_id))
        assert heard(follower) == {"kind": "moved", **json.loads(told(case_id))}
        assert kept(store, session, VIEW)


def test_a_wrong_key_and_none_are_refused(server: str, session: SessionRow, store: Store) -> None:
    other = relay.reading_key(session.session_id + 1)
    for key in ("", "0" * 32, other):
        with pytest.raises(InvalidStatus) as refused:
            joined(server, session, key)
        assert refused.value.response.status_code == 403


def test_who_may_only_read_moves_nobody(server: str, session: SessionRow, store: Store) -> None:
    with (
        joined(server, session, reading(session)) as follower,
        joined(server, session, reading(session)) as bold,
    ):
        bold.send(told(case_of(store, session)))
        with pytest.raises(ConnectionClosed):
            bold.recv(timeout=WAIT_S)
        assert bold.close_code == relay.SEAT_LOST
        relay.relay.tell_changed(session.session_id)
        assert heard(follower) == {"kind": "changed"}
    live = store.live.now(session.session_id)
    assert live is not None and live.view is None


def test_who_lost_the_seat_moves_nobody(server: str, session: SessionRow, store: Store) -> None:
    with joined(server, session, SEAT) as was:
        store.live.start(session.session_id, "another tab", "reader 2", None, seeding.NOW)
        was.send(told(case_of(store, session)))
        with pytest.raises(ConnectionClosed):
            was.recv(timeout=WAIT_S)
        assert was.close_code == relay.SEAT_LOST


@pytest.mark.parametrize(
    "nonsense",
    ["", "{", "[]", "null", '"x"', '{"name": "session case 1 1"}', "9" * 2000, "[" * 900, b"bytes"],
    ids=repr,
)
def test_what_is_no_move_is_passed_over(
    server: str, session: SessionRow, store: Store, nonsense: str | bytes
) -> None:
    case_id = case_of(store, session)
    with (
        joined(server, session, SEAT) as presenter,
        joined(server, session, reading(session)) as follower,
    ):
        presenter.send(nonsense)
        presenter.send(told(case_id))
        assert heard(follower)["name"] == moves.scene_name(case_id, 1)


def test_the_last_move_before_the_presenter_leaves_is_kept(
    server: str, session: SessionRow, store: Store
) -> None:
    last = View(3, "own", Window(41.0, 77.0))
    with joined(server, session, SEAT) as presenter:
        for view in (VIEW, last):
            presenter.send(told(case_of(store, session), view))
    assert kept(store, session, last)
