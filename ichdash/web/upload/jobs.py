"""Uploads at work: each is a thread that writes what the browser sent and hands it to the intake.

A thread outlives the rerun that started it, so the page stays usable and may be left. Once a job
is done, the store tells the rest: what came of it is an intake there.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from ichdash.errors import IchdashError, StoreError
from ichdash.intake import take_in
from ichdash.settings import ROOT
from ichdash.store import Store, disk
from ichdash.web.upload.saving import Sent, save

SOURCE, DEMO = "upload", "demo"
SCRATCH = ".upload-"
LEFT_BEHIND_S = 86_400.0  # scratch older than this is of a process that was killed
INTERNAL_FAULT = (
    "The upload ended on an internal fault. Studies that are not on the worklist were not "
    "stored; the server's log has the details. Send the files again."
)

Draw = Callable[[Path], None]


class Stage(StrEnum):
    SAVING = "saving"
    READING = "reading"
    KEEPING = "keeping"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Job:
    """One upload or demo. Its thread writes it, pages read it; each field is replaced whole."""

    source: str
    started_at: datetime
    stage: Stage = Stage.SAVING
    files: int = 0
    files_saved: int = 0
    studies: dict[str, tuple[int, int]] = field(default_factory=dict)  # UID: files kept, of
    fault: str = ""

    def note_kept(self, study_uid: str, files: int, of: int) -> None:
        self.stage = Stage.KEEPING
        self.studies = {**self.studies, study_uid: (files, of)}


class Jobs:
    """The jobs of this process."""

    def __init__(self) -> None:
        self._jobs: tuple[Job, ...] = ()

    def open(self) -> tuple[Job, ...]:
        """Those at work or failed, newest first."""
        return tuple(job for job in reversed(self._jobs) if job.stage is not Stage.DONE)

    def upload(self, sent: Sequence[Sent], data_dir: Path) -> Job:
        """Take in what the browser sent, in the background."""
        job = Job(SOURCE, datetime.now(UTC), files=len(sent))
        waiting = list(sent)  # emptied by the job, so that nothing holds on to what is written
        return self._start(job, lambda: _upload(job, waiting, data_dir))

    def demo(self, data_dir: Path, draw: Draw | None = None) -> Job:
        """Draw the demo's studies and take them in, in the background; the worker screens them."""
        job = Job(DEMO, datetime.now(UTC), stage=Stage.READING)
        return self._start(job, lambda: _demo(job, draw or _draw_demo, data_dir))

    def forget(self, job: Job) -> None:
        """Leave out a failed job that the reader has seen."""
        self._jobs = tuple(known for known in self._jobs if known is not job)

    def _start(self, job: Job, work: Callable[[], None]) -> Job:
        self._jobs = (*(known for known in self._jobs if known.stage is not Stage.DONE), job)
        threading.Thread(target=_run, args=(job, work), name="intake", daemon=True).start()
        return job


def _run(job: Job, work: Callable[[], None]) -> None:
    """Work, and end as done or failed whatever happens; threading logs what is not foreseen."""
    fault = INTERNAL_FAULT
    try:
        work()
        fault = ""
    except IchdashError as error:
        fault = str(error)
    except OSError as error:
        fault = (
            f"The files could not be written to the data folder: {error.strerror}. Nothing was "
            "stored. Check the folder and its disk, then send them again."
        )
    finally:
        job.fault = fault
        job.stage = Stage.FAILED if fault else Stage.DONE


def _upload(job: Job, waiting: list[Sent], data_dir: Path) -> None:
    with _scratch(data_dir) as folder:
        for _ in save(_emptying(waiting), folder):
            job.files_saved += 1
        _keep(job, folder, data_dir)


def _demo(job: Job, draw: Draw, data_dir: Path) -> None:
    with _scratch(data_dir) as folder:
        draw(folder)
        _keep(job, folder, data_dir)


def _keep(job: Job, folder: Path, data_dir: Path) -> None:
    job.stage = Stage.READING
    with Store.open(data_dir) as store:
        take_in([folder], store, job.source, job.started_at, job.note_kept)


@contextmanager
def _scratch(data_dir: Path) -> Iterator[Path]:
    data_dir.mkdir(parents=True, exist_ok=True)
    # What a killed process had half written holds patients' images.
    disk.sweep(data_dir.glob(f"{SCRATCH}*"), time.time() - LEFT_BEHIND_S)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=data_dir) as folder:
        yield Path(folder)


def _emptying(waiting: list[Sent]) -> Iterator[Sent]:
    while waiting:
        yield waiting.pop(0)


def _draw_demo(folder: Path) -> None:
    """Draw in processes of their own, which would slow the pages down, and end with this one."""
    command = [sys.executable, "-m", "ichdash", "demo", "--folder", str(folder)]
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    end = partial(_end_all, process.pid)
    atexit.register(end)
    _, said = process.communicate()
    atexit.unregister(end)
    if process.returncode:
        reason = said.strip().rpartition("\n")[2].removeprefix("ichdash: ")
        raise StoreError(reason or INTERNAL_FAULT)


def _end_all(leader: int) -> None:
    """End a process with those that it started; it leads their session."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGTERM)
