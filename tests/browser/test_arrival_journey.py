"""Slices that arrive: the page goes on answering meanwhile, whatever the network brings at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from ichdash.domain import Volume
from ichdash.imaging import display
from ichdash.web import viewer

SLICES, SIDE = 40, 512
SCRIPTS = [Path(viewer.__file__).with_name(f"{name}.js") for name in ("unpacking", "volume")]
# Loads the volume; the most slices that came within one turn of the browser, and all of them.
MOST_IN_A_TURN = """async (meta) => {
    const loading = new Loading("/volume", meta);
    const here = () => loading.volume?.has.reduce((sum, one) => sum + one, 0) ?? 0;
    const { port1, port2 } = new MessageChannel();
    let [before, most] = [0, 0];
    port1.onmessage = () => {
        const now = here();
        [before, most] = [now, Math.max(most, now - before)];
        if (now < meta.slices) port2.postMessage(null);
    };
    port2.postMessage(null);
    await loading.whole;
    return [Math.max(most, here() - before), here()];
}"""


def noisy_volume() -> Volume:
    """One whose slices compress as badly as those of a scanner."""
    noise = np.random.default_rng(5).normal(35, 8, (SLICES, SIDE, SIDE))
    uids = tuple(f"1.2.1.{number}" for number in range(SLICES))
    places = np.arange(SLICES) * 5.0
    return Volume(noise.astype(np.int16), (5.0, 0.5, 0.5), places, "1.2", "1.2.1", uids)


@pytest.fixture(scope="module")
def packed() -> display.DisplayVolume:
    return display.encode(noisy_volume())


@pytest.fixture
def address(packed: display.DisplayVolume) -> Iterator[str]:
    """A page that can load the volume, which comes as fast as a network can bring it."""
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    script = f"<!doctype html><script>{scripts}</script>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_volume = self.path == "/volume"
            body = packed.payload if is_volume else script.encode()
            self.send_response(200)
            kind = "application/octet-stream" if is_volume else "text/html; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_page_answers_between_the_slices_that_arrive(
    page: Page, address: str, packed: display.DisplayVolume
) -> None:
    page.goto(address)
    most, all_of_them = page.evaluate(MOST_IN_A_TURN, packed.meta)
    assert all_of_them == SLICES
    assert most <= SLICES / 4
