"""Coronal and sagittal planes in a real browser, checked with marks whose place in the patient is
known, in a stack that is tilted and far from cubic."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from ichdash.domain import Volume
from ichdash.store import Store
from tests.browser.conftest import Server
from tests.browser.image import (
    HALF_AT_FIRST,
    centre_moved,
    expect_slice,
    picture,
    point_at_pixel,
    send_rest,
)
from tests.web import seeding

TILTED, OTHER = "1.2.7", "1.2.8"
TILT = math.radians(18)
SPACING = 6.0, 1.5, 2.0  # mm: along the normal, rows, columns
SHAPE = 24, 120, 100
WHITE = 150  # of 255: what is brighter is a mark, however thin it is drawn
EDGE = 40  # CSS pixels in which the letters stand


def seen_at(x_mm: float, y_mm: float, z_mm: float) -> tuple[int, int, int]:
    """Slice, row and column of a place in the patient (left, back, head; from the first voxel).

    The gantry was tilted: rows run to the back and to the head, the table moved along z alone.
    """
    along_row = y_mm / math.cos(TILT)
    normal = (z_mm - along_row * math.sin(TILT)) * math.cos(TILT)
    return round(normal / SPACING[0]), round(along_row / SPACING[1]), round(x_mm / SPACING[2])


LOW, HIGH, BACK, LEFT = (90, 60, 45), (90, 60, 120), (90, 120, 120), (140, 60, 120)  # mm


def marked_volume() -> Volume:
    hu = np.full(SHAPE, 20, np.int16)
    for place in (LOW, HIGH, BACK, LEFT):
        slice_index, row, column = seen_at(*place)
        hu[slice_index, row - 1 : row + 2, column - 1 : column + 2] = 1000
    uids = tuple(f"{TILTED}.1.{number}" for number in range(SHAPE[0]))
    positions = np.arange(SHAPE[0]) * SPACING[0]
    return Volume(hu, SPACING, positions, TILTED, f"{TILTED}.1", uids, shear=math.tan(TILT))


@pytest.fixture(scope="module")
def seeded(server: Server) -> Server:
    with Store.open(server.data_dir) as store:
        seeding.screened(store, TILTED, 0.91, volume=marked_volume())
        seeding.screened(store, OTHER, 0.5)
    return server


@pytest.fixture
def case(seeded: Server, page: Page) -> Page:
    page.goto(seeded.page(f"case?study={TILTED}"))
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.keyboard.press("p")
    expect(page.locator(".pane.coronal")).to_have_attribute("data-plane", re.compile(r"\d+"))
    return page


def spots(pane: Locator) -> list[tuple[float, float]]:
    """Middles (x, y), in CSS pixels, of the white marks in a pane, from top to bottom."""
    found = pane.evaluate(
        """(canvas, [white, edge]) => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const seen = [];
            for (let i = 0; i < width * height; i++)
                if (data[4 * i] >= white && data[4 * i + 2] >= white)
                    seen.push([i % width, Math.floor(i / width)]);
            return seen.filter(([x, y]) => Math.min(x, y, width - x, height - y) > edge);
        }""",
        [WHITE, EDGE],
    )
    marks: list[list[tuple[float, float]]] = []
    for x, y in found:
        near = next((m for m in marks if math.dist(m[-1], (x, y)) < 12), None)
        if near is None:
            marks.append([(x, y)])
        else:
            near.append((x, y))
    middles = [tuple(np.mean(mark, axis=0).tolist()) for mark in marks]
    return sorted(middles, key=lambda each: each[1])


def put_crosshair(page: Page, place: tuple[float, float, float]) -> None:
    """Click a place of the patient on its slice: the slice fills the height of the picture."""
    slice_index, row, column = seen_at(*place)
    page.keyboard.press("Home")
    for _ in range(slice_index):
        page.keyboard.press("ArrowDown")
    expect_slice(page, slice_index + 1)
    box = picture(page).bounding_box()
    assert box is not None
    tall, wide = SHAPE[1] * SPACING[1], SHAPE[2] * SPACING[2]
    scale = min(box["height"] / tall, box["width"] / wide)
    dx, dy = (column + 0.5) * SPACING[2] - wide / 2, (row + 0.5) * SPACING[1] - tall / 2
    page.mouse.click(*centre_moved(page, dx * scale, dy * scale))
    expect(page.locator(".pane.sagittal")).to_have_attribute("data-plane", str(column + 1))
    expect(page.locator(".pane.coronal")).to_have_attribute("data-plane", str(row + 1))


def test_a_tilted_stack_is_upright_and_in_proportion_in_the_sagittal_plane(case: Page) -> None:
    put_crosshair(case, HIGH)
    high, back, low = by_place(spots(case.locator(".pane.sagittal")))
    assert abs(low[0] - high[0]) < 3, "one above the other in the patient, and so on the screen"
    assert abs(back[1] - high[1]) < 6, "at the same height: within half a slice"
    millimetres = (HIGH[2] - LOW[2]) / (BACK[1] - HIGH[1])
    assert (low[1] - high[1]) / (back[0] - high[0]) == pytest.approx(millimetres, rel=0.05)


def by_place(found: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The two upper marks from left to right, then the lowest."""
    assert len(found) == 3
    return (*sorted(found[:2]), found[2])


