"""A server of teaching alone: nothing of an identified study leaves it, whatever is asked for."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, WebSocket, expect

from ichdash.domain import StudyAttributes, Volume
from ichdash.imaging.display import encode
from ichdash.lessons import Lesson
from ichdash.store import Store
from ichdash.teaching.copying import ai_of, copied
from tests.browser.conftest import NetworkWatch, Server, fresh_context, serving
from tests.browser.image import picture
from tests.web import seeding
from tests.web.test_teaching_page import NOW

STUDY = "1.2.840.99.4711"
QUIET = ("worklist", f"case?study={STUDY}", "sessions", "upload", "administration", "model", "")
ROUTES = (
    f"media/{STUDY}",
    f"originals/{STUDY}",
    "media/../ichdash.db",
    "media/%2e%2e/%2e%2e/ichdash.db",
    "app/static/ichdash.db",
    "_stcore/host-config",
    "_stcore/metrics",
    "_stcore/upload_file/x/y",
    "component/ichdash_viewer/index.html",
)


def names_of(attributes: StudyAttributes, study_uid: str) -> list[bytes]:
    """What must not be found: UID, numbers, name, dates, as they are kept or shown."""
    acquired = attributes.acquired_at
    dates = [f"{acquired:%Y-%m-%d}", f"{acquired:%Y%m%d}"] if acquired else []
    name = attributes.patient_name.partition("^")[0]
    told = [study_uid, attributes.patient_id, attributes.accession_number, name, *dates]
    return [
        each.encode() for each in [*told, attributes.birth_date, attributes.patient_name] if each
    ]


def teach(store: Store, volume: Volume, attributes: StudyAttributes) -> str:
    """A screened study in the store, a teaching file of it, and a quiz; the quiz's id."""
    seeding.screened(store, volume.study_uid, 0.9, attributes, volume)
    (screening,) = store.screenings(volume.study_uid)
    heatmap = store.files.heatmap(volume.study_uid, screening.screening_id)
    shown = copied(encode(volume, 13), heatmap)
    file_id = store.teaching.add(Lesson("A first one"), shown, ai_of(screening), "tutor", NOW)
    return store.quizzes.add("Monday", [file_id], "tutor", NOW)


def everything_sent(page: Page) -> list[bytes]:
    """Collects what a page gets: each frame of its socket and the body of each response."""
    sent: list[bytes] = []

    def note_frame(payload: str | bytes) -> None:
        sent.append(payload.encode() if isinstance(payload, str) else payload)

    def note_response(response: Response) -> None:
        sent.append(str(response.headers).encode())

    def note_socket(socket: WebSocket) -> None:
        socket.on("framereceived", note_frame)

    page.on("websocket", note_socket)
    page.on("response", note_response)
    return sent


def read_a_case(page: Page, server: Server, quiz_id: str) -> None:
    page.goto(server.page(f"teaching?quiz={quiz_id}&learner=Ann"))
    expect(picture(page)).to_have_attribute("data-slice", re.compile("."), timeout=60_000)
    expect(page.get_by_role("dialog").filter(has_text="Page not found")).to_have_count(0)
    page.get_by_role("button", name="no hemorrhage", exact=True).click()
    page.get_by_role("radio", name="definitely not").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("button", name="Finish")).to_be_visible()
    for view in ("My results", "Class", "Files and quizzes"):
        page.goto(server.page("teaching"))
        page.get_by_role("radio", name=view).click()
        expect(page.get_by_role("radio", name=view)).to_be_checked()


def fetched(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return bytes(response.read())
    except urllib.error.HTTPError as refused:
        return bytes(refused.read())


def check(browser: Browser, data_dir: Path, volume: Volume, attributes: StudyAttributes) -> None:
    with Store.open(data_dir) as store:
        quiz_id = teach(store, volume, attributes)
    secrets = names_of(attributes, volume.study_uid)
    kept = b"".join(p.read_bytes() + p.name.encode() for p in (data_dir / "teaching").rglob("*.*"))
    with (
        serving(data_dir, ICHDASH_ROOMS="teaching") as server,
        fresh_context(browser, NetworkWatch()) as context,
    ):
        page = context.new_page()
        sent = everything_sent(page)
        for path in QUIET:
            page.goto(server.page(path))
            teaching = page.get_by_role("link", name="Teaching")
            expect(teaching).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
            sent.append(page.locator("body").inner_text().encode())
        read_a_case(page, server, quiz_id)
        sent += [fetched(server.page(route)) for route in ROUTES]
    everything = kept + b"".join(sent)
    assert b"A first one" in everything, "what a page is sent is seen"
    assert [secret for secret in secrets if secret in everything] == []


def test_nothing_of_an_identified_study_leaves_a_teaching_server(
    browser: Browser, tmp_path: Path
) -> None:
    check(browser, tmp_path / "data", seeding.head_volume(STUDY), seeding.PATIENT)
