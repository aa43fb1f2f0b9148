"""A real server and a real browser: `streamlit run app.py` on a free port with data of its own.

Every page that a test opens is watched: a request to anything but the server fails the test.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    expect,
    sync_playwright,
)

from ichdash import worker
from ichdash.settings import Settings
from tests.samples import ConstantDetector

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
NAME = "reader 1"
KEEP_NAME = """name => { try { sessionStorage.getItem("ichdash-reader") ??
    sessionStorage.setItem("ichdash-reader", name) } catch {} }"""  # an empty page keeps nothing
SIZES = {"1280": (1280, 800), "1920": (1920, 1080)}
LOCAL_SCHEMES = ("data", "blob", "about")

expect.set_options(timeout=20_000)  # a loaded machine is slow to start a server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Server:
    url: str
    data_dir: Path

    def page(self, path: str = "") -> str:
        return f"{self.url}/{path}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_health(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"The server ended by itself:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"No answer from {url} within 30 s:\n{log.read_text()}")


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[Server]:
    """`streamlit run app.py` with `ICHDASH_*` settings, ended with what it started."""
    port = free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ICHDASH_")}
    environment |= {"ICHDASH_DATA": str(data_dir), "OMP_NUM_THREADS": "1", **settings}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for_health(url, process, log)
            yield Server(url, data_dir)
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def working(data_dir: Path, probability: float = 0.91) -> Iterator[None]:
    """A real worker with a detector that says the same of every volume, so that no model is needed.

    Start it before the server: where one beats, the pages start none.
    """
    settings = Settings(data_dir=data_dir)
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run,
        args=(settings, stop.is_set),
        kwargs={"load": lambda _: ConstantDetector(probability)},
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server with an empty data folder for the tests of a module."""
    with serving(tmp_path_factory.mktemp("served") / "data") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class NetworkWatch:
    """Collects every request of a context that leaves the host that serves the dashboard."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.outside: list[str] = []

    def note(self, request: Request) -> None:
        self.note_url(request.url)

    def note_url(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in LOCAL_SCHEMES:
            return
        self.seen.append(url)
        if parts.hostname != "127.0.0.1":
            self.outside.append(url)


@pytest.fixture
def network() -> NetworkWatch:
    return NetworkWatch()


@pytest.fixture
def context(browser: Browser, network: NetworkWatch) -> Iterator[BrowserContext]:
    """A fresh browser profile at 1280 × 800; a request outside the host fails the test."""
    with fresh_context(browser, network) as opened:
        yield opened
    assert network.outside == [], "the page reached outside the host"


@contextmanager
def fresh_context(
    browser: Browser, network: NetworkWatch, *, has_touch: bool = False, name: str = NAME
) -> Iterator[BrowserContext]:
    """A profile whose tabs keep a name from before; an empty one for none."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=has_touch)
    if name:
        opened.add_init_script(f"({KEEP_NAME})({json.dumps(name)})")
    opened.on("request", network.note)
    opened.on("page", lambda page: page.on("websocket", lambda ws: network.note_url(ws.url)))
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    return opened


def expect_name(page: Page, name: str = NAME) -> None:
    """Wait until the page knows the name that its tab keeps."""
    expect(page.get_by_role("textbox", name="Reader", exact=True)).to_have_value(name)


def use_theme(page: Page, theme: str) -> None:
    """Choose a theme ("Dark" or "Light") as the menu does, and load the page again."""
    page.evaluate(
        """theme => {
            const keys = Object.keys(localStorage).filter(key => key.startsWith("stActiveTheme"));
            for (const key of keys) localStorage.setItem(key, JSON.stringify(theme));
            localStorage.setItem("ichdash-theme", theme);
        }""",
        theme,
    )
    page.reload()


@pytest.fixture
def screenshot(page: Page) -> Callable[[str], None]:
    """Save what the page shows at both sizes as `screenshots/<name>-<theme>-<width>.png`."""

    def save(name: str, theme: str = "dark") -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        for label, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function("document.fonts.status === 'loaded'")
            page.screenshot(path=SCREENSHOTS / f"{name}-{theme}-{label}.png")
        page.set_viewport_size({"width": 1280, "height": 800})

    return save
