"""The presenter's moves from one browser to the others, past the pages and the database.

A route of the server: one WebSocket for each browser in a room. Whoever connects names a secret
that the room's page gave to that browser: the seat's, which may move what is presented as long as
it holds the seat, or one that may only read. Moves also go into the store, for who comes late.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ichdash.errors import IchdashError
from ichdash.settings import Settings
from ichdash.store import Store, View
from ichdash.web.sessions import moves

log = logging.getLogger(__name__)

PATH = "session-moves"
PROTOCOL = "ichdash-moves"
SEAT_LOST = 4403  # the WebSocket's close code: another tab presents, or may not present at all
LONGEST = 1_000  # characters of a move
MOVED, CHANGED = "moved", "changed"
_SECRET = secrets.token_bytes(32)  # of this process; a page that is drawn anew has the new one


def route(base_path: str = "") -> WebSocketRoute:
    """The route under the server's base path."""
    return WebSocketRoute(address("{session_id:int}", base_path), _talk)


def address(session_id: object, base_path: str = "") -> str:
    """The path that the browsers of a session connect to."""
    base = base_path.strip("/")
    return f"/{base}/{PATH}/{session_id}" if base else f"/{PATH}/{session_id}"


def reading_key(session_id: int) -> str:
    """The secret that lets a browser hear the moves of one session, and no more."""
    return hmac.digest(_SECRET, str(session_id).encode(), "sha256").hex()


T = TypeVar("T")


class Mail(Generic[T]):
    """What waits for one reader, the latest of each kind: who is slow misses what is past."""

    def __init__(self) -> None:
        self._waiting: dict[str, T] = {}
        self._came = asyncio.Event()

    def put(self, kind: str, message: T) -> None:
        self._waiting[kind] = message
        self._came.set()

    async def take(self) -> list[T]:
        await self._came.wait()
        self._came.clear()
        messages, self._waiting = list(self._waiting.values()), {}
        return messages


class Relay:
    """The browsers that are in the rooms now; its loop is that of the server."""

    def __init__(self) -> None:
        self._rooms: defaultdict[int, set[Mail[str]]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def mail(self, session_id: int) -> Iterator[Mail[str]]:
        self._loop = asyncio.get_running_loop()
        mail = Mail[str]()
        self._rooms[session_id].add(mail)
        try:
            yield mail
        finally:
            self._rooms[session_id].discard(mail)
            if not self._rooms[session_id]:
                del self._rooms[session_id]

    def post(self, session_id: int, kind: str, message: str) -> None:
        for mail in tuple(self._rooms.get(session_id, ())):
            mail.put(kind, message)

    def tell_changed(self, session_id: int) -> None:
        """Have every browser in the room look what became of the session; from any thread."""
        if self._loop is not None and self._loop.is_running():
            message = json.dumps({"kind": CHANGED})
            self._loop.call_soon_threadsafe(self.post, session_id, CHANGED, message)


relay = Relay()


@dataclass(frozen=True)
class Move:
    """Where the presenter looks, as their browser told it."""

    name: str
    case_id: int
    view: View

    @property
    def message(self) -> str:
        return json.dumps({"kind": MOVED, "name": self.name, **moves.sent(self.view)})


def move_of(text: str) -> Move | None:
    """A move as a browser wrote it; None where it is none."""
    try:
        told = json.loads(text) if len(text) <= LONGEST else None
    except ValueError:
        return None
    name = told.get("name") if isinstance(told, dict) else None
    case_id = moves.case_named(name)
    view = moves.view_of(told, name) if isinstance(name, str) else None
    return Move(str(name), case_id, view) if case_id is not None and view is not None else None


async def _talk(socket: WebSocket) -> None:
    """One browser's connection; refused (403) where its key opens nothing."""
    session_id = int(socket.path_params["session_id"])
    protocols = socket.scope.get("subprotocols", [])
    key = protocols[1] if len(protocols) == 2 and protocols[0] == PROTOCOL else ""
    may_read = hmac.compare_digest(key.encode(), reading_key(session_id).encode())
    if not may_read and not await _presents(session_id, key):
        await socket.close()
        return
    await socket.accept(PROTOCOL)
    with relay.mail(session_id) as mail:
        telling = asyncio.create_task(_tell(socket, mail))
        try:
            await _hear(socket, session_id, key)
        finally:
            telling.cancel()


async def _tell(socket: WebSocket, mail: Mail[str]) -> None:
    try:
        while True:
            for message in await mail.take():
                await socket.send_text(message)
    except (WebSocketDisconnect, RuntimeError):
        return  # it left; `_hear` notices too


async def _hear(socket: WebSocket, session_id: int, key: str) -> None:
    """Pass on what the presenter tells; nobody else has a say."""
    kept = Mail[Move | None]()
    keeping = asyncio.create_task(_keep(kept, session_id, key))
    try:
        async for text in _texts(socket):
            if not await _presents(session_id, key):
                await socket.close(SEAT_LOST)
                return
            if move := move_of(text):
                relay.post(session_id, MOVED, move.message)
                kept.put(MOVED, move)
    finally:
        kept.put("end", None)
        await keeping


async def _texts(socket: WebSocket) -> AsyncIterator[str]:
    """What a browser sends until it leaves; bytes are told as nothing."""
    while (message := await socket.receive())["type"] == "websocket.receive":
        yield message.get("text") or ""


async def _keep(kept: Mail[Move | None], session_id: int, key: str) -> None:
    """Write moves into the store, the latest as soon as the one before is written."""
    while True:
        for move in await kept.take():
            if move is None:
                return
            await _asked(partial(_write, session_id, key, move))


def _write(session_id: int, key: str, move: Move, store: Store) -> bool:
    return store.live.look_at(session_id, key, move.case_id, move.view)


async def _presents(session_id: int, key: str) -> bool:
    """Whether the browser with this key holds the seat now."""

    def look(store: Store) -> bool:
        live = store.live.now(session_id)
        return live is not None and hmac.compare_digest(live.token.encode(), key.encode())

    return await _asked(look)


async def _asked(ask: Callable[[Store], bool]) -> bool:
    """What the store says, asked beside the server's loop; False where it cannot be asked."""

    def run() -> bool:
        with Store.open(Settings.from_environ(os.environ).data_dir) as store:
            return ask(store)

    try:
        return await asyncio.to_thread(run)
    except IchdashError as error:
        log.warning("A presenter's move was not passed on or not kept: %s", error)
        return False
