"""What a test does with the image and reads from it: the canvas tells what it has drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from ichdash.records import Measurement
from ichdash.store import Store
from tests.web import seeding

NOTE_WORDS = """() => {
    const write = CanvasRenderingContext2D.prototype.fillText;
    globalThis.written = [];
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        const width = this.measureText(text).width;
        const start = this.textAlign === "right" ? x - width : x;
        const { clientWidth, clientHeight } = this.canvas;
        globalThis.written.push({ text, start, end: start + width, y, clientWidth, clientHeight });
        write.call(this, text, x, y);
    };
}"""

HALF_AT_FIRST = """
    const holding = `
        const whole = fetch;
        self.fetch = async (...asked) => {
            const bytes = new Uint8Array(await (await whole(...asked)).arrayBuffer());
            return new Response(new ReadableStream({
                async start(sent) {
                    sent.enqueue(bytes.slice(0, bytes.length / 2));
                    await new Promise((sendRest) => {
                        new BroadcastChannel("rest").onmessage = sendRest;
                    });
                    sent.enqueue(bytes.slice(bytes.length / 2));
                    sent.close();
                },
            }));
        };`;
    const textAt = (address) => {
        const asked = new XMLHttpRequest();
        asked.open("GET", address, false);
        asked.send();
        return asked.responseText;
    };
    window.Worker = class extends Worker {
        constructor(address) {
            super(URL.createObjectURL(new Blob([holding, textAt(address)])));
        }
    };
"""


def picture(page: Page) -> Locator:
    return page.locator("canvas.picture")


def expect_slice(page: Page, number: int) -> None:
    """Wait for the one picture to show a slice: a page that changes still holds its old one."""
    expect(picture(page)).to_have_count(1)
    expect(picture(page)).to_have_attribute("data-slice", str(number))


def point_at(page: Page, x: float, y: float) -> None:
    """Put the mouse at a place of the picture, in fractions of its size."""
    box = picture(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def centre_moved(page: Page, dx: float, dy: float) -> tuple[float, float]:
    box = picture(page).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2 + dx, box["y"] + box["height"] / 2 + dy


def pixels(page: Page) -> list[int]:
    """Red, green, blue and opacity along the row of pixels through the middle of the picture."""
    found: list[int] = picture(page).evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(
            0, Math.floor(canvas.height / 2) + 5, canvas.width, 1).data]"""
    )
    return found


def is_colored(found: list[int]) -> bool:
    pairs = zip(found[::4], found[2::4], strict=True)
    return any(abs(red - blue) > 40 for red, blue in pairs)


def picture_scale(page: Page) -> float:
    """CSS pixels for one pixel of the slice, which is square and fills the height."""
    box = picture(page).bounding_box()
    assert box is not None
    return box["height"] / seeding.SIDE


def point_at_pixel(page: Page, column: float, row: float) -> None:
    """Point at a place of the slice, in its pixels from the middle."""
    scale = picture_scale(page)
    page.mouse.move(*centre_moved(page, column * scale, row * scale))


def drag_pixels(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    point_at_pixel(page, *start)
    page.mouse.down()
    point_at_pixel(page, *end)
    page.mouse.up()


def click_pixel(page: Page, column: float, row: float) -> None:
    point_at_pixel(page, column, row)
    page.mouse.down()
    page.mouse.up()


def expect_measures(page: Page, *told: str) -> None:
    expect(picture(page)).to_have_attribute("data-measures", "; ".join(told))


def corner_pixels(page: Page) -> list[int]:
    """The brightness of the upper left corner, where the identity stands."""
    found: list[int] = picture(page).evaluate(
        """canvas => [...canvas.getContext("2d").getImageData(0, 0, 150, 60).data]
            .filter((_, channel) => channel % 4 === 0)"""
    )
    return found


def written(page: Page, part: str) -> list[dict[str, Any]]:
    """Where words that hold `part` were written since NOTE_WORDS."""
    found: list[dict[str, Any]] = page.evaluate(
        "part => globalThis.written.filter(({ text }) => text.includes(part))", part
    )
    return found


def note_volume(request: Request, fetched: list[str]) -> None:
    if "/media/" in request.url and request.url.endswith(".bin"):
        fetched.append(request.url)


def expect_pixels(
    page: Page,
    fits: Callable[[list[int]], bool],
    read: Callable[[Page], list[int]] = pixels,
) -> None:
    """Wait for a frame whose pixels fit, five seconds of a quick screen at most."""
    for _ in range(300):
        if fits(read(page)):
            return
        page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError("no frame had the pixels waited for")


def kept(page: Page, data_dir: Path, study_uid: str, count: int) -> tuple[Measurement, ...]:
    """Wait until so many measurements are kept."""
    with Store.open(data_dir) as store:
        for _ in range(600):
            found = store.measurements.of(study_uid, f"{study_uid}.1", seeding.SLICES)
            if len(found) == count:
                return found
            page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError(f"{len(found)} of {count} measurements were kept")


def send_rest(page: Page) -> None:
    """Let the slices come that HALF_AT_FIRST holds back."""
    page.evaluate("new BroadcastChannel('rest').postMessage(0)")
