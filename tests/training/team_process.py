"""One of two processes that `torchrun` starts: fits tiny networks and writes what came out."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch

from ichdash.model.network import Network
from ichdash.training import fit, folds, team, together
from ichdash.training.pool import Pool
from tests.tiny_model import TINY
from tests.training.scenes import QUICK, flat_case, sampler, square

CASE = flat_case("1.2", size=64)
POOLS = {"1.2": Pool((square(16, size=64),), ())}
SLICES = 64


def gradient(of: team.Team, count: int) -> torch.Tensor:
    """Of the first step of a network in training, over this team's share of the slices."""
    torch.manual_seed(3)
    network, chosen = Network(TINY), sampler([CASE], POOLS)
    fit.map_stage_loss(network, of.batch(chosen, count, 0), chosen.is_drawn).backward()
    of.average(network)
    return torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    joined = team.from_environ(os.environ)
    found = gradient(joined, SLICES)
    steps, checkpoint = fit.Steps(3, 1e-2), folder / "own.checkpoint"
    network = fit.fit_maps(
        sampler([CASE], POOLS), TINY, QUICK, steps, checkpoint, lambda *told: None, team=joined
    )
    told: list[tuple[int, int]] = []
    together.run(folder / "work", 2, joined, lambda *each: told.append(each))
    written = {path.name for path in (folder / "work").glob("*.safetensors")}
    torch.save(
        {
            "gradient": found,
            "weights": network.state_dict(),
            "told": told,
            "written": sorted(written),
            "jobs": [folds.result_path(folder, job).name for job in (folds.START, 0, 1, folds.ALL)],
        },
        folder / f"rank-{joined.rank}.pt",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
