"""Patient-wise folds, fitted side by side in processes, each kept so that a kill loses little."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from sklearn.model_selection import StratifiedGroupKFold

from ichdash.model import saliency
from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training.cases import Case
from ichdash.training.fit import fit
from ichdash.training.pool import Pool
from ichdash.training.recipe import Recipe

ALL = -1
"""The job that is fitted on every study: the weights that ship."""

OnProgress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a network said of a study that it had not seen."""

    study_uid: str
    fold: int
    logits: npt.NDArray[np.float32]  # (findings,)
    strongest: float  # of the unscaled heatmap


@dataclass(frozen=True, eq=False)
class Material:
    """All that a fold needs, written once and read by each process."""

    cases: tuple[Case, ...]
    pools: dict[str, Pool]
    fold_of: tuple[int, ...]
    spec: NetworkSpec
    recipe: Recipe


def split(cases: Sequence[Case], folds: int, seed: int) -> tuple[int, ...]:
    """The fold of each case: every patient in one fold, positive studies spread evenly."""
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    truth = [case.is_positive for case in cases]
    groups = [case.patient_id for case in cases]
    fold_of = np.zeros(len(cases), np.int64)
    for fold, (_, held) in enumerate(splitter.split(np.zeros(len(cases)), truth, groups)):
        fold_of[held] = fold
    return tuple(fold_of.tolist())


def run(
    work: Path, material: Material, jobs: Sequence[int], processes: int, on_progress: OnProgress
) -> None:
    """Fit every job that has no result in `work` yet; a killed run goes on where it was."""
    stored = work / "material.pickle"
    with stored.open("wb") as file:
        pickle.dump(material, file)
    waiting = [job for job in jobs if not result_path(work, job).exists()]
    job = partial(_run_one, work)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as executor:
        for done in as_completed([executor.submit(job, each) for each in waiting]):
            on_progress(done.result())


def result_path(work: Path, job: int) -> Path:
    """Weights of a job, there only when it is finished."""
    return work / ("all.safetensors" if job == ALL else f"fold-{job}.safetensors")


def _run_one(work: Path, job: int) -> str:
    """Fit one job on one thread: two side by side are faster than one on two."""
    torch.set_num_threads(1)
    with (work / "material.pickle").open("rb") as file:
        material: Material = pickle.load(file)
    pairs = zip(material.cases, material.fold_of, strict=True)
    cases = [case for case, fold in pairs if fold != job]
    log = work / f"{result_path(work, job).stem}.log"
    network = fit(
        cases,
        material.pools,
        material.spec,
        material.recipe,
        checkpoint=work / f"{result_path(work, job).stem}.checkpoint",
        on_progress=partial(_note, log),
    )
    result = result_path(work, job)
    partial_result = result.with_suffix(".part")
    save_file({name: t.contiguous() for name, t in network.state_dict().items()}, partial_result)
    partial_result.replace(result)
    return result.stem


def _note(log: Path, step: int, loss: float) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(f"step {step}: loss {loss:.3f}\n")


def held_out(work: Path, material: Material) -> tuple[HeldOut, ...]:
    """Every study scored by the network that had not seen it, in the order of the cases."""
    networks = {}
    for fold in set(material.fold_of):
        networks[fold] = Network(material.spec).eval()
        networks[fold].load_state_dict(load_file(result_path(work, fold)))
    pairs = zip(material.cases, material.fold_of, strict=True)
    return tuple(_score(networks[fold], case, fold) for case, fold in pairs)


@torch.no_grad()
def _score(network: Network, case: Case, fold: int) -> HeldOut:
    hu = torch.from_numpy(case.hu.astype(np.float32))
    features = network.body(network.windowed(hu))
    logits = network.head.study(network.head.slices(features))
    with torch.enable_grad():
        maps = saliency.evidence(network.head, features, finding=0)
    return HeldOut(case.study_uid, fold, logits.numpy(), float(maps.max()))
