"""A case review session in two browsers at once: one presents blind, the other follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from ichdash.store import SessionRow, Store
from tests.browser.conftest import NetworkWatch, Server, fresh_context, use_theme
from tests.browser.image import expect_slice, picture, point_at
from tests.web import seeding

FIRST, SECOND = "1.2.1", "1.2.2"
SHOWN = re.compile("media")
MIDDLE = seeding.SLICES // 2 + 1  # as people count


@pytest.fixture(scope="module")
def seeded(server: Server) -> Server:
    other = replace(seeding.PATIENT, patient_name="Roe, Ann", accession_number="A2")
    with Store.open(server.data_dir) as store:
        seeding.screened(store, FIRST, 0.91)
        seeding.screened(store, SECOND, 0.08, other)
        store.beat("a worker", datetime.now(UTC))
    return server


@pytest.fixture
def session(seeded: Server) -> SessionRow:
    """A session of both studies that nobody presents yet."""
    with Store.open(seeded.data_dir) as store:
        made = store.sessions.create("Tuesday", "chair", "chair", seeding.NOW)
        store.session_cases.add(made.session_id, (FIRST, SECOND), "chair", seeding.NOW)
        return store.sessions.session(made.session_id)


@pytest.fixture
def follower(browser: Browser, network: NetworkWatch) -> Iterator[Page]:
    with fresh_context(browser, network) as context:
        yield context.new_page()


def order(seeded: Server, session: SessionRow) -> list[str]:
    with Store.open(seeded.data_dir) as store:
        return [case.study_uid for case in store.session_cases.of(session.session_id)]


def test_a_follower_arrives_where_the_presenter_is_and_sees_the_reveal(
    seeded: Server,
    session: SessionRow,
    page: Page,
    follower: Page,
    screenshot: Callable[[str], None],
) -> None:
    page.goto(seeded.page(f"sessions?session={session.session_id}"))
    page.get_by_role("button", name="Present", exact=True).click()
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    expect_slice(page, MIDDLE)
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_text("identity hidden")).to_be_visible()

    follower.goto(seeded.page(f"sessions?session={session.session_id}&view=present"))
    expect(picture(follower)).to_have_attribute("data-ready", SHOWN)
    expect(follower.get_by_text("Following reader 1")).to_be_visible()
    point_at(page, 0.5, 0.5)
    for _ in range(4):
        page.mouse.wheel(0, 100)
    expect_slice(page, MIDDLE + 4)
    expect_slice(follower, MIDDLE + 4)
    page.keyboard.press("2")
    expect(picture(follower)).to_have_attribute("data-window", "subdural")
    expect(follower.locator(".thumbnail")).to_have_count(0)
    screenshot("session-blind")

    page.keyboard.press("s")
    expect(follower.locator(".thumbnail")).to_have_count(3)
    expect(follower.get_by_text("◆ flagged")).to_be_visible()
    expect_slice(follower, MIDDLE + 4)
    screenshot("session-revealed")

    follower.get_by_role("button", name="Look on my own").click()
    expect(follower.get_by_text("On your own")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_text("Case 2 of 2")).to_be_visible()
    expect(follower.get_by_text("Case 1 of 2")).to_be_visible()
    follower.get_by_role("button", name="Back to reader 1").click()
    expect(follower.get_by_text("Case 2 of 2")).to_be_visible()
    expect(follower.locator(".thumbnail")).to_have_count(0)


def test_cases_are_put_in_order_by_dragging_and_by_keys_and_taken_out_and_back(
    seeded: Server, session: SessionRow, page: Page, screenshot: Callable[[str, str], None]
) -> None:
    page.goto(seeded.page(f"sessions?session={session.session_id}"))
    lines = page.locator(".cases li")
    expect(lines).to_have_count(2)
    lines.nth(1).locator(".handle").drag_to(lines.nth(0).locator(".who a"))
    expect(lines.nth(0).locator(".who")).to_contain_text("Roe, Ann")
    expect(lines.nth(0).locator(".number")).to_have_text("1")
    assert order(seeded, session) == [SECOND, FIRST]
    lines.nth(0).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(lines.nth(1).locator(".who")).to_contain_text("Roe, Ann")
    expect(lines.nth(1).locator(".number")).to_have_text("2")
    assert order(seeded, session) == [FIRST, SECOND]
    note = page.get_by_label("Note of case 1")
    note.fill("fell from a ladder")
    note.press("Enter")
    lines.nth(1).get_by_role("button", name="Take out").click()
    expect(lines).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(lines).to_have_count(2)
    expect(page.get_by_label("Note of case 1")).to_have_value("fell from a ladder")
    screenshot("session-list", "dark")
    use_theme(page, "Light")
    expect(lines).to_have_count(2)
    screenshot("session-list", "light")


def test_studies_chosen_on_the_worklist_are_put_into_a_new_session(
    seeded: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    page.goto(seeded.page())
    page.get_by_role("button", name="Select").click()
    rows = page.locator("tr[data-uid]")
    rows.nth(0).click()
    rows.nth(1).click()
    screenshot("session-select")
    page.get_by_role("button", name="Add 2 to session…").click()
    expect(page.get_by_text("2 studies chosen.")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("From the worklist")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".cases li")).to_have_count(2)
    expect(page.get_by_text("Added to “From the worklist”: 2 studies.")).to_be_visible()
