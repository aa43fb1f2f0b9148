"""A learner goes through a quiz in a real browser: mark, submit, reveal, own page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from ichdash.store import Store
from tests.browser.conftest import (
    NAME,
    NetworkWatch,
    Server,
    expect_name,
    fresh_context,
    serving,
)
from tests.browser.image import expect_slice, picture, picture_scale, point_at
from tests.web import seeding
from tests.web.test_teaching_page import NOW, PLACE, add_file


def begin(page: Page, name: str, kept: str = NAME) -> None:
    """Begin a quiz as `name`, in a tab that keeps another one."""
    expect_name(page, kept)
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Begin", exact=True).click()


def test_a_learner_marks_submits_and_sees_the_truth(
    server: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    with Store.open(server.data_dir) as store:
        quiz_id = store.quizzes.add("Ward round", [add_file(store)], "tutor", NOW)
    page.goto(server.page(f"teaching?quiz={quiz_id}"))
    begin(page, "Ann")
    middle = str(seeding.SLICES // 2 + 1)
    expect(picture(page)).to_have_attribute("data-slice", middle, timeout=60_000)
    page.get_by_role("slider", name="Slice", exact=True).fill(str(seeding.BLEED_SLICE + 1))
    expect(picture(page)).to_have_attribute("data-slice", str(seeding.BLEED_SLICE + 1))
    point_at(page, 0.56, 0.5)
    page.mouse.down()
    page.mouse.up()
    expect(picture(page)).to_have_attribute("data-spot", str(seeding.BLEED_SLICE + 1))
    page.get_by_role("button", name="no hemorrhage", exact=True).press("ArrowRight")
    expect(page.get_by_role("button", name="epidural", exact=True)).to_be_focused()
    expect_slice(page, seeding.BLEED_SLICE + 1)
    page.get_by_role("button", name="subdural", exact=True).click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("How sure you are is not chosen.")).to_be_visible()
    page.get_by_role("radio", name="probably", exact=True).click()
    screenshot("teaching-reading")
    picture(page).evaluate("canvas => { canvas.dataset.marked = 'before Submit'; }")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("As the key has it")).to_be_visible()
    expect(picture(page)).to_have_attribute("data-marked", "before Submit")  # the same picture
    expect(page.get_by_text(re.compile("Your mark"))).to_be_visible()
    expect_slice(page, seeding.BLEED_SLICE + 1)
    screenshot("teaching-reveal")
    page.get_by_role("button", name="all quizzes").click()
    page.get_by_role("radio", name="My results").click()
    expect(page.get_by_text("1 answer", exact=False)).to_be_visible()
    screenshot("teaching-results")


def at_pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    """A pixel of the slice on the screen."""
    box = picture(page).bounding_box()
    assert box is not None
    scale, middle = picture_scale(page), seeding.SIDE / 2
    across, down = (x - middle) * scale, (y - middle) * scale
    return box["x"] + box["width"] / 2 + across, box["y"] + box["height"] / 2 + down


def drag(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + by[0], start[1] + by[1], steps=4)
    page.mouse.up()


def open_file(server: Server, page: Page) -> str:
    """A teaching file with one place, open for changing."""
    with Store.open(server.data_dir) as store:
        file_id = add_file(store)
    page.goto(server.page(f"teaching?file={file_id}"))
    expect(picture(page)).to_have_attribute("data-places", "1", timeout=60_000)
    return file_id


def test_a_tutor_moves_sizes_adds_and_takes_away_marked_places(
    server: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    file_id = open_file(server, page)
    scale = picture_scale(page)
    drag(page, at_pixel(page, PLACE.x, PLACE.y), (-10 * scale, 0))
    ring = PLACE.radius + 9 / scale  # its handles stand nine CSS pixels outside
    square = at_pixel(page, PLACE.x - 10 + ring * 0.707, PLACE.y + ring * 0.707)
    drag(page, square, (3 * scale, 3 * scale))
    page.mouse.click(*at_pixel(page, 30, 60))
    page.mouse.click(*at_pixel(page, 30, 30))
    expect(page.get_by_text("3 places are marked, on slice 14.")).to_be_visible()
    screenshot("teaching-editing")
    size = (PLACE.radius + 3 * 1.414 + 9 / picture_scale(page)) * 0.707  # as the one before
    page.mouse.click(*at_pixel(page, 30 + size, 30 - size))
    expect(page.get_by_text("2 places are marked, on slice 14.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Kept as version 2.")).to_be_visible()
    with Store.open(server.data_dir) as store:
        moved, added = store.teaching.file(file_id).lesson.spots
        assert store.teaching.file(file_id, 1).lesson.spots == (PLACE,)
    assert (round(moved.x), round(moved.y)) == (56, 48) and round(moved.radius) == 11
    assert (round(added.x), round(added.y), added.slice_index) == (30, 60, PLACE.slice_index)


def test_places_left_without_saving_are_asked_about_or_dropped_and_never_saved_later(
    server: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    file_id = open_file(server, page)
    page.mouse.click(*at_pixel(page, 30, 60))
    expect(page.get_by_text("2 places are marked, on slice 14.")).to_be_visible()
    before = picture(page).bounding_box()
    page.get_by_role("button", name="all files").click()
    expect(page.get_by_text("What you changed in this file is not saved.")).to_be_visible()
    assert picture(page).bounding_box() == before, "asking moves nothing"
    screenshot("teaching-not-saved")
    page.get_by_role("link", name="Model", exact=True).click()
    expect(page.get_by_role("heading").first).to_be_visible()
    page.go_back()
    expect(picture(page)).to_have_attribute("data-places", "1")
    expect(page.get_by_text("1 place is marked, on slice 14.")).to_be_visible()
    page.get_by_label("Title, without").fill("Another")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Kept as version 2.")).to_be_visible()
    with Store.open(server.data_dir) as store:
        assert store.teaching.file(file_id).lesson.spots == (PLACE,)


def tutor_changes_the_title(page: Page) -> None:
    page.get_by_role("button", name="Edit").click()
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.get_by_label("Title, without").fill("Monday's first")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Kept as version 2.")).to_be_visible()
    page.get_by_role("button", name="all files").click()
    expect(page.get_by_text("Monday's first").first).to_be_visible()


def test_a_tutor_draws_a_case_and_makes_a_quiz_with_a_link(
    browser: Browser, tmp_path: Path, network: NetworkWatch
) -> None:
    with serving(tmp_path / "data") as own, fresh_context(browser, network) as context:
        page = context.new_page()
        page.goto(own.page("teaching"))
        page.get_by_role("radio", name="Files and quizzes").click()
        expect(page.get_by_text("No quizzes yet")).to_have_count(0)
        expect(page.get_by_role("button", name="Draw ten synthetic cases")).to_be_visible()
        drawing = page.locator("summary", has_text="Draw synthetic cases")
        expect(drawing).to_have_count(1)  # while the page runs again, the old one stands there too
        drawing.click()
        page.get_by_label("Cases", exact=True).fill("1")
        page.get_by_label("Cases", exact=True).press("Enter")
        page.get_by_role("button", name="Draw", exact=True).click()
        expect(page.get_by_role("button", name="Retire")).to_be_visible(timeout=180_000)
        tutor_changes_the_title(page)
        page.locator("summary", has_text="Make a quiz").click()
        page.get_by_label("Name of the quiz").fill("Monday")
        page.get_by_text("All that are listed below (1)").click()
        page.get_by_role("button", name="Make the quiz").click()
        link = page.get_by_text(re.compile(r"/teaching\?quiz=")).inner_text()
        page.goto(link)
        begin(page, "Ben")
        expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
        expect(page.get_by_text("0 of 1 answered by")).to_be_visible()
