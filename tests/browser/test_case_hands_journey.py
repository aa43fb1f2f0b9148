"""Small things that hands do on the case page and around it, in a real browser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from ichdash.store import Store
from tests.browser.conftest import Server, expect_name
from tests.browser.image import NOTE_WORDS, expect_slice, picture, point_at, written
from tests.web import seeding

STUDY = "1.2.1"


@pytest.fixture(scope="module")
def seeded(server: Server) -> Server:
    long_ago = replace(seeding.PATIENT, acquired_at=datetime(2019, 1, 1, 12, 0))
    with Store.open(server.data_dir) as store:
        seeding.screened(store, STUDY, 0.91, long_ago)
    return server


@pytest.fixture
def case(seeded: Server, page: Page) -> Page:
    page.goto(seeded.page(f"case?study={STUDY}"))
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    return page


def test_escape_closes_a_menu_of_the_page(case: Page) -> None:
    case.get_by_role("button", name="Add to session").click()
    inside = case.get_by_role("button", name="New session…")
    expect(inside).to_be_visible()
    case.keyboard.press("Escape")
    expect(inside).to_be_hidden()


def test_escape_still_puts_the_measuring_tool_away(case: Page) -> None:
    case.keyboard.press("d")
    tool = case.get_by_role("button", name="Distance")
    expect(tool).to_have_attribute("aria-pressed", "true")
    case.keyboard.press("Escape")
    expect(tool).to_have_attribute("aria-pressed", "false")


def test_left_and_right_go_along_choices_in_a_row_and_up_and_down_stay_the_pictures(
    case: Page,
) -> None:
    choices = case.get_by_role("radiogroup", name="Beside").get_by_role("radio")
    choices.first.press("ArrowRight")
    expect(choices.nth(1)).to_be_focused()
    expect_slice(case, seeding.BLEED_SLICE + 1)
    case.keyboard.press("ArrowDown")
    expect_slice(case, seeding.BLEED_SLICE + 2)
    expect(choices.nth(1)).to_be_focused()


def test_the_wheel_over_the_thumbnails_scrolls_the_slices(case: Page) -> None:
    case.get_by_role("button", name=re.compile("^14 ·")).hover()
    case.mouse.wheel(0, 100)
    expect_slice(case, seeding.BLEED_SLICE + 2)


def test_what_was_measured_at_the_edge_is_not_cut_off(case: Page) -> None:
    case.evaluate(NOTE_WORDS)
    case.keyboard.press("d")
    point_at(case, 0.9, 0.4)
    case.mouse.down()
    point_at(case, 0.98, 0.5)
    case.mouse.up()
    expect(picture(case)).to_have_attribute("data-measures", re.compile("mm"))
    told = written(case, "mm")
    assert min(each["start"] for each in told) > 0
    assert max(each["end"] - each["clientWidth"] for each in told) <= 0
    assert min(each["y"] / each["clientHeight"] for each in told[-1:]) > 0.5  # it covers nothing


def test_a_long_name_on_a_narrow_picture_is_not_written_over_the_slice_number(
    server: Server, page: Page
) -> None:
    name = "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine"
    # in one, else the dashboard's own worker might claim it first
    with Store.open(server.data_dir) as store, store.batch():
        seeding.screened(store, "1.2.9", 0.91, replace(seeding.PATIENT, patient_name=name))
    page.goto(server.page("case?study=1.2.9"))
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.evaluate(NOTE_WORDS)
    page.keyboard.press("p")
    expect(page.get_by_role("img", name="Coronal plane")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect_slice(page, seeding.BLEED_SLICE + 2)
    name_told, slice_told = (
        written(page, part)[-1] for part in ("Wolfe", f"slice {seeding.BLEED_SLICE + 2} of")
    )
    assert name_told["text"].endswith("…")
    assert name_told["end"] < slice_told["start"]


def test_all_keys_are_on_the_smallest_screen_without_scrolling(case: Page) -> None:
    case.keyboard.press("?")
    sheet = case.get_by_role("dialog", name="Keys and mouse")
    expect(sheet).to_contain_text("whole slice again")
    is_whole = "e => e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth"
    assert sheet.evaluate(is_whole)


def test_a_study_of_another_year_says_which(seeded: Server, page: Page) -> None:
    page.goto(seeded.page())
    expect(page.locator("tbody tr").first).to_contain_text("1 Jan 2019")


def test_the_room_shows_nothing_of_the_list_that_it_follows_on(seeded: Server, page: Page) -> None:
    with Store.open(seeded.data_dir) as store:
        held = store.sessions.create("Tuesday", "chair", "chair", seeding.NOW)
        store.session_cases.add(held.session_id, (STUDY,), "chair", seeding.NOW)
    page.goto(seeded.page(f"sessions?session={held.session_id}"))
    expect_name(page)
    listed = page.locator(".st-key-session-page")
    expect(listed).to_contain_text("Tuesday")
    expect(page.get_by_role("button", name="Present", exact=True)).to_be_visible()
    # as a slow browser still holds it, while the room is drawn
    page.evaluate("""() => {
        const left = document.createElement("p");
        Object.assign(left, { id: "left", className: "st-key-session-page", textContent: "Doe" });
        document.body.append(left);
    }""")
    expect(page.locator("#left")).to_be_visible()
    page.get_by_role("button", name="Present", exact=True).first.click()
    expect(page.get_by_text("identity hidden")).to_be_visible()
    expect(page.locator("#left")).to_be_hidden()
