"""Fit one network in two stages, resumable after a kill.

First the CNN with its evidence maps, on single slices with drawn bleeds, whose place is known.
Then (`sequence`) the biLSTM on whole volumes, where the study-level labels of the real studies
come in. The first stage takes nearly all of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training import positives, precision, sequence
from ichdash.training.batches import Batch, Sampler
from ichdash.training.cases import Case
from ichdash.training.recipe import Recipe
from ichdash.training.stopping import EarlyStop
from ichdash.training.team import ALONE, Team

OnProgress = Callable[..., None]
"""Told of the step, the mean loss since the last time and, where it is watched, of validation."""

Weights = Mapping[str, Tensor]

DARK_WEIGHT = 8.0
"""How much places without blood count in the map loss against those with it."""

FEW_CELLS = 40.0
"""A finding with fewer cells than this in a batch counts the less, so that one cell is no shout."""

MOMENTUM = 0.85, 0.95
"""AdamW's first beta while the learning rate is highest, and at both ends."""

SAVE_EVERY = 50  # steps

RANK_FROM = 100
"""The studies with hemorrhage are ranked, as often as is saved, from this step on."""


@dataclass(frozen=True)
class Steps:
    """How long to fit, and the highest learning rate on the way."""

    count: int
    rate: float


def fit(  # noqa: PLR0917  what to fit, how, and where to note it
    cases: Sequence[Case],
    sampler: Sampler,
    spec: NetworkSpec,
    recipe: Recipe,
    checkpoint: Path,
    on_progress: OnProgress,
    start: Weights,
    stop: EarlyStop | None = None,
    team: Team = ALONE,
) -> Network:
    """Fit a network on `cases`, going on from the weights `start`, or from `checkpoint`.

    The result does not depend on whether the run was ended in between. Returns the network with
    averaged weights, in evaluation mode.
    """
    steps = Steps(recipe.steps, recipe.learning_rate)
    network = fit_maps(sampler, spec, recipe, steps, checkpoint, on_progress, start, stop, team)
    _silence(network, sampler.is_drawn)
    if team.is_first:  # takes seconds
        sequence.fit(network, cases, sampler, recipe)
    return network


@torch.no_grad()
def _silence(network: Network, is_drawn: Tensor) -> None:
    """Evidence of what is never drawn says nothing: its study labels alone speak, by context."""
    network.head.evidence.weight[~is_drawn] = 0.0
    network.head.evidence.bias[~is_drawn] = 0.0  # type: ignore[index]


def fit_maps(  # noqa: PLR0917
    sampler: Sampler,
    spec: NetworkSpec,
    recipe: Recipe,
    steps: Steps,
    checkpoint: Path,
    on_progress: OnProgress,
    start: Weights | None = None,
    stop: EarlyStop | None = None,
    team: Team = ALONE,
) -> Network:
    """The first stage: the CNN and its evidence maps. Returns the averaged network."""
    torch.manual_seed(recipe.seed)
    network = Network(spec)
    if start is not None:
        network.load_state_dict(start)
    network.to(team.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = deepcopy(network).requires_grad_(False).eval()
    optimizer, schedule = _optimizer(network, steps, recipe)
    parts = {"network": network, "averaged": averaged, "optimizer": optimizer, "lr": schedule}
    if stop:
        parts["stop"], sampler = stop, stop.learning
    losses = []
    for step in range(_resume(checkpoint, parts), steps.count):
        if stop and stop.is_over:
            break
        if step % SAVE_EVERY == 0 and step >= RANK_FROM:
            sampler.ranked = positives.rank(averaged, positives.some(sampler.positives, step))
        batch = team.batch(sampler, recipe.slices, step)
        loss = map_stage_loss(network, batch, sampler.is_drawn, sampler.maps_count)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        team.average(network)
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        _average(averaged, network, min(recipe.averaging, (step + 1) / (step + 10)))
        losses.append(float(loss.detach()))
        if (step + 1) % SAVE_EVERY == 0 or step + 1 == steps.count:
            on_progress(step + 1, sum(losses) / len(losses), *_watched(stop, averaged, team))
            losses.clear()
            if team.is_first:
                _save(checkpoint, parts, step + 1)
    if stop and stop.weights:
        averaged.load_state_dict(stop.weights)
    return averaged.cpu()


def _optimizer(
    network: Network, steps: Steps, recipe: Recipe
) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.OneCycleLR]:
    optimizer = torch.optim.AdamW(
        network.parameters(), steps.rate, (MOMENTUM[1], 0.98), weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        steps.rate,
        total_steps=steps.count,
        pct_start=0.12,
        base_momentum=MOMENTUM[0],
        max_momentum=MOMENTUM[1],
    )
    return optimizer, schedule


@torch.no_grad()
def _watched(stop: EarlyStop | None, averaged: Network, team: Team) -> list[float]:
    """The loss of validation, noted, where it is watched."""
    if stop is None:
        return []
    batches = [each.to(team.device) for each in stop.batches()]
    watched = stop.watched
    losses = [
        map_stage_loss(averaged, each, watched.is_drawn, watched.maps_count) for each in batches
    ]
    loss = team.agreed(float(torch.stack(losses).mean()))
    stop.note(loss, averaged)
    return [loss]


def map_stage_loss(
    network: Network, batch: Batch, is_drawn: Tensor, maps_count: float = 1.0
) -> Tensor:
    """Blood where it is and nowhere else, and the slice's strongest evidence right as a whole."""
    channels = network.channels(*batch.hu.unbind(1))
    maps = network.head.maps(precision.features(network, channels))
    cells = functional.max_pool2d(batch.truth, batch.truth.shape[-1] // maps.shape[-1])
    strongest = network.head.strongest(maps)
    known = ~torch.isnan(batch.slices)
    slices = functional.binary_cross_entropy_with_logits(
        strongest, torch.nan_to_num(batch.slices), reduction="none"
    )
    by_finding = (slices * known).sum(0) / known.sum(0).clamp(min=1)  # (findings,)
    maps, cells = maps[batch.is_mapped][:, is_drawn], cells[batch.is_mapped][:, is_drawn]
    return maps_count * _map_loss(maps, cells) + by_finding.mean() + by_finding[0]


def _map_loss(maps: Tensor, truth: Tensor) -> Tensor:
    """Blood must be seen where it is; all else must stay dark, but for the blood's own rim."""
    loss = functional.binary_cross_entropy_with_logits(maps, truth, reduction="none")
    rim = functional.max_pool2d(truth, 3, 1, 1) > 0.5
    missed = (loss * truth).sum((0, 2, 3)) / (truth.sum((0, 2, 3)) + FEW_CELLS)  # (findings,)
    return 2 * missed.mean() + missed[0] + DARK_WEIGHT * loss[~rim].mean()


@torch.no_grad()
def _average(averaged: Network, network: Network, keep: float) -> None:
    current = network.state_dict()
    for name, old in averaged.state_dict().items():
        if old.dtype.is_floating_point:
            old.lerp_(current[name], 1 - keep)


def _save(checkpoint: Path, parts: dict[str, object], step: int) -> None:
    state = {name: part.state_dict() for name, part in parts.items()}  # type: ignore[attr-defined]
    partial = checkpoint.with_suffix(".part")
    torch.save({"step": step, **state}, partial)
    partial.replace(checkpoint)


def _resume(checkpoint: Path, parts: dict[str, object]) -> int:
    if not checkpoint.exists():
        return 0
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])  # type: ignore[attr-defined]
    return int(state["step"])
