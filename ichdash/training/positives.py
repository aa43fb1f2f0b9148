"""Slices of real studies with hemorrhage, taught by their study-level labels alone.

Which slices hold the blood is not known: multiple instance learning. A slice of which the network
is sure already is taught as blood, since the study has some; the slices with least evidence are
taught as free of it. Between the two nothing is taught. A study of a single slice tells of that
slice by its own label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ichdash.model.network import Network
from ichdash.training import precision
from ichdash.training.cases import Case

SURE = 1.0
"""Evidence logit of a slice from which on it is taught as blood."""

CLEAR = 0.4
"""Part of a study's slices, those with least evidence, that are taught as free of blood."""

MOST_RANKED = 60
"""Studies ranked at a time: of a large archive a part, another one each time."""

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ranked:
    """A study with hemorrhage and the network's evidence for it in each slice."""

    case: Case
    evidence: FloatArray  # (slabs,)

    def sure(self) -> npt.NDArray[np.intp]:
        """Slices that hold blood, as far as the network can tell."""
        return np.flatnonzero(self.evidence >= SURE)

    def clear(self) -> npt.NDArray[np.intp]:
        """Slices that hold none, as far as the network can tell."""
        least = np.argsort(self.evidence)[: int(CLEAR * len(self.evidence))]
        return np.asarray(least[self.evidence[least] < SURE])


@torch.no_grad()
def rank(network: Network, cases: Sequence[Case]) -> tuple[Ranked, ...]:
    """`cases` scored slice by slice."""
    return tuple(Ranked(case, _evidence(network, case)) for case in cases)


def some(cases: Sequence[Case], step: int) -> list[Case]:
    """As many of `cases` as are ranked at a time, others at another step."""
    if len(cases) <= MOST_RANKED:
        return [*cases]
    chosen = np.random.default_rng(step).choice(len(cases), MOST_RANKED, replace=False)
    return [cases[index] for index in chosen]


def _evidence(network: Network, case: Case) -> FloatArray:
    hu = torch.from_numpy(case.hu.astype(np.float32)).to(network.head.mean.device)
    maps = network.head.maps(precision.features(network, network.windowed(hu)))
    strongest = network.head.strongest(maps)
    found: FloatArray = strongest[:, 0].cpu().numpy()
    return found


def slice_targets(study: FloatArray, *, has_blood: bool) -> FloatArray:
    """What is known of one of a study's slices (findings,), NaN where nothing is.

    Hemorrhage comes first, then its kinds. A kind that the study has not is in none of its slices;
    the only one it has is in all that hold blood.
    """
    if not has_blood:
        return np.where(np.isnan(study), study, 0).astype(np.float32)
    is_kind = study[1:] == 1
    kinds = study[1:] if is_kind.sum() == 1 else np.where(is_kind, np.nan, study[1:])
    return np.concatenate([np.ones(1), kinds]).astype(np.float32)
