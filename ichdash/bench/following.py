"""How soon a follower's screen shows what the presenter of a session looks at."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ichdash.bench import browser, probes
from ichdash.errors import InputError
from ichdash.settings import Settings
from ichdash.store import Store

if TYPE_CHECKING:  # a tool of developers, not among the requirements
    from playwright.sync_api import Browser, Page

MOVES = 40


@dataclass(frozen=True)
class Following:
    """From the presenter's key press until the follower's canvas shows the slice."""

    following_ms: float  # median
    slow_following_ms: float  # 95 of 100 are faster


def measure(settings: Settings, study_uid: str) -> Following:
    """Present a study, which the store of `settings` has screened, to a second browser.

    Raises InputError where Playwright or Chromium is missing, or a move did not arrive.
    """
    room = _room(settings, study_uid)
    with browser.chromium() as opened, browser.serving(settings) as address:
        presenter, follower = _page(opened), _page(opened)
        presenter.goto(f"{address}/{room}")
        presenter.get_by_role("textbox", name="Reader").fill("bench")
        presenter.get_by_role("button", name="Present from here").click()
        presenter.get_by_text("You present").wait_for()
        presenter.locator(browser.DRAWN).wait_for()
        follower.goto(f"{address}/{room}")
        follower.get_by_text("Following").wait_for()
        follower.locator(browser.DRAWN).evaluate(probes.NOTE_SLICES)
        told = presenter.locator(browser.DRAWN).evaluate(probes.STEP_SLICES, MOVES)
        seen = follower.evaluate(probes.NOTED_SLICES)
    delays = delays_ms(told, seen)
    return Following(statistics.median(delays), statistics.quantiles(delays, n=20)[-1])


def delays_ms(told: list[tuple[int, float]], seen: list[tuple[int, float]]) -> list[float]:
    """How long each of the presenter's slices took until it, or a later one, was seen; raises
    InputError where that never happened. Slices come with the time in milliseconds."""
    delays: list[float] = []
    arrived = math.inf
    for slice_number, at in reversed(told):
        after = (when for number, when in seen if number == slice_number and when >= at)
        arrived = min(arrived, min(after, default=math.inf))
        if math.isinf(arrived):
            raise InputError(
                f"The follower never showed slice {slice_number}, which the presenter went to. "
                "Following was not measured. Run it again."
            )
        delays.append(arrived - at)
    return delays[::-1]


def _room(settings: Settings, study_uid: str) -> str:
    """The page of a new session of one study."""
    now = datetime.now(UTC)
    with Store.open(settings.data_dir) as store:
        made = store.sessions.create("bench", "bench", "bench", now)
        store.session_cases.add(made.session_id, (study_uid,), "bench", now)
    return f"sessions?session={made.session_id}&view=present"


def _page(opened: Browser) -> Page:
    return opened.new_context(viewport={"width": 1280, "height": 800}).new_page()
