"""A page that runs again: what stands on it does not grey meanwhile, however long it takes."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ichdash.store import Store
from tests.browser.conftest import Server
from tests.browser.image import picture
from tests.web import seeding

STUDY = "1.2.1"
BEGINNING = ("new_session", "session_status_changed")  # by which the server tells that a page runs
FADES = """element => document.getAnimations().some(each =>
    each.transitionProperty === "opacity" && each.effect.target.contains(element))"""


@pytest.fixture
def stuck_case(server: Server, page: Page) -> Page:
    """A case page that begins to run again, and hears no more of it."""
    with Store.open(server.data_dir) as store:
        seeding.screened(store, STUDY, 0.91)
    is_stuck = threading.Event()

    def between(browser: WebSocketRoute) -> None:
        upstream = browser.connect_to_server()
        browser.on_message(upstream.send)
        upstream.on_message(lambda told: browser.send(told) if is_heard(told) else None)

    def is_heard(told: str | bytes) -> bool:
        if not is_stuck.is_set() or isinstance(told, str):
            return True
        return ForwardMsg.FromString(told).WhichOneof("type") in BEGINNING

    page.route_web_socket("**/_stcore/stream", between)
    page.goto(server.page(f"case?study={STUDY}"))
    expect(picture(page)).to_have_attribute("data-slice", str(seeding.BLEED_SLICE + 1))
    expect(page.get_by_text("Make a teaching file")).to_be_visible()
    is_stuck.set()
    page.get_by_text("Hide identity").click()
    return page


def test_neither_image_nor_review_greys_while_the_page_runs_again(stuck_case: Page) -> None:
    expect(stuck_case.locator(".st-key-viewer")).to_have_attribute("data-stale", "true")
    agree = stuck_case.get_by_role("button", name="Agree", exact=True)
    assert not stuck_case.locator(".st-key-viewer").evaluate(FADES)
    assert not agree.evaluate(FADES)
