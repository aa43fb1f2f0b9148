"""The worklist in a real browser: order, click, keyboard, filters, paging, refresh by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from ichdash.domain import StudyAttributes
from ichdash.records import ReviewState, ScreeningState, StudyRow
from ichdash.store import Store
from tests.browser.conftest import Server, serving, use_theme, working

NOW = datetime.now(UTC)
REASON = "Series 2: slice spacing jumps from 5.0 to 15.0 mm after slice 17. Not screened."
HOSTILE = "<script>alert(1)</script>, <b>x</b>"
NAMES = ("DOE, JANE", "MÜLLER-LÜDENSCHEIDT, HANS-PETER MAXIMILIAN", "RAO, PRIYA", "CT-ICH-071")
TITLES = ("CT HEAD W/O", "HEAD WITHOUT CONTRAST 5 MM", "CT BRAIN STROKE PROTOCOL")


def study(number: int, probability: float | None, name: str = "") -> StudyRow:
    """Study 1.2.<number>, received `number` quarters of an hour ago; not screened without one."""
    received = NOW - timedelta(minutes=2 + 15 * number)
    attributes = StudyAttributes(
        patient_id=f"{number:05d}",
        patient_name=name or NAMES[number % len(NAMES)],
        birth_date=f"19{40 + number % 50}-03-01",
        sex="FM"[number % 2],
        accession_number=f"A{10200 + number}",
        description=TITLES[number % len(TITLES)],
        acquired_at=(received - timedelta(minutes=20)).replace(tzinfo=None),
    )
    is_screened = probability is not None
    is_read = number % 4 == 3
    return StudyRow(
        study_uid=f"1.2.{number}",
        attributes=attributes,
        source="upload",
        received_at=received,
        state=ScreeningState.SCREENED if is_screened else ScreeningState.NOT_SCREENED,
        reason="" if is_screened else REASON,
        series=2,
        instances=36,
        slices=34 if is_screened else None,
        screened_at=received + timedelta(seconds=2),
        probability=probability,
        flagged=probability >= 0.42 if is_screened else None,
        model_id="ich-test" if is_screened else None,
        review=ReviewState.AGREED if is_read else ReviewState.UNREAD,
        reader="reader 2" if is_read else None,
        is_stat=number == 5,
    )


def sixty() -> list[StudyRow]:
    """Seven flagged, two not screened, the rest quiet; the most urgent has a hostile name."""
    flagged = [study(n, 0.97 - 0.07 * n) for n in range(1, 7)]
    quiet = [study(n, 0.38 * (60 - n) / 60) for n in range(9, 60)]
    return [study(0, 0.99, HOSTILE), *flagged, study(7, None), study(8, None), *quiet]


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with sixty studies and a worker that finds nothing to do."""
    data_dir = tmp_path_factory.mktemp("busy") / "data"
    with Store.open(data_dir) as store:
        store.add_rows(sixty())
    with working(data_dir), serving(data_dir) as running:
        yield running


@pytest.fixture
def worklist(busy: Server, page: Page) -> Page:
    page.goto(busy.page())
    expect(rows(page)).to_have_count(25)
    return page


def rows(page: Page) -> Locator:
    return page.locator("tbody tr")


def uids(page: Page) -> list[str | None]:
    return [row.get_attribute("data-uid") for row in rows(page).all()]


def test_the_most_urgent_stands_on_top_with_word_bar_and_number(worklist: Page) -> None:
    assert uids(worklist)[:10] == [f"1.2.{number}" for number in (*range(7), 8, 7, 9)]
    top = rows(worklist).first
    expect(top).to_contain_text(re.compile("◆.*flagged.*0.99"))
    expect(rows(worklist).nth(7)).to_contain_text(REASON)
    expect(worklist.get_by_text("Not for diagnostic use · ich-test")).to_be_visible()


def test_a_hostile_name_is_only_text(worklist: Page) -> None:
    expect(rows(worklist).first).to_contain_text("<script>alert(1)</script>, <b>x</b>")
    assert worklist.locator("tbody b, tbody script").count() == 0


def test_a_click_opens_the_case_and_back_returns(worklist: Page) -> None:
    rows(worklist).nth(2).click()
    expect(worklist).to_have_url(re.compile(r"/case\?study=1\.2\.2$"))
    worklist.go_back()
    expect(rows(worklist)).to_have_count(25)


def test_arrows_and_enter_open_a_case(worklist: Page) -> None:
    rows(worklist).first.locator("a").focus()
    worklist.keyboard.press("ArrowDown")
    worklist.keyboard.press("ArrowDown")
    worklist.keyboard.press("Enter")
    expect(worklist).to_have_url(re.compile(r"/case\?study=1\.2\.2$"))


def test_a_row_is_a_link_that_can_be_passed_on(worklist: Page, busy: Server) -> None:
    href = rows(worklist).nth(1).locator("a").evaluate("link => link.href")
    assert href == busy.page("case?study=1.2.1")


