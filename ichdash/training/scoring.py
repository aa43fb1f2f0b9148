"""Every study of a training scored by the network that had not seen it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from ichdash.model import saliency
from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training import folds
from ichdash.training.cases import Case
from ichdash.training.folds import Material


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a network said of a study that it had not seen."""

    study_uid: str
    fold: int
    logits: npt.NDArray[np.float32]  # (findings,)
    slices: npt.NDArray[np.float32]  # (slabs,) logits of the first finding, feet to head
    strongest: float  # of the unscaled heatmap


def held_out(work: Path, material: Material, spec: NetworkSpec) -> tuple[HeldOut, ...]:
    """Every study, as screening sees it, scored by the network that had not seen it, in the order
    of the cases; `spec` tells how the networks are read."""
    networks = {}
    for fold in set(material.fold_of):
        networks[fold] = Network(spec).eval()
        networks[fold].load_state_dict(load_file(folds.result_path(work, fold)))
    pairs = zip(material.seen, material.fold_of, strict=True)
    return tuple(_score(networks[fold], case, fold) for case, fold in pairs)


@torch.no_grad()
def _score(network: Network, case: Case, fold: int) -> HeldOut:
    hu = torch.from_numpy(case.hu.astype(np.float32))
    features = network.body(network.windowed(hu))
    slices = network.head.slices(features)
    logits = network.head.study(slices)
    with torch.enable_grad():
        maps = saliency.evidence(network.head, features, finding=0)
    first = slices[:, 0].numpy()
    return HeldOut(case.study_uid, fold, logits.numpy(), first, float(maps.max()))
