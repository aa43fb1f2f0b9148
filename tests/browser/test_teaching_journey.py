"""A learner goes through a quiz in a real browser: mark, submit, reveal, own page."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from ichdash.store import Store
from tests.browser.conftest import Server
from tests.browser.image import picture, point_at
from tests.web import seeding
from tests.web.test_teaching_page import NOW, add_file


def test_a_learner_marks_submits_and_sees_the_truth(
    server: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    with Store.open(server.data_dir) as store:
        quiz_id = store.quizzes.add("Ward round", [add_file(store)], "tutor", NOW)
    page.goto(server.page(f"teaching?quiz={quiz_id}"))
    middle = str(seeding.SLICES // 2 + 1)
    expect(picture(page)).to_have_attribute("data-slice", middle, timeout=60_000)
    page.get_by_role("slider", name="Slice", exact=True).fill(str(seeding.BLEED_SLICE + 1))
    expect(picture(page)).to_have_attribute("data-slice", str(seeding.BLEED_SLICE + 1))
    point_at(page, 0.56, 0.5)
    page.mouse.down()
    page.mouse.up()
    expect(picture(page)).to_have_attribute("data-spot", str(seeding.BLEED_SLICE + 1))
    page.get_by_role("button", name="subdural", exact=True).click()
    screenshot("teaching-reading")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_text("As the key has it")).to_be_visible()
    expect(page.get_by_text(re.compile("Your mark"))).to_be_visible()
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.get_by_role("slider", name="Slice", exact=True).fill(str(seeding.BLEED_SLICE + 1))
    screenshot("teaching-reveal")
    page.get_by_role("button", name="all quizzes").click()
    page.get_by_role("radio", name="My results").click()
    expect(page.get_by_text("1 answers")).to_be_visible()
    screenshot("teaching-results")
