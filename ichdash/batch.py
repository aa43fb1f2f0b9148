"""Screens files, folders, and ZIP archives for a terminal or a script: no server, no store.

Results go to stdout; progress, refusals, and the final count to stderr, so that a pipe carries
nothing but results. A study that cannot be screened is a result of its own, never an end.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from ichdash import outcomes
from ichdash.dicom.reading import Reading, Study, read
from ichdash.domain import NotScreened, Refusal
from ichdash.errors import FaultError, InputError
from ichdash.outcomes import Outcome
from ichdash.screening import READ_AS_USUAL, Detector, recorded, screen

PIPE_WIDTH = 160  # columns of the table where no terminal tells its width


class Batch:
    """One run of `screen`: what to screen with, and where results go."""

    def __init__(
        self, load: Callable[[], Detector], heatmaps: Path | None, *, as_json: bool
    ) -> None:
        self._load = load  # called once there is something to screen
        self._heatmaps = heatmaps
        self._as_json = as_json
        self._faults = 0
        self._out = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
        self._err = Console(stderr=True, soft_wrap=True, highlight=False)

    def screen(self, paths: Sequence[Path]) -> bool:
        """Screen everything under `paths`; False where a path is missing.

        Raises InputError where no study could be read at all or no heatmap can be written,
        ModelError where the model cannot be used; FaultError at the end where ichdash failed at
        a study.
        """
        self._make_heatmaps_folder()
        with tempfile.TemporaryDirectory(prefix="ichdash-") as scratch:
            self._screen_all(self._read(paths, Path(scratch)), len(paths))
        return all(path.exists() for path in paths)

    def _make_heatmaps_folder(self) -> None:
        """Before the first study, so that a wrong folder does not cost the whole run."""
        if self._heatmaps is None:
            return
        try:
            self._heatmaps.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = (error.strerror or "unknown reason").lower()
            raise InputError(
                f"Heatmaps cannot be written to {self._heatmaps} ({why}). Nothing was screened. "
                "Name another folder."
            ) from None

    def _read(self, paths: Iterable[Path], scratch: Path) -> Reading:
        with self._err.status("Reading headers"):
            reading = read(paths, scratch)
        self._tell_refused(reading.refused)
        for study in reading.studies:
            self._tell_refused(study.refused)
        return reading

    def _tell_refused(self, refused: Iterable[Refusal]) -> None:
        for refusal in refused:
            self._err.print(escape(refusal.reason))

    def _screen_all(self, reading: Reading, paths: int) -> None:
        if not reading.studies:
            where = "1 path" if paths == 1 else f"{paths} paths"
            raise InputError(
                f"No study could be read in {where}. Nothing was screened. "
                "Name DICOM files, folders, ZIP archives, or NIfTI files of head CTs."
            )
        detector = self._load()
        done = []
        for outcome in self._with_progress(reading, detector):
            self._tell(outcome)
            done.append(outcome)
        self._tell_all(done, len(reading.refused))
        if self._faults:
            raise FaultError(f"{self._faults} of {len(done)} studies ended in a fault of ichdash.")

    def _with_progress(self, reading: Reading, detector: Detector) -> Iterator[Outcome]:
        columns = (TextColumn("Screening"), BarColumn(), MofNCompleteColumn())
        # A bar and JSON lines on the same terminal would overwrite one another.
        is_off = not self._err.is_terminal or (self._as_json and self._out.is_terminal)
        with Progress(*columns, console=self._err, transient=True, disable=is_off) as progress:
            for study in progress.track(reading.studies):
                yield self._outcome(study, detector)

    def _outcome(self, study: Study, detector: Detector) -> Outcome:
        try:
            with recorded(f"Study {study.study_uid}"):
                return screen(study, detector)
        except FaultError as fault:
            self._faults += 1
            return NotScreened(study.study_uid, f"{fault} Not screened. {READ_AS_USUAL}")

    def _tell(self, outcome: Outcome) -> None:
        if self._as_json:
            sys.stdout.write(json.dumps(outcomes.as_json(outcome), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        if self._heatmaps is not None and not isinstance(outcome, NotScreened):
            outcomes.write_heatmap(outcome, self._heatmaps)

    def _tell_all(self, done: Sequence[Outcome], refused: int) -> None:
        if not self._as_json:
            self._out.print(outcomes.as_table(done))
        self._err.print(_final_line(done, refused))


def _final_line(done: Sequence[Outcome], refused: int) -> str:
    flags = [None if isinstance(o, NotScreened) else o.prediction.flagged for o in done]
    studies = "1 study" if len(done) == 1 else f"{len(done)} studies"
    files = f"; {refused} refused" if refused else ""
    return f"{studies}: {outcomes.count(outcomes.state(flag) for flag in flags)}{files}."
