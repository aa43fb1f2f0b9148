"""Drawing behind the page: a real process counts, tells its fault, and may be killed."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ichdash.teaching.drawing import Wish
from ichdash.web.teaching import jobs


def run(code: str, count: int, data_dir: Path) -> jobs.Job:
    """A job whose process is a line of Python."""
    job = jobs.Job(count, datetime.now(UTC))
    jobs._run(job, [sys.executable, "-c", code], data_dir)
    assert job.is_done
    return job


def test_cases_are_counted_as_they_are_drawn(tmp_path: Path) -> None:
    job = run("print('1 of 2'); print('a warning'); print('2 of 2')", 2, tmp_path)
    assert (job.drawn, job.fault) == (2, "")


def test_the_sentence_that_drawing_ended_on_is_told(tmp_path: Path) -> None:
    code = "import sys; print('1 of 2'); sys.exit('ichdash: The disk is full. Free space.')"
    job = run(code, 2, tmp_path)
    assert (job.drawn, job.fault) == (1, "The disk is full. Free space.")


@pytest.mark.parametrize("end", ["import os; os.kill(os.getpid(), 9)", "1 / 0"])
def test_a_drawing_that_was_killed_or_broke_tells_what_is_kept(end: str, tmp_path: Path) -> None:
    job = run(f"print('1 of 2', flush=True); {end}", 2, tmp_path)
    assert (job.drawn, job.fault) == (1, jobs.INTERNAL_FAULT)
    assert "Those drawn before are kept. Draw the others again." in job.fault


def test_much_that_is_said_on_the_way_does_not_hold_it_up(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('x' * 1_000_000); print(); print('1 of 1')"
    assert run(code, 1, tmp_path).drawn == 1


def test_a_drawing_at_work_goes_on_and_no_second_one_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "go"
    code = f"import pathlib\nwhile not pathlib.Path({str(gate)!r}).exists(): pass"
    monkeypatch.setattr(jobs._Jobs, "newest", None)
    monkeypatch.setattr(jobs, "command", lambda *_: [sys.executable, "-c", code])
    first = jobs.start(Wish(), 3, tmp_path, "tutor")
    assert jobs.start(Wish(), 5, tmp_path, "tutor") is first
    gate.touch()
    deadline = time.monotonic() + 20
    while not first.is_done:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert jobs.start(Wish(), 5, tmp_path, "tutor") is not first


def test_a_wish_becomes_a_command_line_with_what_was_asked_for() -> None:
    wish = Wish("subdural", "falx", "left", 12.0, ("tilt", "noise"))
    assert jobs.command(wish, 3, "Ann =x")[4:] == [
        "--count=3",
        "--finding=subdural",
        "--place=falx",
        "--side=left",
        "--author=Ann =x",
        "--volume-ml=12.0",
        "--distractor=tilt",
        "--distractor=noise",
    ]
