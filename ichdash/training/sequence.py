"""Fit the biLSTM on whole volumes: here the study-level labels of the real studies come in.

The CNN stays as it is, so each volume is described once, in a few poses, by what the head makes
of each slice; fitting on that takes seconds. Of a large archive a part is described. Beside the
real studies stand volumes with drawn bleeds, which teach slice by slice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ichdash.model.network import Head, Network
from ichdash.training import augment, precision
from ichdash.training.batches import Sampler
from ichdash.training.cases import Case
from ichdash.training.pool import TRUTH_STEP
from ichdash.training.recipe import Recipe

MILD = augment.Ranges(hu_shift=2.0, hu_gain=0.04, noise_hu=3.0)
"""Volumes are varied less than slices: what differs from study to study is what is learnt here."""

DRAWN_A_STEP = 4
"""Volumes with drawn bleeds in a step, and as many without, beside one real study of each."""

MOST_STUDIES = 400
"""Of each kind: describing them takes seconds each, and the biLSTM is small."""

STUDY_WEIGHT = 0.5
"""How much the study counts against its slices where both are known."""

RATE, WEIGHT_DECAY = 2e-3, 0.05


@dataclass(frozen=True, eq=False)
class Described:
    """A volume as the head sees it, with what is known of it."""

    summary: Tensor  # (slices, features of a slice)
    study: Tensor  # (findings,) in {0, 1}, NaN unknown
    slices: Tensor | None  # (slices, findings), NaN unknown; None for a real study


def fit(network: Network, cases: Sequence[Case], sampler: Sampler, recipe: Recipe) -> None:
    """Fit what the head does between slices, in place; the CNN and its evidence maps stay.

    Studies of a single slice have nothing between slices: the others teach it, if there are any.
    """
    sampler.start(recipe.steps)
    cases, scenes = (_some(_several(each), sampler.rng) for each in (cases, sampler.scenes))
    network.requires_grad_(False).eval()
    real = [_real(network, case, sampler) for case in cases for _ in range(recipe.poses)]
    drawn = [_drawn(network, case, sampler) for case in scenes * recipe.volumes]
    head = network.head
    summaries = torch.cat([volume.summary for volume in (*real, *drawn)])
    head.mean.copy_(summaries.mean(0))
    head.deviation.copy_(summaries.std(0) + 1e-3)
    torch.manual_seed(recipe.seed)
    between = nn.ModuleList([head.along, head.embed, head.lstm, head.context])
    between.requires_grad_(True)
    optimizer = torch.optim.AdamW(between.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=recipe.head_steps)
    head.train()
    for _ in range(recipe.head_steps):
        loss = recipe.real_weight * _loss(head, real, 1, sampler.rng)
        loss = loss + _loss(head, drawn, DRAWN_A_STEP, sampler.rng)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    network.requires_grad_(False).eval()


def _several(cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if len(case.hu) > 1] or [*cases]


def _some(cases: list[Case], rng: np.random.Generator) -> list[Case]:
    if len(cases) <= MOST_STUDIES:
        return cases
    return [cases[index] for index in rng.choice(len(cases), MOST_STUDIES, replace=False)]


def _real(network: Network, case: Case, sampler: Sampler) -> Described:
    """A real study with its study-level labels and nothing else."""
    hu = torch.from_numpy(case.hu.astype(np.float32))
    summary, _ = _describe(network, hu, torch.zeros(len(hu), 1, 2, 2), sampler)
    return Described(summary, torch.from_numpy(case.targets), None)


def _drawn(network: Network, case: Case, sampler: Sampler) -> Described:
    """A study without hemorrhage, in half of the cases with a bleed drawn into it."""
    hu = case.hu.astype(np.float32)
    side = hu.shape[-1] // TRUTH_STEP
    truth = np.zeros((len(hu), len(sampler.findings), side, side), np.float32)
    for each in sampler.choose(sampler.pools[case.study_uid]):
        sampler.insert(each, np.arange(len(hu)), hu, truth)
    summary, moved = _describe(network, torch.from_numpy(hu), torch.from_numpy(truth), sampler)
    slices = sampler.known_slices(moved)
    study = torch.nan_to_num(slices, 1.0).amax(0)
    study = torch.where(sampler.is_drawn, study, torch.from_numpy(case.targets))
    return Described(summary, study, slices)


@torch.no_grad()
def _describe(
    network: Network, hu: Tensor, truth: Tensor, sampler: Sampler
) -> tuple[Tensor, Tensor]:
    """Summary of each slice of a volume in a random pose, and the truth in that pose."""
    affine = augment.geometry(1, sampler.generator, MILD)
    hu = augment.warp(hu[:, None], affine.expand(len(hu), 2, 3), augment.AIR_HU)
    truth = (augment.warp(truth, affine.expand(len(truth), 2, 3), 0.0) > 0.5).float()
    hu = augment.intensity(hu.transpose(0, 1), sampler.generator, MILD)[0]  # one draw for all
    features = precision.features(network, network.windowed(hu))
    return network.head.summary(features), truth


def _loss(head: Head, volumes: Sequence[Described], times: int, rng: np.random.Generator) -> Tensor:
    """Over `times` volumes with a hemorrhage and as many without."""
    total = torch.zeros(())
    for answer in (1, 0):
        among = [volume for volume in volumes if volume.study[0] == answer]
        for index in rng.integers(len(among), size=times if among else 0):
            total = total + _of_one(head, among[index], is_reversed=bool(rng.integers(2)))
    return total


def _of_one(head: Head, volume: Described, *, is_reversed: bool) -> Tensor:
    logits = head.logits(volume.summary.flip(0) if is_reversed else volume.summary)
    study = known_loss(head.study(logits), volume.study)
    if volume.slices is None:
        return study
    return STUDY_WEIGHT * study + known_loss(
        logits, volume.slices.flip(0) if is_reversed else volume.slices
    )


def known_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Binary cross-entropy over the entries whose target is not NaN."""
    known = ~torch.isnan(targets)
    if not known.any():
        return logits.sum() * 0
    return functional.binary_cross_entropy_with_logits(logits[known], targets[known])
