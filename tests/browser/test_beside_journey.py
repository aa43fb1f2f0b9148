"""A second stack beside the image, in a real browser: by position, together and alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from ichdash.store import Store
from tests.browser.conftest import Server
from tests.browser.image import NOTE_WORDS, expect_slice, picture, point_at
from tests.web import seeding

NOW_STUDY, EARLIER = "1.2.8", "1.2.9"
LIFTED = 4  # slices of air above the head, in the earlier study alone


@pytest.fixture(scope="module")
def seeded(server: Server) -> Server:
    lifted = seeding.head_volume(EARLIER)
    hu = np.roll(lifted.hu, -LIFTED, axis=0)
    hu[-LIFTED:] = -1000
    positions = lifted.positions_mm + 1000.0  # the table stood elsewhere
    with Store.open(server.data_dir) as store:
        seeding.screened(
            store, EARLIER, 0.12, volume=replace(lifted, hu=hu, positions_mm=positions)
        )
        seeding.screened(store, NOW_STUDY, 0.91)
    return server


@pytest.fixture
def second(seeded: Server, page: Page) -> Locator:
    """The second picture, with the earlier study in it."""
    page.goto(seeded.page(f"case?study={NOW_STUDY}"))
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.get_by_role("radio", name=re.compile("^study of")).click()
    found = page.locator("canvas.beside")
    expect(found).to_have_attribute("data-ready", re.compile("media"))
    return found


def expect_beside(second: Locator, number: int) -> None:
    expect(second).to_have_attribute("data-slice", str(number))


def test_an_earlier_study_lies_beside_at_the_same_height_of_the_head(
    page: Page, second: Locator, screenshot: Callable[[str], None]
) -> None:
    expect_slice(page, seeding.BLEED_SLICE + 1)
    expect_beside(second, seeding.BLEED_SLICE + 1 - LIFTED)
    screenshot("beside")


def test_both_scroll_together_from_either_picture(page: Page, second: Locator) -> None:
    point_at(page, 0.5, 0.5)
    page.mouse.wheel(0, 100)
    expect_beside(second, seeding.BLEED_SLICE + 2 - LIFTED)
    second.hover()
    page.mouse.wheel(0, -100)
    expect_slice(page, seeding.BLEED_SLICE + 1)
    page.keyboard.press("2")
    expect(picture(page)).to_have_attribute("data-window", "subdural")


def test_alone_each_keeps_its_slice_and_linked_again_the_new_distance(
    page: Page, second: Locator
) -> None:
    page.keyboard.press("l")
    second.hover()
    page.mouse.wheel(0, 100)
    expect_beside(second, seeding.BLEED_SLICE + 2 - LIFTED)
    expect_slice(page, seeding.BLEED_SLICE + 1)
    page.keyboard.press("l")
    page.keyboard.press("ArrowDown")
    expect_slice(page, seeding.BLEED_SLICE + 2)
    expect_beside(second, seeding.BLEED_SLICE + 3 - LIFTED)


def test_a_second_click_takes_it_away_again(page: Page, second: Locator) -> None:
    page.get_by_role("radio", name=re.compile("^study of")).click()
    expect(second).to_be_hidden()
    expect_slice(page, seeding.BLEED_SLICE + 1)


def wait_for_words_beside(page: Page, fits: str) -> None:
    """Wait until what was last written on the second picture, which is drawn last, fits."""
    page.wait_for_function(
        f"""() => {{
            const told = globalThis.written.map(({{ text }}) => text);
            const start = told.findLastIndex((text) => text.startsWith("study of"));
            const words = told.slice(start).join();
            return start >= 0 && {fits};
        }}"""
    )


def test_hidden_identity_leaves_the_second_picture_too(page: Page, second: Locator) -> None:
    page.evaluate(NOTE_WORDS)
    page.keyboard.press("2")
    wait_for_words_beside(page, "words.includes('Doe')")
    page.get_by_text("Hide identity").click()
    wait_for_words_beside(page, "!/Doe|00231|A10231/.test(words)")
