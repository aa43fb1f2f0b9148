"""How fast the pages are in a real browser: first image, slice change, bytes sent, page turns.

Headless Chromium, driven by Playwright, reads from a dashboard on localhost; the case's canvas
tells in its data attributes which volume and slice it has drawn.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ichdash.bench import probes
from ichdash.errors import InputError
from ichdash.serve import answers, as_environ, url, web_command
from ichdash.settings import ROOT, Settings
from ichdash.store import Heart

if TYPE_CHECKING:  # a tool of developers, not among the requirements
    from playwright.sync_api import Browser, Locator, Page, Request

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-precise-memory-info",
]
START_TIMEOUT_S = 60.0
DRAWN = "canvas.picture[data-ready*=media]"
ROW = "tbody tr[data-mark]"
VOLUME = re.compile(r"(?<!static)/media/\w+\.bin$")  # a volume, not a font of Streamlit
SLICE_CHANGES = 60
WINDOW_MOVES = 60


@dataclass(frozen=True)
class ViewerSpeed:
    """Medians of the case page of one study."""

    first_image_s: float  # from opening the link, after the worklist, to the first slice drawn
    cold_first_image_s: float  # the same in a browser that was never here
    slice_change_ms: float
    slow_slice_change_ms: float  # 95 of 100 are faster
    slowest_slice_change_ms: float
    slowest_slice_change: str  # what it waited for, as far as the browser tells
    window_drag_ms: float
    heap_mb: float  # of the page's scripts, the most that was seen
    volume_bytes: int  # sent to the browser as the volume
    volume_requests: int  # 1: the volume is sent once, whatever the reader does


def case_page(settings: Settings, study_uid: str, repeat: int) -> ViewerSpeed:
    """Open `study_uid`, which the store of `settings` has screened, `repeat` times.

    Raises InputError where Playwright or Chromium is missing.
    """
    with chromium() as browser, serving(settings) as address:
        link = f"{address}/case?study={study_uid}"
        _open(browser, link)  # does not count: the server imports its libraries
        visits = [_open(browser, link, after=address) for _ in range(repeat)]
        cold_s = [_open(browser, link).first_image_s for _ in range(repeat)]
    changes = [ms for visit in visits for ms, _ in visit.changes]
    slowest_ms, cause = max(change for visit in visits for change in visit.changes)
    drags = [drag for visit in visits for drag in visit.drags_ms]
    return ViewerSpeed(
        first_image_s=statistics.median(visit.first_image_s for visit in visits),
        cold_first_image_s=statistics.median(cold_s),
        slice_change_ms=statistics.median(changes),
        slow_slice_change_ms=statistics.quantiles(changes, n=20)[-1],
        slowest_slice_change_ms=slowest_ms,
        slowest_slice_change=cause,
        window_drag_ms=statistics.median(drags),
        heap_mb=max(visit.heap_mb for visit in visits),
        volume_bytes=max(sum(visit.volume_bytes) for visit in visits),
        volume_requests=max(len(visit.volume_bytes) for visit in visits),
    )


def first_image_s(settings: Settings, study_uid: str, repeat: int) -> float:
    """Median seconds to the first image of a study, opened after the worklist.

    Raises InputError where Playwright or Chromium is missing.
    """
    with chromium() as browser, serving(settings) as address:
        link = f"{address}/case?study={study_uid}"
        _first_image(browser, link, after=address)
        return statistics.median(_first_image(browser, link, address) for _ in range(repeat))


def _first_image(browser: Browser, link: str, after: str) -> float:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    first_s = _drawn_s(page, link, after)
    context.close()
    return first_s


def _drawn_s(page: Page, link: str, after: str | None) -> float:
    """Open a case, after another page or none; seconds until a slice of it is on screen.

    The page itself notes when; it takes some tenths of a second until Playwright sees it.
    """
    if after is not None:
        page.goto(after)
        page.locator(ROW).first.wait_for()
    started = time.time()
    page.goto(link, wait_until="commit")
    page.locator(DRAWN).wait_for()
    return float(page.evaluate(probes.SETTLED_AT_S)) - started


def worklist_page(settings: Settings, repeat: int) -> float:
    """Median seconds to turn to the next page of a long worklist, click to rows.

    Raises InputError where Playwright or Chromium is missing.
    """
    with chromium() as browser, serving(settings) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.locator(ROW).first.wait_for()
        turns_ms = page.locator("tbody").evaluate(probes.TURN_PAGES, repeat)
    return float(statistics.median(turns_ms)) / 1000


@dataclass(frozen=True)
class _Visit:
    first_image_s: float
    changes: list[tuple[float, str]]  # milliseconds, and what took most of them
    drags_ms: list[float]
    heap_mb: float
    volume_bytes: list[int]  # one entry a request


def _open(browser: Browser, link: str, after: str | None = None) -> _Visit:
    """One visit: open the case (after another page or none), scroll, with heatmap too, drag."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    volumes: list[Request] = []
    page.on("requestfinished", lambda r: volumes.append(r) if VOLUME.search(r.url) else None)
    first_s = _drawn_s(page, link, after)
    picture = page.locator(DRAWN)
    changes = _slice_changes(picture)
    page.keyboard.press("h")
    changes += _slice_changes(picture)
    drags = picture.evaluate(probes.DRAG_WINDOW, WINDOW_MOVES)
    heap_mb = float(page.evaluate(probes.HEAP_MB))
    sent = [request.sizes()["responseBodySize"] for request in volumes]
    context.close()
    return _Visit(first_s, changes, drags, heap_mb, sent)


def _slice_changes(picture: Locator) -> list[tuple[float, str]]:
    return [(ms, cause) for ms, cause in picture.evaluate(probes.CHANGE_SLICES, SLICE_CHANGES)]


@contextmanager
def chromium() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise InputError(
            "The case page was not measured: Playwright is not installed. "
            "Install it with: pip install -r requirements-dev.txt"
        ) from None
    if not CHROMIUM.exists():
        raise InputError(
            f"The case page was not measured: there is no Chromium at {CHROMIUM}. "
            "Install it (Debian: sudo apt-get install chromium)."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The dashboard alone, as `serve` starts it, from when it answers; its address."""
    free = replace(settings, host="127.0.0.1", port=_free_port())
    # A worker seems to beat, or the dashboard would start one of its own in the middle.
    with Heart(free.data_dir, "bench", lambda: datetime.now(UTC)):
        process = subprocess.Popen(
            web_command(free),
            cwd=ROOT,
            env={**os.environ, **as_environ(free)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(f"{url(free)}/_stcore/health")
            yield url(free)
        finally:
            process.terminate()
            process.wait()


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(address):
        if time.monotonic() > deadline:
            raise InputError(f"The dashboard did not answer within {START_TIMEOUT_S:.0f} s.")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
