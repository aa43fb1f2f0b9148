"""Several processes that fit one network: the same weights in all, as one process would have."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
import torch

from ichdash.errors import InputError
from ichdash.settings import ROOT
from ichdash.training import fit, folds, team
from ichdash.training.batches import Batch
from tests.tiny_model import TINY
from tests.training.scenes import QUICK, flat_case, sampler
from tests.training.team_process import CASE, POOLS, SLICES, Network, gradient

needs_fabric = pytest.mark.skipif(
    find_spec("lightning_fabric") is None,
    reason="lightning-fabric is not installed: pip install -r requirements-train.txt",
)


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What two processes on the CPU found and wrote, by rank."""
    folder = tmp_path_factory.mktemp("team")
    (folder / "work").mkdir()
    cases = tuple(flat_case(f"1.{n}", float(n > 1), size=64) for n in range(4))
    pools = {f"1.{n}": POOLS["1.2"] for n in (0, 1)}
    folds.material(folder / "work", cases, (0, 1, 0, 1), TINY, QUICK, lambda: ((), pools))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "tests.training.team_process", str(folder)]
    environ = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"rank-{rank}.pt") for rank in range(2)]


def whole_batch() -> Batch:
    """What both processes draw, in one."""
    chosen = sampler([CASE], POOLS)
    halves = [chosen.batch(SLICES // 2, step) for step in (0, 1)]
    parts = (vars(each).values() for each in halves)
    return Batch(*(torch.cat(part) for part in zip(*parts, strict=True)))


@needs_fabric
def test_both_processes_have_the_same_weights(ranks: list[dict[str, Any]]) -> None:
    first, second = (rank["weights"] for rank in ranks)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []


@needs_fabric
def test_the_gradient_of_a_step_is_close_to_that_of_one_process(
    ranks: list[dict[str, Any]],
) -> None:
    """Not equal: norms and losses are normalised over the slices of a process."""
    torch.manual_seed(3)
    network = Network(TINY)
    chosen = sampler([CASE], POOLS)
    fit.map_stage_loss(network, whole_batch(), chosen.is_drawn).backward()
    alone = torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])
    both = ranks[0]["gradient"]
    assert torch.equal(both, ranks[1]["gradient"])
    assert torch.cosine_similarity(both, alone, dim=0) > 0.9
    assert both.norm() / alone.norm() == pytest.approx(1, abs=0.15)


@needs_fabric
def test_the_gradient_is_the_mean_of_what_each_process_found(ranks: list[dict[str, Any]]) -> None:
    class Share(team.Team):
        def __init__(self, rank: int) -> None:
            self.rank, self.size = rank, 2

    mean = (gradient(Share(0), SLICES) + gradient(Share(1), SLICES)) / 2
    torch.testing.assert_close(ranks[0]["gradient"], mean)


@needs_fabric
def test_all_jobs_are_fitted_and_the_first_process_alone_tells(
    ranks: list[dict[str, Any]],
) -> None:
    assert ranks[0]["written"] == sorted(ranks[0]["jobs"])
    assert ranks[0]["told"][-1] == (18, 18)
    assert ranks[1]["told"] == []


def test_without_torchrun_a_process_is_alone() -> None:
    assert team.from_environ({"RANK": "1"}) is team.ALONE


def test_several_processes_without_fabric_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightning_fabric", None)
    with pytest.raises(InputError) as told:
        team.from_environ({"TORCHELASTIC_RUN_ID": "1"})
    assert str(told.value) == (
        "Training in several processes needs Lightning Fabric, which is not installed. Nothing "
        "was trained. Install it: pip install -r requirements-train.txt"
    )
