"""Uploads at work: each is a thread that writes what the browser sent and hands it to the intake.

A thread outlives the rerun that started it, so the page stays usable and may be left. Once a job
is done, the store tells the rest: what came of it is an intake there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from ichdash.errors import IchdashError, StoreError
from ichdash.intake import take_in
from ichdash.settings import ROOT
from ichdash.store import Store
from ichdash.web.upload.saving import Sent, save

SOURCE = "upload"
SCRATCH = ".upload-"
LEFT_BEHIND_S = 86_400.0  # scratch older than this is of a process that was killed
INTERNAL_FAULT = (
    "The upload ended on an internal fault. Studies that are not on the worklist were not "
    "stored; the server's log has the details. Send the files again."
)


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
        return self._start(job, lambda: _take_in(job, waiting, data_dir))

    def demo(self) -> Job:
        """Draw the demo's studies and take them in, in the background."""
        return self._start(Job("demo", datetime.now(UTC), stage=Stage.READING), _run_demo)

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


def _take_in(job: Job, waiting: list[Sent], data_dir: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    _clear_left_behind(data_dir)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=data_dir) as scratch:
        for _ in save(_emptying(waiting), Path(scratch)):
            job.files_saved += 1
        job.stage = Stage.READING
        with Store.open(data_dir) as store:
            take_in([Path(scratch)], store, SOURCE, job.started_at, job.note_kept)


def _emptying(waiting: list[Sent]) -> Iterator[Sent]:
    while waiting:
        yield waiting.pop(0)


def _clear_left_behind(data_dir: Path) -> None:
    """Remove what a killed process had half written: it holds patients' images."""
    for folder in data_dir.glob(f"{SCRATCH}*"):
        if time.time() - folder.stat().st_mtime > LEFT_BEHIND_S:
            shutil.rmtree(folder, ignore_errors=True)


def _run_demo() -> None:
    """The command line's demo in a process of its own: drawing would slow the pages down."""
    command = [sys.executable, "-m", "ichdash", "demo"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().rpartition("\n")[2]
        raise StoreError(said.removeprefix("ichdash: ") or INTERNAL_FAULT)