def test_columns_sort_over_all_pages(worklist: Page) -> None:
    worklist.get_by_role("button", name="Accession").click()
    expect(rows(worklist).first).to_have_attribute("data-uid", "1.2.0")
    worklist.get_by_role("button", name="Accession").click()
    expect(rows(worklist).first).to_have_attribute("data-uid", "1.2.59")
    expect(worklist.locator("th[aria-sort=descending]")).to_have_text("Accession ↓")
    expect(worklist).to_have_url(re.compile("sort=accession&order=down"))


def test_sorting_by_waiting_puts_the_longest_waiting_first(worklist: Page) -> None:
    worklist.get_by_role("button", name="Waiting").click()
    expect(rows(worklist).first).to_have_attribute("data-uid", "1.2.59")


def test_pages_and_page_size(worklist: Page) -> None:
    worklist.get_by_role("button", name="Next page").click()
    expect(rows(worklist).first).to_have_attribute("data-uid", "1.2.25")
    expect(worklist).to_have_url(re.compile("page=2"))
    worklist.reload()
    expect(rows(worklist).first).to_have_attribute("data-uid", "1.2.25")
    worklist.get_by_label("Studies a page").select_option("100")
    expect(rows(worklist)).to_have_count(60)


def test_search_and_filter_survive_a_case(worklist: Page) -> None:
    worklist.get_by_label("Search").fill("rao")
    worklist.get_by_label("Search").press("Enter")
    expect(rows(worklist)).to_have_count(15)
    rows(worklist).first.click()
    expect(worklist).to_have_url(re.compile("/case"))
    worklist.get_by_test_id("stTopNavLink").filter(has_text="Worklist").click()
    expect(worklist.get_by_label("Search")).to_have_value("rao")
    expect(rows(worklist)).to_have_count(15)


def test_a_new_study_appears_while_the_reader_goes_on(worklist: Page, busy: Server) -> None:
    search = worklist.get_by_label("Search")
    search.focus()
    worklist.keyboard.type("half a wo")
    worklist.locator("[data-testid=stMain]").evaluate("main => main.scrollTo(0, 120)")
    kept = rows(worklist).nth(3).element_handle()
    with Store.open(busy.data_dir) as store:
        store.add_rows([replace(study(200, 0.999), received_at=NOW)])
    expect(rows(worklist).first).to_have_attribute("data-uid", "1.2.200", timeout=15_000)
    assert kept is not None and kept.evaluate("row => row.isConnected")
    expect(search).to_be_focused()
    expect(search).to_have_value("half a wo")
    assert worklist.locator("[data-testid=stMain]").evaluate("main => main.scrollTop") == 120


def test_a_click_right_after_a_row_went_opens_no_other_study(worklist: Page, busy: Server) -> None:
    worklist.goto(busy.page("?review=unread&size=100"))  # all, so that none moves in
    gone = "1.2.4"
    expect(worklist.locator(f"tr[data-uid='{gone}']")).to_be_visible()
    worklist.locator("tbody").evaluate(
        """body => new MutationObserver(changes => {
            if (!changes.some(change => change.removedNodes.length)) return;
            body.dataset.clicked = "yes";
            body.children[4].dispatchEvent(new MouseEvent("click", {bubbles: true, detail: 1}));
        }).observe(body, {childList: true})"""
    )
    with Store.open(busy.data_dir) as store:
        store.add_review(gone, "reader 2", ReviewState.AGREED, "", NOW)
    expect(worklist.locator("tbody[data-clicked]")).to_be_visible(timeout=15_000)
    expect(worklist.locator(f"tr[data-uid='{gone}']")).to_have_count(0)
    worklist.wait_for_timeout(1000)  # nothing to wait for: the case must not open
    expect(worklist).not_to_have_url(re.compile("/case"))


def test_hiding_identity_hides_it_and_lasts(worklist: Page) -> None:
    worklist.get_by_text("Hide identity").click()
    expect(rows(worklist).nth(3).locator(".name")).to_have_text("hidden")
    assert "RAO" not in worklist.locator("table").inner_text()
    worklist.reload()
    expect(rows(worklist).nth(3).locator(".name")).to_have_text("hidden")


def test_pictures_of_the_worklist(worklist: Page, screenshot: Callable[..., None]) -> None:
    screenshot("worklist", "dark")
    use_theme(worklist, "Light")
    expect(rows(worklist)).to_have_count(25)
    screenshot("worklist", "light")


def test_pictures_of_a_first_start(
    server: Server, page: Page, screenshot: Callable[..., None]
) -> None:
    with working(server.data_dir):
        page.goto(server.page())
        expect(page.get_by_text("No studies yet. Upload one, or run the demo.")).to_be_visible()
        screenshot("empty", "dark")
        use_theme(page, "Light")
        expect(page.get_by_role("button", name="Run the demo")).to_be_visible()
        screenshot("empty", "light")
