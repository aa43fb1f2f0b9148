"""The processes that fit one network together: on several GPUs or machines, started by `torchrun`.

Lightning Fabric finds the devices and carries what is exchanged; `requirements-train.txt` has it.
Each process draws its own share of a step's slices, and gradients and the statistics of the norms
are averaged before the step, so that the weights stay the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, cast

import torch
from torch import Tensor

from ichdash.errors import InputError
from ichdash.model.network import Network
from ichdash.training.batches import Batch, Sampler

if TYPE_CHECKING:
    from lightning_fabric import Fabric

PATIENCE = timedelta(days=2)
"""How long a process waits for the others: the first reads and draws alone for hours."""

Told = TypeVar("Told")


class Team:
    """One process alone; the rule for several is in `Joined`."""

    rank, size, is_joined = 0, 1, False
    device = torch.device("cpu")

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def batch(self, sampler: Sampler, count: int, step: int) -> Batch:
        """This process's share of a step of `count` slices."""
        own = sampler.batch(max(1, count // self.size), step * self.size + self.rank)
        return own.to(self.device)

    def average(self, network: Network) -> None:
        """Make gradients and norm statistics the mean of all processes'."""

    def agreed(self, value: float) -> float:
        """The mean of what the processes found, the same in all."""
        return value

    def told(self, said: Told) -> Told:
        """What the first process says."""
        return said

    def wait(self) -> None:
        """Go on when all processes have come here."""


ALONE = Team()


class Joined(Team):
    """Processes that Fabric has brought together."""

    is_joined = True

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self.rank, self.size = fabric.global_rank, fabric.world_size
        self.device = fabric.device

    @torch.no_grad()
    def average(self, network: Network) -> None:
        shared = [each.grad for each in network.parameters() if each.grad is not None]
        shared += [each for each in network.buffers() if each.is_floating_point()]
        mean = self._mean(torch.cat([each.flatten() for each in shared]))
        parts = torch.split(mean, [each.numel() for each in shared])
        for each, part in zip(shared, parts, strict=True):
            each.copy_(part.view_as(each))

    def agreed(self, value: float) -> float:
        return float(self._mean(torch.tensor(value, dtype=torch.float32)))

    def told(self, said: Told) -> Told:
        return cast(Told, self.fabric.broadcast(said))

    def wait(self) -> None:
        self.fabric.barrier()

    def _mean(self, values: Tensor) -> Tensor:
        return cast(Tensor, self.fabric.all_reduce(values.to(self.device), reduce_op="mean"))


def from_environ(environ: Mapping[str, str]) -> Team:
    """The processes that `torchrun` started, or one alone.

    Raises InputError where Lightning Fabric is needed and not installed.
    """
    if "TORCHELASTIC_RUN_ID" not in environ:
        return ALONE
    try:
        from lightning_fabric import Fabric  # noqa: PLC0415  optional
        from lightning_fabric.strategies import DDPStrategy  # noqa: PLC0415
    except ImportError as error:
        raise InputError(
            "Training in several processes needs Lightning Fabric, which is not installed. Nothing "
            "was trained. Install it: pip install -r requirements-train.txt"
        ) from error
    local = int(environ["LOCAL_WORLD_SIZE"])
    fabric = Fabric(
        devices=local,
        num_nodes=int(environ["WORLD_SIZE"]) // local,
        strategy=DDPStrategy(timeout=PATIENCE),
    )
    fabric.launch()
    return Joined(fabric)
