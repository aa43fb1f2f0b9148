"""One head without hemorrhage: what each method shows of it, as it is and with drawn bleeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from scipy import ndimage, stats
from torch import Tensor

from ichdash.model import saliency
from ichdash.model.network import Network
from ichdash.model.saliency import Method
from ichdash.model.spec import NetworkSpec
from ichdash.training import insertion
from ichdash.training.cases import Case
from ichdash.training.insertion import VISIBLE, Insertion
from ichdash.training.scene import Scene, measure

SEED = 17
"""Bleeds are other ones than those of the training, whose seed is the recipe's."""

RANDOM = 5
"""Random networks whose maps are compared: one may resemble a map by chance."""

Maps = Mapping[Method, npt.NDArray[np.float32]]
"""Unscaled, (slabs, h, w) of each method."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A head without hemorrhage, and the weights of a network that never saw it."""

    case: Case
    weights: Path


@dataclass(frozen=True)
class Pointed:
    """What the maps of one drawn bleed show."""

    volume_ml: float
    strongest: Mapping[Method, float]
    is_hit: Mapping[Method, bool]  # the maximum lies in the bleed, or in the next cell


@dataclass(frozen=True)
class Examined:
    """What the maps of one head show."""

    bleeds: tuple[Pointed, ...]
    calm: Mapping[Method, float]  # strongest evidence without a bleed
    repeated: Mapping[Method, float]  # largest difference of two maps of the same head
    random_head: Mapping[Method, float]  # median |Spearman correlation| with maps of random heads
    random_weights: Mapping[Method, float]  # and with maps of networks that are random throughout


def examine(spec: NetworkSpec, bleeds: int, subject: Subject) -> Examined:
    """Draw `bleeds` into a head and look at the maps of all methods."""
    torch.set_num_threads(1)  # heads are examined side by side
    case, network = subject.case, _network(spec, subject.weights)
    hu = case.hu.astype(np.float32)
    scene = measure(case.hu, case.step_mm, case.slab_mm)
    drawn = _drawn(scene, case, bleeds) if scene else []
    pointed = tuple(_pointed(network, case, each) for each in drawn)
    shown = with_bleed(hu, drawn[0]) if drawn else hu
    features = _features(network, shown)
    before = _maps(network, features)
    again = _maps(network, _features(network, shown))
    inside = _cells(scene.cavity if scene else np.ones(hu.shape, np.bool_), features)
    others = [_random(spec, seed) for seed in range(RANDOM)]
    return Examined(
        bleeds=pointed,
        calm={m: float(each.max()) for m, each in _maps(network, _features(network, hu)).items()},
        repeated={m: float(np.abs(before[m] - again[m]).max()) for m in Method},
        random_head=_likeness(before, [_maps(each, features) for each in others], inside),
        random_weights=_likeness(
            before, [_maps(each, _features(each, shown)) for each in others], inside
        ),
    )


@cache
def _network(spec: NetworkSpec, weights: Path) -> Network:
    network = Network(spec).eval()
    network.load_state_dict(load_file(weights))
    return network.requires_grad_(False)


def _random(spec: NetworkSpec, seed: int) -> Network:
    """The network before it learnt anything."""
    torch.manual_seed(seed)
    return Network(spec).eval().requires_grad_(False)


@torch.no_grad()
def _features(network: Network, hu: npt.NDArray[np.float32]) -> Tensor:
    features: Tensor = network.body(network.windowed(torch.from_numpy(hu)))
    return features


def _maps(network: Network, features: Tensor) -> Maps:
    return {m: saliency.evidence(network.head, features, 0, m) for m in Method}


def _drawn(scene: Scene, case: Case, bleeds: int) -> list[Insertion]:
    rng = np.random.default_rng([SEED, *case.study_uid.encode()])
    drawn = (insertion.bleed(scene, rng) for _ in range(bleeds))
    return [each for each in drawn if each is not None]


def with_bleed(hu: npt.NDArray[np.float32], drawn: Insertion) -> npt.NDArray[np.float32]:
    """A head (slabs, rows, columns) with what was drawn added."""
    changed = hu.copy()
    changed[drawn.first : drawn.last] += drawn.added.astype(np.float32)
    return changed


def _pointed(network: Network, case: Case, drawn: Insertion) -> Pointed:
    hu = with_bleed(case.hu.astype(np.float32), drawn)
    maps = _maps(network, _features(network, hu))
    blood = np.zeros(hu.shape, np.float32)
    blood[drawn.first : drawn.last] = np.maximum.reduce([*drawn.occupancy.values()])
    return Pointed(
        volume_ml=float(blood.sum()) * case.step_mm**2 * case.slab_mm / 1000,
        strongest={m: float(each.max()) for m, each in maps.items()},
        is_hit={m: is_hit(each, blood > VISIBLE) for m, each in maps.items()},
    )


def is_hit(maps: npt.NDArray[np.float32], blood: npt.NDArray[np.bool_]) -> bool:
    """Whether the maximum of `maps` (slabs, h, w) lies in a cell with blood, or next to one in the
    same slab; `blood` is (slabs, rows, columns), whole cells. An empty map hits nothing."""
    cells = _cells(blood, maps)
    near = ndimage.binary_dilation(cells, np.ones((1, 3, 3), np.bool_))
    return bool(maps.max() > 0 and near.flat[maps.argmax()])


def _cells(
    samples: npt.NDArray[np.bool_], maps: npt.NDArray[np.float32] | Tensor
) -> npt.NDArray[np.bool_]:
    """Cells (slabs, h, w) of maps (slabs, ..., h, w) that hold any of `samples`, whole cells."""
    (slabs, rows, _), (h, w) = samples.shape, maps.shape[-2:]
    return np.asarray(samples.reshape(slabs, h, rows // h, w, -1).any(axis=(2, 4)))


def _likeness(
    before: Maps, after: Sequence[Maps], inside: npt.NDArray[np.bool_]
) -> dict[Method, float]:
    """Within the cells `inside` the skull, as all maps are dark beyond.

    Without sign: a map turned upside down shows the same places.
    """
    return {
        m: float(np.median([abs(likeness(before[m][inside], each[m][inside])) for each in after]))
        for m in Method
    }


def likeness(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    """Spearman correlation of two maps; 0 where one of them is even."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(stats.spearmanr(one.ravel(), other.ravel()).statistic)
