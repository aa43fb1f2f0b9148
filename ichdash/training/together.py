"""All processes fit each network together, one after another, instead of one network a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ichdash.training import curves, folds
from ichdash.training.team import Team


def run(work: Path, count: int, team: Team, on_progress: Callable[[int, int], None]) -> None:
    """Fit every job of `count` folds that has no result in `work` yet.

    Called by each process of the team; all of them must see `work`. Only the first writes.
    """
    team.wait()  # until the first has written what there is to learn from
    material = folds.read_material(work)
    jobs = [folds.START, *range(count), folds.ALL]
    total = sum(material.steps(job) for job in jobs)
    done = 0
    for job in jobs:
        if not team.told(folds.result_path(work, job).exists()):

            def note(step: int, *losses: float, job: int = job, before: int = done) -> None:
                if team.is_first:
                    curves.note(folds.curve_path(work, job), step, *losses)
                    on_progress(before + step, total)

            network = folds.fitted(work, job, material, note, team)
            if team.is_first:
                folds.keep(work, job, network.state_dict())
        team.wait()
        done += material.steps(job)
