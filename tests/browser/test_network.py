"""No page reaches outside the host: fonts, scripts, icons and telemetry included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ichdash.store import Store
from tests import samples
from tests.browser.conftest import NetworkWatch, Server, serving, working

PAGES = ("", "upload", "case?study=1.2.1", "case?study=9.9", "case", "model")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir = tmp_path_factory.mktemp("watched") / "data"
    with Store.open(data_dir) as store:
        samples.settled(store, "1.2.1", 0.91)
    with working(data_dir), serving(data_dir) as running:
        yield running


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_but_its_own_host(
    seeded: Server, page: Page, network: NetworkWatch, path: str
) -> None:
    page.goto(seeded.page(path))
    expect(page.get_by_test_id("stTopNavLink").first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_test_id("stMainMenu").click()
    page.wait_for_load_state("networkidle")
    assert any(url.startswith("ws://127.0.0.1") for url in network.seen)
    assert network.outside == []


def test_the_watch_sees_a_request_that_leaves_the_host(
    seeded: Server, page: Page, network: NetworkWatch
) -> None:
    page.goto(seeded.page())
    page.evaluate("fetch('https://fonts.example/a.woff2').catch(() => {})")
    assert network.outside == ["https://fonts.example/a.woff2"]
    network.outside.clear()