def test_the_coronal_plane_has_the_patients_left_on_the_right_in_proportion(case: Page) -> None:
    put_crosshair(case, HIGH)
    high, left, low = by_place(spots(case.locator(".pane.coronal")))
    assert abs(low[0] - high[0]) < 3
    assert left[0] > high[0]
    millimetres = (HIGH[2] - LOW[2]) / (LEFT[0] - HIGH[0])
    assert (low[1] - high[1]) / (left[0] - high[0]) == pytest.approx(millimetres, rel=0.05)


def test_a_click_in_a_plane_goes_to_its_slice_and_moves_the_crosshair(case: Page) -> None:
    put_crosshair(case, HIGH)
    pane = case.locator(".pane.coronal")
    *_, low = spots(pane)
    box = pane.bounding_box()
    assert box is not None
    case.mouse.click(box["x"] + low[0], box["y"] + low[1])
    slice_index, _, column = seen_at(*LOW)
    expect_slice(case, slice_index + 1)
    expect(case.locator(".pane.sagittal")).to_have_attribute("data-plane", str(column + 1))


def test_the_wheel_over_a_plane_moves_it(case: Page) -> None:
    put_crosshair(case, HIGH)
    pane = case.locator(".pane.sagittal")
    plane = int(pane.get_attribute("data-plane") or 0)
    pane.hover()
    for _ in range(4):
        case.mouse.wheel(0, 100)  # 1 mm each, 2 mm from column to column
    expect(pane).to_have_attribute("data-plane", str(plane + 2))


def test_a_plane_is_zoomed_and_moved_and_still_points_at_the_same_places(case: Page) -> None:
    put_crosshair(case, HIGH)
    pane = case.locator(".pane.coronal")
    box = pane.bounding_box()
    assert box is not None
    high, _, before = by_place(spots(pane))
    case.mouse.move(box["x"] + before[0], box["y"] + before[1])
    case.keyboard.down("Control")
    for _ in range(4):
        case.mouse.wheel(0, -100)
    case.keyboard.up("Control")
    expect(pane).to_have_attribute("data-zoom", "1.7")
    case.keyboard.down("Shift")
    case.mouse.down()
    case.mouse.move(box["x"] + before[0] + 20, box["y"] + before[1] - 30)
    case.mouse.up()
    case.keyboard.up("Shift")
    case.mouse.click(box["x"] + before[0] + 20, box["y"] + before[1] - 30)
    slice_index, _, column = seen_at(*LOW)
    expect_slice(case, slice_index + 1)
    expect(case.locator(".pane.sagittal")).to_have_attribute("data-plane", str(column + 1))
    pane.dblclick(position={"x": high[0], "y": high[1]})
    expect(pane).to_have_attribute("data-zoom", "1.0")


