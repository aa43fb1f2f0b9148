"""Fit one network: from study-level labels and drawn bleeds to weights, resumable after a kill."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training.batches import Run, Sampler
from ichdash.training.cases import Case
from ichdash.training.pool import Pool
from ichdash.training.recipe import Recipe

DARK_WEIGHT = 8.0
"""How much places without blood count in the map loss against those with it."""


def fit(  # noqa: PLR0917  what to fit, how, and where to note it
    cases: Sequence[Case],
    pools: dict[str, Pool],
    spec: NetworkSpec,
    recipe: Recipe,
    checkpoint: Path,
    on_progress: Callable[[int, float], None],
) -> Network:
    """Fit a network on `cases`, going on from `checkpoint` if it is there.

    Returns the network with the averaged weights, in evaluation mode.
    """
    torch.manual_seed(recipe.seed)
    network = Network(spec)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    averaged = deepcopy(network).requires_grad_(False)
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.learning_rate, (0.9, 0.98), weight_decay=recipe.weight_decay
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.learning_rate, total_steps=recipe.steps, pct_start=0.12
    )
    parts = {"network": network, "averaged": averaged, "optimizer": optimizer, "lr": schedule}
    first = _resume(checkpoint, parts)
    sampler = Sampler(cases, pools, spec.findings, seed=recipe.seed * 100_003 + first)
    drawn_only = recipe.drawn_only * recipe.steps
    network.train()
    for step in range(first, recipe.steps):
        loss = _loss(network, sampler.step(recipe.runs, step >= drawn_only), recipe)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        _average(averaged, network, min(recipe.averaging, (step + 1) / (step + 10)))
        if (step + 1) % 50 == 0:
            on_progress(step + 1, float(loss.detach()))
            _save(checkpoint, parts, step + 1)
    averaged.eval()
    return averaged


def _loss(network: Network, runs: list[Run], recipe: Recipe) -> Tensor:
    hu = torch.cat([run.hu for run in runs])
    slices = network.windowed(hu).contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        features = network.body(slices)
    parts = features.float().split([len(run.hu) for run in runs])
    total = torch.zeros(())
    for run, part in zip(runs, parts, strict=True):
        logits = network.head.slices(part)
        study = _known(network.head.study(logits), run.study)
        if run.slices is None or run.truth is None:
            total = total + recipe.real_weight * study
            continue
        drawn = _known(logits, run.slices) + recipe.study_weight * study
        drawn = drawn + recipe.map_weight * _map_loss(network.head.maps(part), run.truth)
        total = total + drawn / recipe.runs
    return total


def _known(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy over the entries whose target is not NaN."""
    known = ~torch.isnan(targets)
    if not known.any():
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known])


def _map_loss(maps: Tensor, truth: Tensor) -> Tensor:
    """Blood must be seen where it is; all else must stay dark, but for the blood's own rim."""
    loss = functional.binary_cross_entropy_with_logits(maps, truth, reduction="none")
    rim = functional.max_pool2d(truth, 3, 1, 1) > 0.5
    bright = truth > 0.5
    missed = loss[bright].mean() if bright.any() else loss.sum() * 0
    return missed + DARK_WEIGHT * loss[~rim].mean()


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
    state = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])  # type: ignore[attr-defined]
    return int(state["step"])
