"""Drawing at work: a process of its own draws and keeps case by case, a thread counts them."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ichdash.settings import ROOT
from ichdash.teaching.drawing import Wish

INTERNAL_FAULT = (
    "Drawing ended before all cases were there. Those drawn before are kept. Draw the others again."
)

SAID = "ichdash: "  # before the sentence that a command ends on


@dataclass
class Job:
    """One drawing. Its thread writes it, pages read it."""

    count: int
    started_at: datetime
    drawn: int = 0
    is_done: bool = False
    fault: str = ""


class _Jobs:
    """The newest drawing of this process."""

    newest: Job | None = None


def newest() -> Job | None:
    """The drawing that was started last, at work or done."""
    return _Jobs.newest


def start(wish: Wish, count: int, data_dir: Path, author: str) -> Job:
    """Draw in the background; a drawing at work goes on, and no second one starts."""
    at_work = _Jobs.newest
    if at_work is not None and not at_work.is_done:
        return at_work
    job = _Jobs.newest = Job(count, datetime.now(UTC))
    arguments = (job, command(wish, count, author), data_dir)
    threading.Thread(target=_run, args=arguments, name="drawing", daemon=True).start()
    return job


def command(wish: Wish, count: int, author: str) -> list[str]:
    """The command line that draws a wish."""
    options = [f"--count={count}", f"--finding={wish.finding}", f"--place={wish.place}"]
    options += [f"--side={wish.side}", f"--author={author}"]
    options += [f"--volume-ml={wish.volume_ml}"] if wish.volume_ml else []
    options += [f"--distractor={each}" for each in wish.distractors]
    return [sys.executable, "-m", "ichdash", "synthetic", *options]


def _run(job: Job, arguments: list[str], data_dir: Path) -> None:
    environ = {**os.environ, "ICHDASH_DATA": str(data_dir)}
    try:
        with subprocess.Popen(
            arguments,
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            atexit.register(process.terminate)
            said = _followed(job, process)
            atexit.unregister(process.terminate)
        if process.returncode:
            job.fault = said or INTERNAL_FAULT
    except OSError:
        job.fault = INTERNAL_FAULT
    finally:
        job.is_done = True


def _followed(job: Job, process: subprocess.Popen[str]) -> str:
    """Counts what is drawn until the process ends; the sentence that it ended on, if any."""
    said = ""
    for line in process.stdout or ():
        job.drawn += line.strip().endswith(f"of {job.count}")
        if line.startswith(SAID):
            said = line.removeprefix(SAID).strip()
    return said
