"""The sentence that says why nothing is screened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ichdash.store import Store
from ichdash.web import parts, status
from tests.web.conftest import OpenApp, said

MODEL_MISSING = "models/ich.json does not exist. Screening is off; the worklist still opens."


def now() -> datetime:
    """The present: pages are drawn now, not when this file was read."""
    return datetime.now(UTC)


def test_a_worker_that_is_well_needs_no_words(store: Store) -> None:
    assert status.of_workers(store.workers(now())) == ""


def test_no_worker_at_all_is_said_with_the_command(store: Store) -> None:
    store.sign_off("a worker")
    sentence = status.of_workers(store.workers(now()))
    assert sentence.startswith("No worker is running: new studies are kept and wait in the queue.")
    assert "python -m ichdash worker" in sentence


def test_a_problem_of_all_workers_is_said_on_the_page(store: Store, open_app: OpenApp) -> None:
    store.beat("a worker", now(), problem=MODEL_MISSING)
    assert parts.plain(MODEL_MISSING) in said(open_app())


def test_one_worker_that_can_screen_is_enough(store: Store) -> None:
    store.beat("a worker", now(), problem=MODEL_MISSING)
    store.beat("another", now() + timedelta(seconds=1))
    assert status.of_workers(store.workers(now())) == ""
