"""The case page in a real browser: scroll, heatmap, slice scores, review, and who else sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from ichdash.store import Store
from tests.browser.conftest import NetworkWatch, Server, expect_name, fresh_context
from tests.browser.image import (
    HALF_AT_FIRST,
    centre_moved,
    click_pixel,
    corner_pixels,
    drag_pixels,
    expect_measures,
    expect_pixels,
    expect_slice,
    is_colored,
    kept,
    note_volume,
    picture,
    picture_scale,
    pixels,
    point_at,
    point_at_pixel,
    send_rest,
)
from tests.samples import stored
from tests.web import seeding

FLAGGED, QUIET, BROKEN = "1.2.1", "1.2.2", "1.2.3"
AXIS_PX = 14  # of the slice scores, below the bars
AMBER = [0xF2, 0xA3, 0x3A]
MISSING = "Series 2: slice spacing jumps from 5.0 to 15.0 mm after slice 17. Not screened."
SHOWN = re.compile("media")
START = seeding.BLEED_SLICE + 1  # the slice with most evidence, as people count


@pytest.fixture(scope="module")
def seeded(server: Server) -> Server:
    quiet = replace(seeding.PATIENT, patient_name="Roe, Ann", accession_number="A2")
    with Store.open(server.data_dir) as store:
        seeding.screened(store, FLAGGED, 0.91)
        seeding.screened(store, QUIET, 0.08, quiet)
        seeding.not_screened(store, BROKEN, MISSING)
    return server


@pytest.fixture
def case(seeded: Server, page: Page) -> Page:
    """The page of the flagged study with its image drawn, and nothing measured on it."""
    with Store.open(seeded.data_dir) as store:
        for each in store.measurements.of(FLAGGED, f"{FLAGGED}.1", seeding.SLICES):
            store.measurements.remove(FLAGGED, each.measure_id, "nobody", seeding.NOW)
    page.goto(seeded.page(f"case?study={FLAGGED}"))
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    expect_name(page)
    return page


@pytest.fixture
def second_page(browser: Browser, network: NetworkWatch) -> Iterator[Page]:
    with fresh_context(browser, network) as context:
        yield context.new_page()


def test_the_case_opens_at_the_slice_with_most_evidence(case: Page) -> None:
    expect_slice(case, START)
    case.wait_for_function("performance.getEntriesByName('ichdash-settled').length === 1")
    expect(picture(case)).to_have_attribute(
        "aria-label", f"CT slice {START} of {seeding.SLICES}, brain window"
    )


def test_wheel_keys_drag_and_scroll_bar_move_the_slices(case: Page) -> None:
    point_at(case, 0.5, 0.5)
    case.mouse.wheel(0, 100)
    expect_slice(case, START + 1)
    case.keyboard.press("ArrowUp")
    case.keyboard.press("ArrowUp")
    expect_slice(case, START - 1)
    case.keyboard.press("Home")
    expect_slice(case, 1)
    case.keyboard.press("PageDown")
    expect_slice(case, 6)
    case.keyboard.press("End")
    expect_slice(case, seeding.SLICES)
    case.mouse.down()
    case.mouse.move(*centre_moved(case, 0, -40), steps=4)
    case.mouse.up()
    expect_slice(case, seeding.SLICES - 5)
    case.get_by_role("slider", name="Slice", exact=True).fill("3")
    expect_slice(case, 3)


def test_the_windows_are_on_keys_and_still_so_after_a_window_was_dragged(case: Page) -> None:
    case.keyboard.press("2")
    expect(picture(case)).to_have_attribute("data-window", "subdural")
    point_at(case, 0.5, 0.5)
    case.mouse.down(button="right")
    case.mouse.move(*centre_moved(case, 60, 10), steps=4)
    case.mouse.up(button="right")
    expect(picture(case)).to_have_attribute("data-window", "own")
    case.keyboard.press("4")
    expect(picture(case)).to_have_attribute("data-window", "bone")
    case.keyboard.press("5")
    expect(picture(case)).to_have_attribute("data-window", "own")
    case.keyboard.press("r")
    expect(picture(case)).to_have_attribute("data-window", "brain")


def touch(screen: CDPSession, kind: str, *fingers: tuple[float, float]) -> None:
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
    screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_one_finger_scrolls_and_two_zoom(case: Page) -> None:
    at = [centre_moved(case, 0, dy) for dy in (0, -16, -40, 40)]
    screen = case.context.new_cdp_session(case)
    touch(screen, "touchStart", at[0])
    touch(screen, "touchMove", at[1])
    touch(screen, "touchEnd")
    expect_slice(case, START - 2)
    touch(screen, "touchStart", at[0])
    touch(screen, "touchStart", at[0], at[3])
    touch(screen, "touchMove", at[2], at[3])
    touch(screen, "touchEnd")
    expect(picture(case)).to_have_attribute("data-zoom", "2.0")
    expect_slice(case, START - 2)


def test_a_pinch_or_a_touch_broken_off_sets_no_end_of_a_distance(case: Page) -> None:
    near, far, left, right = (centre_moved(case, dx, 0) for dx in (-40, -80, 40, 80))
    screen = case.context.new_cdp_session(case)
    case.keyboard.press("d")
    for zoom, ends in (("2.0", "one end"), ("4.0", "the other end")):
        touch(screen, "touchStart", near)
        touch(screen, "touchStart", near, left)
        touch(screen, "touchMove", far, left)
        touch(screen, "touchMove", far, right)
        touch(screen, "touchEnd")
        expect(picture(case)).to_have_attribute("data-zoom", zoom)
        touch(screen, "touchStart", left)
        touch(screen, "touchCancel")
        expect(picture(case)).to_have_attribute("data-next", f"distance: {ends}")
        expect_measures(case)
        touch(screen, "touchStart", right)  # a tap
        touch(screen, "touchEnd")


def test_the_first_slice_is_shown_while_the_others_still_arrive(seeded: Server, page: Page) -> None:
    page.add_init_script(HALF_AT_FIRST)
    page.goto(seeded.page(f"case?study={FLAGGED}"))
    expect_slice(page, START)
    page.keyboard.press("Home")
    expect(page.get_by_text(re.compile(r"^Loading slice 1 of 20; \d+ are here"))).to_be_visible()
    expect(page.get_by_role("slider", name="Slice", exact=True)).to_have_value("1")
    send_rest(page)
    expect_slice(page, 1)
    expect(page.get_by_text("Loading")).to_be_hidden()
    expect(page.locator(".thumbnail").first).to_be_visible()


def point_at_bleed(page: Page, across: int, down: int) -> None:
    """Point at where the bleed, left of the middle, lies: in its distances from the middle."""
    off = 18 * picture_scale(page)
    page.mouse.move(*centre_moved(page, across * off, down * off))


def expect_sides(page: Page, left: str, top: str) -> None:
    expect(picture(page)).to_have_attribute("data-left", left)
    expect(picture(page)).to_have_attribute("data-top", top)


def test_turned_and_mirrored_the_side_letters_and_values_follow(case: Page) -> None:
    expect_sides(case, "R", "A")
    case.keyboard.press("o")
    expect_sides(case, "P", "R")
    point_at_bleed(case, 0, 1)
    expect(picture(case)).to_have_attribute("data-hu", "70")
    case.get_by_role("button", name="Mirror").click()
    expect_sides(case, "A", "R")
    point_at_bleed(case, 0, 1)
    expect(picture(case)).to_have_attribute("data-hu", "70")
    case.keyboard.press("o")
    expect_sides(case, "L", "A")
    point_at_bleed(case, -1, 0)
    expect(picture(case)).to_have_attribute("data-hu", "70")
    case.get_by_role("button", name="Reset").click()
    expect_sides(case, "R", "A")


def test_a_distance_is_in_millimetres_and_goes_when_it_is_deleted(case: Page) -> None:
    case.keyboard.press("d")
    expect(case.get_by_role("button", name="Distance")).to_have_attribute("aria-pressed", "true")
    drag_pixels(case, (0, 0), (15, 20))  # of 2 mm each
    expect_measures(case, "50.0 mm")
    case.keyboard.press("o")  # turned, it is as long as before
    expect_measures(case, "50.0 mm")
    case.keyboard.press("ArrowUp")
    expect_measures(case)
    case.keyboard.press("ArrowDown")
    case.keyboard.press("Delete")
    expect_measures(case)


def test_a_distance_lies_on_one_slice_and_a_double_click_is_none(case: Page) -> None:
    case.keyboard.press("d")
    click_pixel(case, 0, 0)
    case.keyboard.press("ArrowUp")
    click_pixel(case, 10, 0)  # another slice: begun anew
    click_pixel(case, 10, 0)
    expect_measures(case, "0.0 mm")  # one end, and the pointer on it
    click_pixel(case, 20, 0)
    expect_measures(case, "20.0 mm")
    case.keyboard.press("ArrowDown")
    expect_measures(case)


def test_a_drag_whose_slice_changes_measures_nothing(case: Page) -> None:
    case.keyboard.press("d")
    point_at_pixel(case, 0, 0)
    case.mouse.down()
    case.mouse.wheel(0, 100)
    expect_slice(case, START + 1)
    point_at_pixel(case, 15, 20)
    case.mouse.up()
    case.mouse.wheel(0, -100)
    expect_slice(case, START)
    assert picture(case).get_attribute("data-measures") == ""


def test_an_angle_is_measured_by_three_clicks(case: Page) -> None:
    case.get_by_role("button", name="Angle").click()
    for place in ((20, 0), (0, 0), (20, -20)):
        click_pixel(case, *place)
    expect_measures(case, "45.0°")
    case.keyboard.press("Escape")
    expect(case.get_by_role("button", name="Angle")).to_have_attribute("aria-pressed", "false")


def test_a_region_tells_the_hu_in_it_and_its_area(case: Page) -> None:
    case.keyboard.press("e")
    drag_pixels(case, (14, -4), (22, 4))  # within the bleed of 70 HU
    expect_measures(case, "70.0 ± 0.0 HU (70 to 70), 2.01 cm²")
    drag_pixels(case, (-10, -8), (-2, 8))  # brain of 35 HU
    expect_measures(
        case, "70.0 ± 0.0 HU (70 to 70), 2.01 cm²", "35.0 ± 0.0 HU (35 to 35), 4.02 cm²"
    )


def test_what_was_measured_is_there_for_the_next_reader_until_it_is_removed(
    seeded: Server, page: Page, second_page: Page
) -> None:
    page.goto(seeded.page(f"case?study={QUIET}"))  # no other journey measures on it
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    page.keyboard.press("d")
    drag_pixels(page, (0, 10), (6, 18))
    expect_measures(page, "20.0 mm")
    page.reload()
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    expect_measures(page, "20.0 mm")
    second_page.goto(seeded.page(f"case?study={QUIET}"))
    expect(picture(second_page)).to_have_attribute("data-ready", SHOWN)
    second_page.get_by_role("textbox", name="Reader", exact=True).fill("reader 2")
    second_page.keyboard.press("Enter")
    expect_measures(second_page, "20.0 mm · reader 1")
    second_page.keyboard.press("d")  # Enter has left the field of the name
    expect(second_page.get_by_role("button", name="Distance")).to_have_attribute(
        "aria-pressed", "true"
    )
    drag_pixels(second_page, (0, 10), (12, 26))
    expect_measures(second_page, "20.0 mm · reader 1", "40.0 mm")
    for _ in range(2):  # another's stays
        second_page.keyboard.press("Delete")
    expect_measures(second_page, "20.0 mm · reader 1")
    kept(second_page, seeded.data_dir, QUIET, 1)
    page.keyboard.press("Delete")
    kept(page, seeded.data_dir, QUIET, 0)
    second_page.reload()
    expect(picture(second_page)).to_have_attribute("data-ready", SHOWN)
    expect_measures(second_page)


def test_another_study_has_none_of_the_measurements(case: Page) -> None:
    case.keyboard.press("d")
    drag_pixels(case, (0, 0), (10, 0))
    expect_measures(case, "20.0 mm")
    case.get_by_role("button", name="›", exact=True).click()
    expect(case.get_by_text(MISSING).first).to_be_visible()
    case.get_by_role("button", name="›", exact=True).click()
    expect(case.get_by_text("Roe, Ann").first).to_be_visible()
    expect(picture(case)).to_have_attribute("data-ready", SHOWN)
    expect_measures(case)
    expect(case.get_by_role("button", name="Distance")).to_have_attribute("aria-pressed", "false")


def test_inverted_the_brain_stays_and_bone_turns_black(case: Page) -> None:
    before = pixels(case)
    case.keyboard.press("i")
    expect(case.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    middle = len(before) // 8 * 4
    expect_pixels(case, lambda found: abs(found[middle] + before[middle] - 255) <= 1)
    case.keyboard.press("i")
    expect_pixels(case, lambda found: found == before)


def test_cine_goes_from_slice_to_slice_by_itself_until_it_is_stopped(case: Page) -> None:
    case.keyboard.press("End")
    case.keyboard.press("c")
    case.get_by_label("Slices a second").fill("30")
    expect_slice(case, 5)  # over the end to the first again
    case.get_by_role("button", name="Cine").click()
    expect(case.get_by_role("button", name="Cine")).to_have_attribute("aria-pressed", "false")
    stopped = picture(case).get_attribute("data-slice")
    case.evaluate("""async () => {
        for (let i = 0; i < 12; i++) await new Promise(requestAnimationFrame);
    }""")
    assert picture(case).get_attribute("data-slice") == stopped


def test_the_heatmap_is_of_another_finding_when_asked(case: Page) -> None:
    fetched: list[str] = []
    case.on("request", lambda request: note_volume(request, fetched))
    case.keyboard.press("g")  # switches it on first
    expect_pixels(case, is_colored)
    expect(picture(case)).to_have_attribute("data-heat-of", "hemorrhage")
    case.get_by_label("Heatmap of").select_option("epidural")  # of which there is no evidence
    expect(picture(case)).to_have_attribute("data-heat-of", "epidural")
    expect_pixels(case, lambda found: not is_colored(found))
    case.get_by_label("Heatmap of").select_option("subdural")
    expect_pixels(case, is_colored)
    assert len(fetched) == 1, "fetched when first asked for, together"
    case.keyboard.press("g")
    expect(picture(case)).to_have_attribute("data-heat-of", "epidural")
    case.keyboard.press("g")
    expect(picture(case)).to_have_attribute("data-heat-of", "hemorrhage")


HOLD_HEATMAPS = """() => {
    const whole = fetch;
    globalThis.fetch = (address, ...how) => {
        if (!String(address).endsWith(".bin")) return whole(address, ...how);
        return new Promise((_, fail) => {
            globalThis.failHeatmaps = () => {
                globalThis.fetch = whole;
                fail(new TypeError("Failed to fetch"));
            };
        });
    };
}"""


def test_no_heatmap_stands_under_the_name_of_one_that_does_not_come(case: Page) -> None:
    case.keyboard.press("h")
    expect_pixels(case, is_colored)
    case.evaluate(HOLD_HEATMAPS)
    choice, told = case.get_by_label("Heatmap of"), case.locator(".message")
    choice.select_option("epidural")
    expect(picture(case)).to_have_attribute("data-heat-of", "epidural")
    expect_pixels(case, lambda found: not is_colored(found))
    case.evaluate("failHeatmaps()")
    expect(picture(case)).to_have_attribute("data-heat-of", "hemorrhage")
    expect_pixels(case, is_colored)
    case.keyboard.press("ArrowDown")
    expect_slice(case, START + 1)
    expect(told).to_have_text("The heatmap of epidural did not arrive. Choose it again.")
    choice.select_option("epidural")
    expect(picture(case)).to_have_attribute("data-heat-of", "epidural")
    expect(told).to_be_hidden()


def test_the_heatmap_is_off_at_first_and_changes_the_picture_when_on(case: Page) -> None:
    expect(picture(case)).to_have_attribute("data-heat", "off")
    without = pixels(case)
    case.keyboard.press("h")
    expect(picture(case)).to_have_attribute("data-heat", "on")
    expect(case.get_by_role("button", name="Heatmap")).to_have_attribute("aria-pressed", "true")
    assert not is_colored(without)
    assert is_colored(pixels(case))
    case.get_by_label("Heatmap opacity").fill("20")
    expect(case.get_by_text("20 %")).to_be_visible()
    case.get_by_label("Heatmap opacity").fill("100")
    case.get_by_label("Heatmap threshold").fill("95")
    expect_pixels(case, lambda found: not is_colored(found))
    case.get_by_label("Heatmap threshold").fill("15")
    expect_pixels(case, is_colored)
    case.keyboard.press("h")
    expect(picture(case)).to_have_attribute("data-heat", "off")
    assert pixels(case) == without


def test_the_values_under_the_pointer_are_those_of_the_scanner(case: Page) -> None:
    side = seeding.SIDE * picture_scale(case)
    case.mouse.move(*centre_moved(case, side * 18 / seeding.SIDE, 0))
    expect(picture(case)).to_have_attribute("data-hu", "70")
    case.mouse.move(*centre_moved(case, -side * 18 / seeding.SIDE, 0))
    expect(picture(case)).to_have_attribute("data-hu", "35")
    case.mouse.move(*centre_moved(case, 0, side * 38.5 / seeding.SIDE))
    expect(picture(case)).to_have_attribute("data-hu", "1104")  # bone is told in steps of 8 HU
    point_at(case, 0.01, 0.5)
    expect(picture(case)).to_have_attribute("data-hu", "")


def test_zoom_and_pan_show_another_part_and_r_brings_all_back(case: Page) -> None:
    before = pixels(case)
    point_at(case, 0.6, 0.5)
    case.keyboard.down("Control")
    case.mouse.wheel(0, -100)
    case.keyboard.up("Control")
    expect_slice(case, START)
    expect_pixels(case, lambda found: found != before)
    case.mouse.down(button="middle")
    case.mouse.move(*centre_moved(case, 30, 30), steps=3)
    case.mouse.up(button="middle")
    case.keyboard.press("r")
    expect_pixels(case, lambda found: found == before)


def test_a_thumbnail_and_the_key_n_go_to_a_slice_with_much_evidence(case: Page) -> None:
    thumbnails = case.get_by_role("group", name="Slices with most evidence").get_by_role("button")
    expect(thumbnails).to_have_count(3)
    case.keyboard.press("Home")
    thumbnails.nth(1).click()
    expect_slice(case, START - 1)
    case.keyboard.press("n")
    expect_slice(case, START + 1)


def bar_place(page: Page, number: int, height: float) -> tuple[float, float]:
    """Where in the chart the bar of a slice stands, at `height` of its scale."""
    box = page.locator("canvas.bars").bounding_box()
    assert box is not None
    cell = box["width"] / seeding.SLICES
    return (number - 0.5) * cell, (box["height"] - AXIS_PX) * (1 - height)


def move_to_bar(page: Page, number: int) -> None:
    box = page.locator("canvas.bars").bounding_box()
    assert box is not None
    x, y = bar_place(page, number, 0.5)
    page.mouse.move(box["x"] + x, box["y"] + y, steps=5)


def bar_color(page: Page, number: int, height: float) -> list[int]:
    x, y = bar_place(page, number, height)
    read = "(bars, [x, y]) => [...bars.getContext('2d').getImageData(x, y, 1, 1).data]"
    found: list[int] = page.locator("canvas.bars").evaluate(read, [x, y])
    return found[:3]


def test_the_slice_scores_are_a_chart_whose_bars_to_look_at_first_are_amber(case: Page) -> None:
    assert bar_color(case, START, 0.3) == AMBER
    lower = bar_color(case, START - 3, 0.02)
    assert lower != AMBER
    assert lower != [0, 0, 0]
    assert bar_color(case, 1, 0.9) == [0, 0, 0]


def test_a_drag_along_the_slice_scores_scrolls_and_sends_no_volume_again(case: Page) -> None:
    fetched: list[str] = []
    case.on("request", lambda request: note_volume(request, fetched))
    move_to_bar(case, 6)
    case.mouse.down()
    expect_slice(case, 6)
    move_to_bar(case, 15)
    expect_slice(case, 15)
    case.mouse.up()
    strip = case.get_by_role("slider", name="Slice", exact=True)
    expect(strip).to_have_attribute("aria-valuetext", re.compile(r"slice 15 of 20, score 0\.\d\d"))
    expect(strip).to_have_attribute("title", re.compile(r"slice 15 of 20, score 0\.\d\d"))
    strip.press("ArrowRight")
    expect_slice(case, 16)
    case.mouse.wheel(0, 100)
    expect_slice(case, 17)
    for _ in range(3):
        case.mouse.wheel(0, 10)  # a touchpad's small steps are one slice together
    expect_slice(case, 18)
    assert fetched == []


def test_the_volume_is_fetched_once_and_kept_for_the_way_back(seeded: Server, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: note_volume(request, fetched))
    page.goto(seeded.page(f"case?study={FLAGGED}"))
    expect(picture(page)).to_have_attribute("data-ready", SHOWN)
    first = picture(page).get_attribute("data-ready")
    page.keyboard.press("j")
    expect(page.get_by_text(MISSING).first).to_be_visible()
    page.keyboard.press("k")
    expect(picture(page)).to_have_attribute("data-ready", str(first))
    assert len(fetched) == 1
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect_slice(page, START + 2)  # the viewer that was left no longer listens


def test_images_that_cannot_be_fetched_are_told_and_not_left_loading(
    seeded: Server, page: Page
) -> None:
    page.route("**/media/*.bin", lambda route: route.fulfill(status=404))
    page.goto(seeded.page(f"case?study={FLAGGED}"))
    sentence = "The server no longer has the images (HTTP 404). Load the page again."
    expect(page.get_by_text(sentence)).to_be_visible(timeout=20_000)


def test_typing_a_comment_is_not_taken_for_keys(case: Page) -> None:
    case.get_by_role("textbox", name="Comment").fill("")
    case.get_by_role("textbox", name="Comment").press_sequentially("h4jr ?n")
    expect(case.get_by_role("textbox", name="Comment")).to_have_value("h4jr ?n")
    expect(picture(case)).to_have_attribute("data-heat", "off")
    expect(picture(case)).to_have_attribute("data-window", "brain")
    expect_slice(case, START)


def test_enter_in_the_comment_reviews_nothing(seeded: Server, page: Page) -> None:
    page.goto(seeded.page(f"case?study={QUIET}"))
    expect_name(page)
    comment = page.get_by_role("textbox", name="Comment")
    comment.fill("calcified choroid plexus?")
    comment.press("Enter")
    page.get_by_role("button", name="Cannot tell").click()
    expect(page.locator(".case-reviews")).to_contain_text("? in review · reader 1")
    expect(page.locator(".case-reviews")).to_contain_text("calcified choroid plexus?")
    expect(page.locator(".case-reviews p")).to_have_count(1)
    expect(comment).to_have_value("")


def test_a_second_browser_sees_the_review(
    case: Page, seeded: Server, second_page: Page, screenshot: Callable[[str], None]
) -> None:
    second_page.goto(seeded.page(f"case?study={FLAGGED}"))
    expect(second_page.get_by_text("Nobody has reviewed this study yet.")).to_be_visible()
    case.get_by_role("textbox", name="Comment").fill("small <b>left</b> bleed")
    case.get_by_role("button", name="Agree", exact=True).click()
    entry = "✓ agreed · reader 1"
    expect(case.locator(".case-reviews")).to_contain_text(entry)
    expect(second_page.locator(".case-reviews")).to_contain_text(entry)
    expect(second_page.locator(".case-reviews")).to_contain_text("small <b>left</b> bleed")
    case.get_by_role("button", name="Disagree").click()
    expect(case.locator(".case-reviews p").first).to_contain_text("✗ disagreed")
    expect(case.locator(".case-reviews p")).to_have_count(2)
    screenshot("case-reviewed")


def test_hidden_identity_is_in_neither_banner_nor_page(case: Page) -> None:
    expect(case.locator(".case-patient")).to_contain_text("Doe, Jane")
    before = corner_pixels(case)
    case.get_by_text("Hide identity").click()
    expect(case.locator(".case-patient")).to_contain_text("identity hidden")
    expect(case.locator(".case-patient")).not_to_contain_text("Doe")
    expect(case.locator(".case-patient")).not_to_contain_text("A10231")
    assert max(before) > 150
    expect_pixels(case, lambda found: max(found) < 50, corner_pixels)


def test_the_key_sheet_opens_and_closes(case: Page) -> None:
    sheet = case.get_by_role("dialog", name="Keys and mouse")
    case.keyboard.press("?")
    expect(sheet).to_contain_text("subdural window")
    case.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_image_review_and_ways_onwards_fit_the_smallest_screen_without_scrolling(
    case: Page, screenshot: Callable[[str], None]
) -> None:
    named = ("Agree", "Report (PDF)", "Add to session", "Reset", "Keys and mouse")
    buttons = [case.get_by_role("button", name=name, exact=True) for name in named]
    for part in (picture(case), case.get_by_role("radiogroup", name="Beside"), *buttons):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
    expect(case.locator("canvas.bars")).to_be_visible()
    case.keyboard.press("h")
    screenshot("case-heatmap")


def test_a_study_that_was_not_screened_says_why(
    seeded: Server, page: Page, screenshot: Callable[[str], None]
) -> None:
    page.emulate_media(color_scheme="dark")  # else the first visit loads the page once more
    page.goto(seeded.page(f"case?study={BROKEN}"))
    expect(page.get_by_text(MISSING).first).to_be_visible()
    expect(page.get_by_text("read it as if there were no screening")).to_be_visible()
    expect(page.get_by_role("button", name="In review")).to_be_visible()
    screenshot("case-not-screened")


def test_a_new_result_replaces_the_old_one_on_an_open_page_and_keeps_the_comment(
    seeded: Server, page: Page
) -> None:
    uid = "1.2.4"
    with Store.open(seeded.data_dir) as store:
        seeding.screened(store, uid, 0.08)
        page.goto(seeded.page(f"case?study={uid}"))
        expect(page.get_by_text("0.08 · not flagged")).to_be_visible()
        comment = page.get_by_role("textbox", name="Comment")
        comment.press_sequentially("half a sent")
        store.add_instances(uid, [stored("1.2.4.9")], datetime.now(UTC))
        expect(page.get_by_text("Below: the result from before.")).to_be_visible()
        expect(comment).to_have_value("half a sent")
        with store.batch():  # else the dashboard's own worker might claim it first
            seeding.screened(store, uid, 0.97)
    expect(page.get_by_text("0.97 · flagged")).to_be_visible()
    expect(comment).to_have_value("half a sent")
    expect(comment).to_be_focused()
