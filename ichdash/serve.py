"""Starts the dashboard and its workers as processes of their own and looks after them.

Each can die alone: one that ends unasked is started again after a pause that doubles with every
quick death. SIGINT, SIGTERM and a closed terminal (SIGHUP) end all of them; a worker then finishes
or gives back its study. Where this process is killed, the dashboard ends by itself, and so does a
worker once nothing is queued.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from types import FrameType

from ichdash.errors import SettingsError
from ichdash.settings import PARENT, ROOT, Settings

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0  # one that lived this long starts again at once, without a growing pause
GRACE_S = 15.0  # from being asked to end until being killed
TICK_S = 0.2


class Child:
    """One process that is started again when it ends unasked."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        is_silenced: bool = False,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environ = dict(environ)
        self._stdout = subprocess.DEVNULL if is_silenced else None  # stderr is always kept
        self._process: subprocess.Popen[bytes] | None = None
        self._pause_s = FIRST_PAUSE_S
        self._started_at = 0.0
        self._due_at: float | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, now: float) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._environ, cwd=ROOT, stdout=self._stdout
        )
        self._started_at, self._due_at = now, None

    def look_after(self, now: float) -> None:
        """Notice an end, and start again once the pause is over. `now` is monotonic seconds."""
        if self._due_at is not None:
            if now >= self._due_at:
                self.start(now)
        elif self._process is not None and self._process.poll() is not None:
            self._wait_before_restart(now, self._process.returncode)

    def _wait_before_restart(self, now: float, status: int) -> None:
        if now - self._started_at >= STEADY_AFTER_S:
            self._pause_s = FIRST_PAUSE_S
        self._due_at = now + self._pause_s
        log.warning(
            "%s ended with status %d; starting it again in %.0f s.",
            self.name.capitalize(),
            status,
            self._pause_s,
        )
        self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    def ask_to_end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait for the end until `deadline` (monotonic seconds), then kill."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not end when asked and was killed.", self.name.capitalize())
            self._process.kill()
            self._process.wait()


class StopSignal:
    """True once SIGINT, SIGTERM or SIGHUP arrived. A flag: a handler must not take a lock."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup asks
            signal.signal(signal.SIGHUP, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def __bool__(self) -> bool:
        return self._asked


def serve(settings: Settings, say: Callable[[str], None], stop: StopSignal | None = None) -> None:
    """Run web and workers until a signal asks to stop; `say` gets lines for the person.

    Raises SettingsError where host and port cannot be listened on; nothing is started then.
    """
    check_port_is_free(settings.host, settings.port)
    stop = StopSignal() if stop is None else stop
    family = children(settings, {**os.environ, **as_environ(settings)})
    for child in family:
        child.start(time.monotonic())
    say(f"Starting ichdash on {url(settings)} (Ctrl-C ends it)")
    try:
        _look_after(family, stop, _Announcement(settings, say))
    finally:
        with suppress(OSError):  # a terminal that was closed hears nothing any more
            say("Ending ichdash; studies that wait stay in the queue")
        _end(family)


def children(settings: Settings, environ: Mapping[str, str]) -> list[Child]:
    """The processes to run, workers first so that the web process finds their heartbeat."""
    parent = str(os.getpid())
    worker = [sys.executable, "-m", "ichdash", "worker", "--parent", parent]
    names = [f"worker {number}" for number in range(1, settings.workers + 1)]
    return [
        *(Child(name, worker, environ) for name in names),
        # Streamlit greets with an address of its own; ours is told when the page answers.
        Child("dashboard", web_command(settings), {**environ, PARENT: parent}, is_silenced=True),
    ]


def as_environ(settings: Settings) -> dict[str, str]:
    """The settings as the children read them: what was checked here, with absolute paths."""
    values = {f.metadata["variable"]: getattr(settings, f.name) for f in fields(settings)}
    return {variable: str(value) for variable, value in values.items() if value is not None}


def web_command(settings: Settings) -> list[str]:
    """Streamlit's command line for these settings; the rest stands in .streamlit/config.toml."""
    options = {
        "server.address": settings.host,
        "server.port": settings.port,
        "server.maxUploadSize": settings.upload_limit_mb,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
        "logger.level": "warning",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *flags]


def check_port_is_free(host: str, port: int) -> None:
    """Raises SettingsError in a sentence where the dashboard could not listen."""
    try:
        address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], address[1]) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address[4])
    except OSError as error:
        why = (error.strerror or "unknown reason").lower()
        raise SettingsError(
            f"Port {port} on {host} cannot be listened on ({why}). Nothing was started. End the "
            "program that uses it, or set ICHDASH_PORT and ICHDASH_HOST to others."
        ) from None


def url(settings: Settings) -> str:
    """Where a browser on this machine finds the dashboard."""
    everywhere = settings.host in {"0.0.0.0", "::"}
    host = "127.0.0.1" if everywhere else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


class _Announcement:
    """Says once that the dashboard answers."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._url, self._say, self._said = url(settings), say, False

    def make_when_due(self) -> None:
        if not self._said and answers(f"{self._url}/_stcore/health"):
            self._said = True
            self._say(f"ichdash is ready: {self._url}")


def answers(address: str) -> bool:
    """Whether a server of this machine answers there, asked without any proxy."""
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with directly.open(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _look_after(family: Sequence[Child], stop: StopSignal, announcement: _Announcement) -> None:
    while not stop:
        for child in family:
            child.look_after(time.monotonic())
        announcement.make_when_due()
        time.sleep(TICK_S)


def _end(family: Sequence[Child]) -> None:
    for child in family:
        child.ask_to_end()
    deadline = time.monotonic() + GRACE_S
    for child in family:
        child.wait(deadline)
