"""What `make run` does once the requirements are in: the demo is screened, then served."""

from __future__ import annotations

import itertools
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ichdash.serve import check_port_is_free
from tests.browser.conftest import ROOT, free_port, wait_for_health

ICHDASH = [sys.executable, "-m", "ichdash"]
pytestmark = pytest.mark.timeout(600)  # twelve heads are drawn on a machine that may be busy

ORDER = ["flagged", "not screened", "not flagged"]


@dataclass(frozen=True)
class Start:
    url: str
    port: int
    environment: dict[str, str]
    told: str  # what the demo said
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Both steps of `make run`, in an empty data folder."""
    folder, port = tmp_path_factory.mktemp("first"), free_port()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ICHDASH_")}
    environment |= {"ICHDASH_DATA": str(folder / "data"), "ICHDASH_PORT": str(port)}
    told = demo(environment)
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*ICHDASH, "serve"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for_health(url, process, log)
            yield Start(url, port, environment, told, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def demo(environment: dict[str, str]) -> str:
    done = subprocess.run(
        [*ICHDASH, "demo", "--first-start"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows(page: Page) -> Locator:
    return page.locator("tbody tr[data-mark]")


def test_the_worklist_shows_twelve_screened_studies_in_triage_order(
    started: Start, page: Page
) -> None:
    assert started.told.startswith("12 synthetic studies are on the worklist: ")
    page.goto(started.url)
    expect(rows(page)).to_have_count(12)
    marks = [row.get_attribute("data-mark") or "" for row in rows(page).all()]
    assert [mark for mark, _ in itertools.groupby(marks)] == ORDER
    assert marks.count("not screened") == 1


def test_the_most_urgent_study_opens_with_its_picture(started: Start, page: Page) -> None:
    page.goto(started.url)
    rows(page).first.click()
    expect(page.locator("canvas.picture")).to_have_attribute("data-ready", re.compile("media"))


def test_a_second_start_adds_nothing(started: Start, page: Page) -> None:
    assert demo(started.environment) == ""
    page.goto(started.url)
    expect(rows(page)).to_have_count(12)


def test_serve_ends_all_its_processes_when_asked(started: Start) -> None:
    family = children(started.process.pid)
    assert len(family) == 2
    started.process.send_signal(signal.SIGTERM)
    assert started.process.wait(timeout=30) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in family)
    check_port_is_free("127.0.0.1", started.port)


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]
