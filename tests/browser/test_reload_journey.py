"""A page that is loaded again before it was told of what was measured: the tab keeps that and tells
it once more."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from ichdash.store import Store
from tests.browser.conftest import NAME, Server
from tests.browser.image import drag_pixels, expect_measures, kept, picture
from tests.web import seeding

CUT = "WebSocket.prototype.send = () => {}"  # until the page is loaded again
HAS_HEARD = "!Object.keys(sessionStorage).some(key => key.startsWith('ichdash-unkept'))"
LINES = {"20.0 mm": ((0, 10), (6, 18)), "40.0 mm": ((-10, 0), (10, 0))}


def open_case(server: Server, page: Page, study_uid: str) -> None:
    with Store.open(server.data_dir) as store:
        seeding.screened(store, study_uid, 0.91)
    page.goto(server.page(f"case?study={study_uid}"))
    expect(page.get_by_text("Make a teaching file")).to_be_visible()  # the page runs no more
    page.keyboard.press("d")


def load_again(page: Page) -> None:
    page.reload()
    expect(picture(page)).to_have_attribute("data-ready", re.compile("media"))
    page.wait_for_function(HAS_HEARD)


def test_what_was_measured_in_the_instant_before_is_kept_once(server: Server, page: Page) -> None:
    open_case(server, page, "1.2.1")
    page.evaluate(CUT)
    drag_pixels(page, *LINES["20.0 mm"])
    expect_measures(page, "20.0 mm")
    for _ in range(2):
        load_again(page)
        expect_measures(page, "20.0 mm")
        kept(page, server.data_dir, "1.2.1", 1)


def test_what_was_removed_in_the_instant_before_does_not_come_back(
    server: Server, page: Page
) -> None:
    open_case(server, page, "1.2.2")
    drag_pixels(page, *LINES["20.0 mm"])
    kept(page, server.data_dir, "1.2.2", 1)
    page.evaluate(CUT)
    drag_pixels(page, *LINES["40.0 mm"])
    page.keyboard.press("Delete")
    page.keyboard.press("Delete")
    for _ in range(2):
        load_again(page)
        expect_measures(page)
        kept(page, server.data_dir, "1.2.2", 0)


@pytest.mark.parametrize("told", [False, True])
def test_what_was_measured_belongs_to_the_name_then(
    server: Server, page: Page, *, told: bool
) -> None:
    study_uid = f"1.2.3.{int(told)}"
    open_case(server, page, study_uid)
    page.evaluate("" if told else CUT)
    drag_pixels(page, *LINES["20.0 mm"])
    page.evaluate("sessionStorage.setItem('ichdash-reader', 'reader 2')")
    load_again(page)
    expect_measures(page, f"20.0 mm · {NAME}")
    (found,) = kept(page, server.data_dir, study_uid, 1)
    assert found.reader == NAME
