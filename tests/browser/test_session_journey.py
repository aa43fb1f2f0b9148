"""A case review session in two browsers at once: one presents blind, the other follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from ichdash.store import SessionRow, Store
from ichdash.web.sessions.relay import PATH
from tests.browser.conftest import NetworkWatch, Server, expect_name, fresh_context, use_theme
from tests.browser.image import centre_moved, expect_slice, picture, picture_scale, point_at
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
    expect_name(page)
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


def test_a_tab_keeps_the_name_without_which_nobody_presents(
    seeded: Server, session: SessionRow, browser: Browser, network: NetworkWatch
) -> None:
    with fresh_context(browser, network, name="") as context:
        page = context.new_page()
        page.goto(seeded.page(f"sessions?session={session.session_id}"))
        present = page.get_by_role("button", name="Present", exact=True)
        present.click()
        expect(page.get_by_text("No name is given, so nothing was kept.")).to_be_visible()
        page.get_by_role("textbox", name="Reader").fill("Ann")
        page.get_by_role("textbox", name="Reader").press("Enter")
        page.wait_for_function("sessionStorage.getItem('ichdash-reader') === 'Ann'")
        page.reload()
        expect_name(page, "Ann")
        present.click()
        expect(page.get_by_text("You present")).to_be_visible()


def enter(seeded: Server, session: SessionRow, page: Page, follower: Page) -> None:
    """The page presents, the other browser follows; both show the case."""
    room = seeded.page(f"sessions?session={session.session_id}&view=present")
    page.goto(room)
    expect_name(page)
    page.get_by_role("button", name="Present from here").click()
    expect(page.get_by_text("You present")).to_be_visible()
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    follower.goto(room)
    expect(follower.get_by_text("Following reader 1")).to_be_visible()
    expect(picture(follower)).to_have_attribute("data-ready", SHOWN)


def test_moves_come_from_browser_to_browser_with_zoom_place_and_the_revealed_heatmap(
    seeded: Server, session: SessionRow, page: Page, follower: Page
) -> None:
    heard: list[str] = []
    follower.on(
        "websocket",
        lambda ws: (
            PATH in ws.url and ws.on("framereceived", lambda frame: heard.append(str(frame)))
        ),
    )
    enter(seeded, session, page, follower)
    follower.set_viewport_size({"width": 900, "height": 700})
    page.keyboard.press("h")
    bring_the_bleed_to_the_middle(page)
    zoom = picture(page).get_attribute("data-zoom") or ""
    point_at(follower, 0.5, 0.5)
    expect(picture(follower)).to_have_attribute("data-zoom", zoom)
    expect(picture(follower)).to_have_attribute("data-top", "R")
    expect(picture(follower)).to_have_attribute("data-hu", "70")
    expect(picture(follower)).to_have_attribute("data-heat", "off")
    assert any("moved" in frame for frame in heard)
    assert not any("Doe" in frame or FIRST in frame for frame in heard)

    page.keyboard.press("s")
    expect(follower.get_by_text("◆ flagged")).to_be_visible()
    expect(page.get_by_text("◆ flagged")).to_be_visible()
    page.keyboard.press("h")
    expect(picture(page)).to_have_attribute("data-heat", "on")
    expect(picture(follower)).to_have_attribute("data-heat", "on")
    late = follower.context.new_page()
    late.goto(follower.url)
    expect(picture(late)).to_have_attribute("data-zoom", zoom)
    expect(picture(late)).to_have_attribute("data-heat", "on")


def bring_the_bleed_to_the_middle(page: Page) -> None:
    """Turn by a quarter, so that the patient's left is below; move up; zoom in."""
    page.keyboard.press("o")
    point_at(page, 0.5, 0.5)
    for _ in range(3):
        page.mouse.wheel(0, 100)
    expect_slice(page, seeding.BLEED_SLICE + 1)
    page.mouse.down(button="middle")
    page.mouse.move(*centre_moved(page, 0, -18 * picture_scale(page)))
    page.mouse.up(button="middle")
    point_at(page, 0.5, 0.5)
    page.keyboard.down("Control")
    for _ in range(6):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(picture(page)).to_have_attribute("data-hu", "70")
    expect(picture(page)).not_to_have_attribute("data-zoom", "1.0")


def test_what_is_measured_in_the_room_is_seen_by_all_and_kept_with_the_study(
    seeded: Server, session: SessionRow, page: Page, follower: Page
) -> None:
    enter(seeded, session, page, follower)
    page.keyboard.press("d")
    for across in (0, 10):
        page.mouse.click(*centre_moved(page, across * picture_scale(page), 0))
    expect(picture(page)).to_have_attribute("data-measures", "20.0 mm")
    expect(picture(follower)).to_have_attribute("data-measures", "20.0 mm")
    follower.goto(seeded.page(f"case?study={FIRST}"))
    expect(picture(follower)).to_have_attribute("data-ready", SHOWN)
    point_at(follower, 0.5, 0.5)
    follower.keyboard.press("Home")
    for _ in range(MIDDLE - 1):
        follower.keyboard.press("ArrowDown")
    expect_slice(follower, MIDDLE)
    expect(picture(follower)).to_have_attribute("data-measures", "20.0 mm")


