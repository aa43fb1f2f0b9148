"""Fills a data folder with the twelve synthetic studies, so that a first look is not an empty list.

Drawing takes seconds a head, so it runs on several cores; nothing reaches the store before all
heads are drawn, and what the store knows already is neither drawn nor screened again.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ichdash import outcomes, worker
from ichdash.errors import NotFoundError
from ichdash.intake import take_in
from ichdash.phantom import DemoStudy, demo_studies, draw_head, write_study
from ichdash.phantom.study import uid_of
from ichdash.records import ScreeningState, StudyRow
from ichdash.settings import Settings
from ichdash.store import Store
from ichdash.store.store import DATABASE

SOURCE = "demo"
MOST_PROCESSES = 4
SETTLED = (ScreeningState.SCREENED, ScreeningState.NOT_SCREENED)


def has_store(data_dir: Path) -> bool:
    """Whether ichdash has worked in this folder before."""
    return (data_dir / DATABASE).exists()


def write(folder: Path, studies: Sequence[DemoStudy] | None = None) -> None:
    """Draw the studies (the twelve of the demo) and write them as DICOM, one folder each."""
    with _progress() as progress:
        _draw(_twelve() if studies is None else studies, folder, progress)


def fill(
    settings: Settings,
    studies: Sequence[DemoStudy] | None = None,
    load: worker.Load = worker.load_detector,
) -> str:
    """Add the studies that the store lacks and screen them; returns a line for the person.

    Raises ModelError where the model cannot be used; the studies then wait in the queue.
    """
    studies = _twelve() if studies is None else studies
    uids = [_uid(study) for study in studies]
    with _progress() as progress:
        _add([study for study in studies if not _is_known(study, settings)], settings, progress)
        _screen(settings, uids, load, progress)
    return _summary(_rows(settings, uids))


def _twelve() -> tuple[DemoStudy, ...]:
    return demo_studies(datetime.now(UTC))


def _uid(study: DemoStudy) -> str:
    return uid_of(study.spec, "study")


def _is_known(study: DemoStudy, settings: Settings) -> bool:
    return has_store(settings.data_dir) and bool(_rows(settings, [_uid(study)]))


def _rows(settings: Settings, uids: Sequence[str]) -> list[StudyRow]:
    """The studies of `uids` that the store has."""
    found = []
    with Store.open(settings.data_dir) as store:
        for uid in uids:
            try:
                found.append(store.study(uid))
            except NotFoundError:
                continue
    return found


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))


def _add(studies: Sequence[DemoStudy], settings: Settings, progress: Progress) -> None:
    if not studies:
        return
    with tempfile.TemporaryDirectory(prefix="ichdash-") as scratch:
        _draw(studies, Path(scratch), progress)
        with Store.open(settings.data_dir) as store:
            take_in([Path(scratch)], store, SOURCE, datetime.now(UTC))


def _draw(studies: Sequence[DemoStudy], folder: Path, progress: Progress) -> None:
    """Draw on several cores and write each study into a folder named by its accession number."""
    task = progress.add_task("Drawing synthetic heads", total=len(studies))
    if len(studies) == 1:  # a pool costs more than it brings
        _draw_one(studies[0], folder)
        progress.advance(task)
        return
    # Spawned, not forked: the progress bar has a thread, and a fork would copy its locks.
    context = multiprocessing.get_context("spawn")
    cores = min(os.cpu_count() or 1, MOST_PROCESSES, len(studies))
    with ProcessPoolExecutor(cores, context) as pool:
        for drawn in as_completed([pool.submit(_draw_one, study, folder) for study in studies]):
            drawn.result()
            progress.advance(task)


def _draw_one(study: DemoStudy, folder: Path) -> None:
    place = folder / study.label.accession_number
    write_study(draw_head(study.spec), study.spec, place, study.label, study.omitted)


def _screen(settings: Settings, uids: Sequence[str], load: worker.Load, progress: Progress) -> None:
    """Work like a worker until `uids` are settled, beside any other worker that runs."""
    task = progress.add_task("Screening", total=len(uids))

    def are_settled() -> bool:
        rows = _rows(settings, uids)
        settled = sum(row.state in SETTLED for row in rows)
        progress.update(task, completed=settled)
        return settled == len(rows)

    if not are_settled():
        detector = load(settings)  # here, so that a missing model ends the command
        worker.run(settings, are_settled, load=lambda _: detector)


def _summary(rows: Sequence[StudyRow]) -> str:
    was_screened = ScreeningState.SCREENED
    states = (outcomes.state(row.flagged if row.state is was_screened else None) for row in rows)
    return f"{len(rows)} synthetic studies are on the worklist: {outcomes.count(states)}."
