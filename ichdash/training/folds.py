"""Patient-wise folds, fitted side by side in processes, each kept so that a kill loses little."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor

from ichdash.errors import InputError
from ichdash.model.card import Curve
from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training import curves, fit, stopping, stored
from ichdash.training.batches import Sampler
from ichdash.training.cases import Case
from ichdash.training.pool import Pool
from ichdash.training.recipe import Recipe
from ichdash.training.stopping import EarlyStop
from ichdash.training.team import ALONE, Team
from ichdash.training.versions import fitting_code

ALL = -1
"""The job that is fitted on every study: the weights that ship."""

START = -2
"""The job that is fitted on synthetic heads alone, from which all others go on.

Without any, and without a model to start from, they go on from chance."""

START_THREADS = 2

LOOK_S = 2.0
"""How often the progress of the processes is looked at."""

OnProgress = Callable[[int, int], None]
"""Told of steps done and steps in all."""


@dataclass(frozen=True, eq=False)
class Material:
    """All that a fold needs, written once and read by each process."""

    cases: tuple[Case, ...]
    seen: tuple[Case, ...]  # the cases as screening sees them
    synthetic: tuple[Case, ...]
    pools: dict[str, Pool]
    fold_of: tuple[int, ...]
    spec: NetworkSpec
    recipe: Recipe

    def steps(self, job: int) -> int:
        """Steps of a job's first stage, which takes nearly all of its time."""
        if job == START:
            return self.recipe.start_steps if self.synthetic else 0
        return self.recipe.steps

    def cases_of(self, job: int) -> list[Case]:
        """What a fold's network learns from: all studies but those of its own fold."""
        pairs = zip(self.cases, self.fold_of, strict=True)
        return [case for case, fold in pairs if fold != job]


def split(cases: Sequence[Case], folds: int, seed: int) -> tuple[int, ...]:
    """The fold of each case: every patient in one fold, both kinds of studies spread evenly.

    Studies of a single slice are spread by themselves where there are enough, so that each fold
    has some of the others.
    """
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    truth = [case.is_positive + 2 * (len(case.hu) == 1) for case in cases]
    if min(Counter(truth).values()) < folds:
        truth = [int(case.is_positive) for case in cases]
    groups = [case.patient_id for case in cases]
    fold_of = np.zeros(len(cases), np.int64)
    for fold, (_, held) in enumerate(splitter.split(np.zeros(len(cases)), truth, groups)):
        fold_of[held] = fold
    return tuple(fold_of.tolist())


def material(  # noqa: PLR0917  what shapes a run, and how to draw the rest
    work: Path,
    cases: tuple[Case, ...],
    seen: tuple[Case, ...],
    fold_of: tuple[int, ...],
    spec: NetworkSpec,
    recipe: Recipe,
    draw: Callable[[], tuple[tuple[Case, ...], dict[str, Pool]]],
    start: str = "",
) -> Material:
    """What a run needs, drawn by `draw` (synthetic heads, pools) or as an ended run left it.

    `start` names the weights that the run goes on from. Raises InputError where `work` holds the
    run of other studies, of another recipe or of other code.
    """
    mark = fingerprint(cases, fold_of, spec, recipe) + start
    stamp, kept = work / "run.sha256", work / "material.pickle"
    if not stamp.exists() and not any(work.glob("*.safetensors")):
        kept.unlink(missing_ok=True)
        stamp.write_text(mark, encoding="utf-8")
    elif not stamp.exists() or stamp.read_text(encoding="utf-8") != mark:
        raise InputError(
            f"{work.name} holds the training of other studies, labels or steps, or by another "
            "version of ichdash. Nothing was trained. Name another folder with --work, or delete "
            "this one."
        )
    if not kept.exists():
        stored.write(kept, Material(cases, seen, *draw(), fold_of, spec, recipe))
    return read_material(work)


def fingerprint(
    cases: Sequence[Case], fold_of: Sequence[int], spec: NetworkSpec, recipe: Recipe
) -> str:
    """What makes two runs the same: studies as the network sees them, labels, folds, recipe and the
    code that draws and fits."""
    digest = hashlib.sha256(repr((tuple(fold_of), spec, recipe, fitting_code())).encode())
    for case in cases:
        digest.update(repr((case.study_uid, case.targets.tolist(), case.slab_mm)).encode())
        densities = case.hu.mean(axis=(1, 2), dtype=np.float64)  # sums differ in their last bits
        digest.update(repr(densities.round(1).tolist()).encode())
    return digest.hexdigest()


