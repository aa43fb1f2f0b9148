"""Uploads in a real browser: a good study, a folder with clutter, a broken one, a ZIP archive."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import samples
from tests.browser.conftest import Server, serving, use_theme, working

SCREENED_MS = 30_000


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose worker flags every head."""
    data_dir = tmp_path_factory.mktemp("ready") / "data"
    with working(data_dir, probability=0.91), serving(data_dir) as running:
        yield running


@pytest.fixture
def upload(ready: Server, page: Page) -> Page:
    page.goto(ready.page("upload"))
    expect(page.get_by_text("A whole folder")).to_be_visible()
    return page


def files(page: Page) -> Locator:
    return page.locator("input[type=file]").nth(0)


def folder(page: Page) -> Locator:
    return page.locator("input[type=file]").nth(1)


def newest(page: Page) -> Locator:
    return page.locator(".st-key-newest_intake")


def expect_screened(page: Page, accession_number: str) -> None:
    expect(newest(page)).to_contain_text(accession_number)
    expect(newest(page)).to_contain_text("◆ flagged", timeout=SCREENED_MS)
    expect(newest(page)).to_contain_text("0.91")


def test_a_good_study_is_screened_and_leads_to_its_case(upload: Page, tmp_path: Path) -> None:
    study_uid = samples.write_head(tmp_path / "head", 1)
    files(upload).set_input_files(sorted((tmp_path / "head").iterdir()))
    expect_screened(upload, "A1001")
    newest(upload).get_by_role("button", name="Open case").click()
    expect(upload).to_have_url(re.compile(rf"/case\?study={re.escape(study_uid)}$"))


def test_clutter_in_a_folder_is_refused_by_name(
    upload: Page, tmp_path: Path, screenshot: Callable[..., None]
) -> None:
    chosen = tmp_path / "export"
    samples.write_head(chosen / "head", 2)
    (chosen / "report.pdf").write_bytes(b"%PDF-1.4 a report")
    (chosen / "head" / "preview.jpg").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    folder(upload).set_input_files(chosen)
    expect(upload.get_by_text(re.compile("1 study · 2 files refused"))).to_be_visible()
    expect(upload.get_by_text("export/report.pdf is not a DICOM file")).to_be_visible()
    expect(upload.get_by_text("export/head/preview.jpg is not a DICOM file")).to_be_visible()
    expect_screened(upload, "A1002")
    screenshot("upload", "dark")
    use_theme(upload, "Light")
    expect(upload.get_by_text("export/report.pdf")).to_be_visible()
    screenshot("upload", "light")


def test_a_broken_study_is_kept_and_not_screened(upload: Page, tmp_path: Path) -> None:
    samples.write_head(tmp_path / "broken", 3)
    paths = sorted((tmp_path / "broken").iterdir())
    for path in paths[4:6]:
        path.unlink()
    files(upload).set_input_files([path for path in paths if path.exists()])
    expect(newest(upload)).to_contain_text("▲ not screened", timeout=SCREENED_MS)
    expect(newest(upload)).to_contain_text("two slices seem to be missing. Not screened.")


def test_a_zip_archive_is_unpacked(upload: Page, tmp_path: Path) -> None:
    samples.write_head(tmp_path / "head", 4)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for path in (tmp_path / "head").iterdir():
            archive.write(path, f"head/{path.name}")
    files(upload).set_input_files(tmp_path / "export.zip")
    expect_screened(upload, "A1004")


def test_the_same_study_twice_is_still_one_study(
    upload: Page, ready: Server, tmp_path: Path
) -> None:
    samples.write_head(tmp_path / "head", 5)
    for _ in range(2):
        files(upload).set_input_files(sorted((tmp_path / "head").iterdir()))
        expect(newest(upload)).to_contain_text("A1005")
    expect_screened(upload, "A1005")
    upload.goto(ready.page())
    expect(upload.locator("tr[data-uid='2.25.1005']")).to_have_count(1)


def test_the_page_can_be_left_while_files_come_in(
    upload: Page, ready: Server, tmp_path: Path
) -> None:
    samples.write_head(tmp_path / "head", 6)
    files(upload).set_input_files(sorted((tmp_path / "head").iterdir()))
    expect(upload.get_by_text(re.compile("Receiving|Reading|A1006")).first).to_be_visible()
    upload.get_by_test_id("stTopNavLink").filter(has_text="Worklist").click()
    row = upload.locator("tr[data-uid='2.25.1006']")
    expect(row).to_have_attribute("data-mark", "flagged", timeout=SCREENED_MS)