def test_no_plane_stays_where_the_next_studys_images_never_come(case: Page) -> None:
    case.route("**/media/*.bin", lambda route: route.abort())
    case.keyboard.press("j")
    expect(case.get_by_role("status")).to_have_text(
        "The images did not arrive: the server does not answer. Load the page again."
    )
    expect(case.locator(".panes")).to_be_hidden()
    drawn = case.locator(".pane.coronal").evaluate("canvas => canvas.width * canvas.height")
    assert drawn == 0, "nothing of the last study is left to be shown"


def test_the_value_under_the_pointer_is_that_of_the_slab_shown(case: Page) -> None:
    put_crosshair(case, LOW)  # 1000 HU in this slice of 6 mm, 20 HU in the others
    expect(picture(case)).to_have_attribute("data-hu", "1000")
    case.get_by_label("Slab").select_option("mean of 10 mm")
    third = 2 / 6  # of each neighbour lies in the slab
    mean = round((1000 + 2 * third * 20) / (1 + 2 * third))
    expect(picture(case)).to_have_attribute("data-hu", str(mean))
    case.get_by_label("Slab").select_option("max of 30 mm")
    case.keyboard.press("ArrowDown")
    expect(picture(case)).to_have_attribute("data-hu", "1000")


def test_a_slab_shows_the_highest_or_the_mean_of_the_slices_around(
    case: Page, screenshot: Callable[[str], None]
) -> None:
    screenshot("planes")
    case.keyboard.press("p")
    expect(case.locator(".pane.coronal")).to_be_hidden()
    case.get_by_label("Slab").select_option("max of 30 mm")
    expect(picture(case)).to_have_attribute("data-slab", "max of 30 mm")
    case.keyboard.press("t")
    expect(picture(case)).to_have_attribute("data-slab", "")
    case.keyboard.press("t")
    expect(picture(case)).to_have_attribute("data-slab", "mean of 5 mm")
    case.keyboard.press("r")
    expect(picture(case)).to_have_attribute("data-slab", "")


@pytest.fixture
def half_here(seeded: Server, page: Page) -> Page:
    """A head of which half of the slices are there."""
    page.add_init_script(HALF_AT_FIRST)
    page.goto(seeded.page(f"case?study={OTHER}"))
    expect_slice(page, seeding.BLEED_SLICE + 1)
    return page


def test_a_slab_waits_for_the_slices_that_it_is_made_of(half_here: Page) -> None:
    half_here.get_by_label("Slab").select_option("mean of 10 mm")
    point_at_pixel(half_here, -18, 0)
    number, waiting = seeding.BLEED_SLICE + 1, half_here.get_by_text("Loading slice")
    while not waiting.is_visible():
        expect(picture(half_here)).to_have_attribute("data-hu", "35")
        half_here.keyboard.press("ArrowUp")
        number -= 1
        shown = half_here.locator(f"canvas.picture[data-slice='{number}']")
        expect(waiting.or_(shown)).to_be_visible()
    half_here.get_by_label("Slab").select_option("slab off")
    expect_slice(half_here, number)
    half_here.get_by_label("Slab").select_option("mean of 10 mm")
    expect(waiting).to_be_visible()
    send_rest(half_here)
    expect(waiting).to_be_hidden()
    expect(picture(half_here)).to_have_attribute("data-slab", "mean of 10 mm")
    expect(picture(half_here)).to_have_attribute("data-hu", "35")


def test_a_plane_waits_for_all_slices(half_here: Page) -> None:
    pane = half_here.locator(".pane.coronal")
    half_here.keyboard.press("p")
    expect(pane).to_be_visible()
    expect(pane).not_to_have_attribute("data-plane", re.compile("."))
    send_rest(half_here)
    expect(pane).to_have_attribute("data-plane", re.compile("."))