def read_material(work: Path) -> Material:
    """What `material` has written."""
    found: Material = stored.read(work / "material.pickle")
    return found


def run(
    work: Path, material: Material, folds: int, processes: int, on_progress: OnProgress
) -> None:
    """Fit every job that has no result in `work` yet; a killed run goes on where it was."""
    jobs = [START, *range(folds), ALL]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
        for stage in ([START], [*range(folds), ALL]):
            waiting = [job for job in stage if not result_path(work, job).exists()]
            pending = {executor.submit(_run_one, work, job) for job in waiting}
            while pending:
                done, pending = wait(pending, LOOK_S)
                for each in done:
                    _result(each, executor)
                on_progress(
                    sum(_steps_done(work, material, job) for job in jobs),
                    sum(material.steps(job) for job in jobs),
                )


def _result(finished: Future[None], executor: Executor) -> None:
    """Raise what ended a job at once, not after all that wait have had their hour."""
    if (fault := finished.exception()) is not None:
        executor.shutdown(wait=False, cancel_futures=True)
        raise fault


def result_path(work: Path, job: int) -> Path:
    """Weights of a job, there only when it is finished."""
    names = {ALL: "all", START: "start"}
    return work / f"{names.get(job, f'fold-{job}')}.safetensors"


def _steps_done(work: Path, material: Material, job: int) -> int:
    if result_path(work, job).exists():
        return material.steps(job)
    return curves.steps_done(curve_path(work, job))


def curve_path(work: Path, job: int) -> Path:
    """Learning curve of a job."""
    return result_path(work, job).with_suffix(".csv")


def learning_curves(work: Path, folds: int) -> tuple[Curve, ...]:
    """Of every job that was fitted."""
    names = {START: "start", **{fold: f"fold {fold + 1}" for fold in range(folds)}, ALL: "all"}
    read = (curves.read(curve_path(work, job), name) for job, name in names.items())
    return tuple(curve for curve in read if curve.steps)


def _run_one(work: Path, job: int) -> None:
    """Fit one job; several side by side on one thread each are faster than one on all.

    The start is alone. Its threads are fixed, since sums depend on how many there are.
    """
    torch.set_num_threads(START_THREADS if job == START else 1)
    note = partial(curves.note, curve_path(work, job))
    keep(work, job, fitted(work, job, read_material(work), note).state_dict())


def keep(work: Path, job: int, weights: Mapping[str, Tensor]) -> None:
    """Write the weights of a job, which is finished with that."""
    partial_result = result_path(work, job).with_suffix(".part")
    save_file({name: t.contiguous() for name, t in weights.items()}, partial_result)
    partial_result.replace(result_path(work, job))


def fitted(
    work: Path, job: int, material: Material, note: fit.OnProgress, team: Team = ALONE
) -> Network:
    """Fit one job, or what is left of it."""
    recipe, findings, pools = material.recipe, material.spec.findings, material.pools
    checkpoint = result_path(work, job).with_suffix(".checkpoint")
    if job == START and not material.synthetic:
        torch.manual_seed(recipe.seed)
        return Network(material.spec)
    if job == START:
        sampler = Sampler(material.synthetic, (), pools, findings, recipe.seed)
        steps = fit.Steps(recipe.start_steps, recipe.start_rate)
        return fit.fit_maps(sampler, material.spec, recipe, steps, checkpoint, note, team=team)
    cases = material.cases_of(job)
    sampler = Sampler(cases, material.synthetic, pools, findings, recipe.seed)
    start = load_file(result_path(work, START))
    is_watched = recipe.early_stop > 0 and stopping.is_possible(sampler)
    stop = EarlyStop(sampler, recipe) if is_watched else None
    return fit.fit(cases, sampler, material.spec, recipe, checkpoint, note, start, stop, team)


def finished(work: Path) -> Material:
    """What the folds in `work` were fitted on; raises InputError where one of them is not."""
    if not (work / "material.pickle").exists():
        raise InputError(f"{work.name} holds no training. Name the --work folder of one.")
    material = read_material(work)
    if not hasattr(material, "seen"):
        raise InputError(
            f"{work.name} holds a training of an earlier version of ichdash, which did not keep "
            "the studies as screening sees them. Train again into another folder."
        )
    for fold in sorted(set(material.fold_of)):
        if not (path := result_path(work, fold)).exists():
            raise InputError(
                f"{work.name} holds a training that has not ended ({path.name} is missing). Start "
                "`train` again with this folder: it goes on from there."
            )
    return material
