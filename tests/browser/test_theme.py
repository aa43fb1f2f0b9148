"""Dark on a first visit whatever the system says, and one choice of theme for all pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Server, serving, working

DARK, LIGHT = "rgb(15, 20, 24)", "rgb(251, 252, 253)"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("themed") / "data"
    with working(data_dir), serving(data_dir) as running:
        yield running


@pytest.fixture
def office(browser: Browser) -> Iterator[Page]:
    """A first visit from a system that prefers light."""
    context = browser.new_context(color_scheme="light")
    yield context.new_page()
    context.close()


def expect_background(page: Page, color: str) -> None:
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", color)


def test_a_first_visit_is_dark_and_a_choice_holds_on_every_page(
    ready: Server, office: Page
) -> None:
    for path in ("", "teaching", ""):
        office.goto(ready.page(path))
        expect_background(office, DARK)
    office.get_by_test_id("stMainMenu").click()
    office.get_by_test_id("stMainMenuItem-theme-Light").click()
    expect_background(office, LIGHT)
    office.goto(ready.page("case"))
    expect_background(office, LIGHT)


def test_the_menu_offers_nothing_of_a_developer(ready: Server, office: Page) -> None:
    office.goto(ready.page())
    expect_background(office, DARK)
    office.get_by_test_id("stMainMenu").click()
    expect(office.get_by_test_id("stMainMenuItem-print")).to_be_visible()
    expect(office.get_by_text("Record screen")).to_be_hidden()
    expect(office.get_by_text("Deploy")).to_have_count(0)