def test_without_the_relay_moves_go_through_the_pages_and_it_is_tried_again(
    seeded: Server, session: SessionRow, page: Page, follower: Page
) -> None:
    tried: list[str] = []
    for each in (page, follower):
        each.route_web_socket(re.compile(PATH), lambda ws: (tried.append(ws.url), ws.close()))
    enter(seeded, session, page, follower)
    point_at(page, 0.5, 0.5)
    page.mouse.wheel(0, 100)
    expect_slice(page, MIDDLE + 1)
    expect_slice(follower, MIDDLE + 1)
    assert len(tried) > 2


def test_a_presenter_who_loads_the_page_again_keeps_the_seat(
    seeded: Server, session: SessionRow, page: Page, follower: Page
) -> None:
    enter(seeded, session, page, follower)
    page.reload()
    expect(page.get_by_text("You present")).to_be_visible()
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    point_at(page, 0.5, 0.5)
    page.mouse.wheel(0, 100)
    expect_slice(follower, MIDDLE + 1)

    follower.get_by_role("button", name="Present from here").click()
    expect(follower.get_by_text("You present")).to_be_visible()
    expect(page.get_by_text("Following reader 1")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Following reader 1")).to_be_visible()
    expect(follower.get_by_text("You present")).to_be_visible()


def test_cases_are_put_in_order_by_dragging_and_by_keys_and_taken_out_and_back(
    seeded: Server, session: SessionRow, page: Page, screenshot: Callable[[str, str], None]
) -> None:
    page.goto(seeded.page(f"sessions?session={session.session_id}"))
    expect_name(page)
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


def test_a_refused_note_is_kept_once_there_is_a_name_and_is_sent_again_as_it_is(
    seeded: Server, session: SessionRow, browser: Browser, network: NetworkWatch
) -> None:
    with fresh_context(browser, network, name="") as context:
        page = context.new_page()
        page.goto(seeded.page(f"sessions?session={session.session_id}"))
        note = page.get_by_label("Note of case 1")
        note.fill("fell")
        note.press("Enter")
        expect(page.get_by_text("Noted, but not kept yet")).to_be_visible()
        page.reload()
        expect(note).to_have_value("fell")
        expect(page.get_by_text("Noted, but not kept yet")).to_be_visible()
        name = page.get_by_role("textbox", name="Reader", exact=True)
        name.fill("Ann")
        name.press("Enter")
        expect(page.get_by_text("Noted, but not kept yet")).to_have_count(0)
        with Store.open(seeded.data_dir) as store:
            assert noted(store, session) == ("fell", "Ann")
            store.sessions.close(session.session_id, "chair", seeding.NOW)
        note.fill("fell twice")
        note.press("Enter")
        page.get_by_role("button", name="Reopen").click()
        expect(note).to_be_enabled()
        expect(note).to_have_value("fell twice")
        note.press("Enter")
        expect(note).to_have_attribute("data-was", "fell twice")
        with Store.open(seeded.data_dir) as store:
            assert noted(store, session) == ("fell twice", "Ann")


def noted(store: Store, session: SessionRow) -> tuple[str, str]:
    first = store.session_cases.of(session.session_id)[0]
    return first.note, first.noted_by


def test_a_finger_drags_a_case_by_its_handle(
    seeded: Server, session: SessionRow, browser: Browser, network: NetworkWatch
) -> None:
    with fresh_context(browser, network, has_touch=True) as context:
        page = context.new_page()
        page.goto(seeded.page(f"sessions?session={session.session_id}"))
        lines = page.locator(".cases li")
        expect(lines).to_have_count(2)
        x, start, end = handle_heights(page)
        finger = context.new_cdp_session(page)
        for kind, at in (("Start", start), ("Move", (start + end) / 2), ("Move", end)):
            touch = {"type": f"touch{kind}", "touchPoints": [{"x": x, "y": at}]}
            finger.send("Input.dispatchTouchEvent", touch)
        expect(page.locator("li.target .who")).to_contain_text("Doe, Jane")
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        expect(lines.nth(0).locator(".who")).to_contain_text("Roe, Ann")
        expect(lines.nth(0).locator(".number")).to_have_text("1")
        expect(page.locator("li.dragged, li.target")).to_have_count(0)
        assert order(seeded, session) == [SECOND, FIRST]


def handle_heights(page: Page) -> tuple[float, float, float]:
    """Where the second case's handle is, and a height above the middle of the first case."""
    first, second = (page.locator(".cases .handle").nth(at).bounding_box() for at in (0, 1))
    assert first is not None and second is not None
    x, start = second["x"] + second["width"] / 2, second["y"] + second["height"] / 2
    return x, start, first["y"] + 2


def test_studies_chosen_on_the_worklist_are_put_into_a_new_session(
    seeded: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    page.goto(seeded.page())
    expect_name(page)
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
