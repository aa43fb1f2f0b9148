"""A warm start: the weights of another model, from which a training goes on.

What the other model learnt from stays with the new one: its licence and citation in the card, and
its studies and patients, on which no figure of the new model may rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ichdash.errors import InputError, ModelError
from ichdash.model.card import SCREENING_OFF, ModelCard
from ichdash.model.detector import load_network
from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training import learnt
from ichdash.training.archive import Match
from ichdash.training.learnt import Learnt

BY_FINDING = {
    "head.evidence.weight": 0,
    "head.evidence.bias": 0,
    "head.along.weight": 0,
    "head.context.weight": 0,
    "head.context.bias": 0,
    "head.mean": 0,
    "head.deviation": 0,
    "head.embed.weight": 1,
}
"""Parts of the network that begin with one entry a finding, along this dimension."""


@dataclass(frozen=True, eq=False)
class Start:
    """A model to go on from."""

    card: ModelCard
    weights: Mapping[str, Tensor]
    seen: Learnt

    @classmethod
    def load(cls, path: Path) -> Start:
        """Raises InputError where card and weights do not match or do not fit this version."""
        try:
            card, network = load_network(path)
        except ModelError as error:
            reason = str(error).removesuffix(SCREENING_OFF)
            raise InputError(f"{reason}Nothing was trained.") from error
        return cls(card, network.state_dict(), learnt.of(path))

    @property
    def origin(self) -> str:
        """Where the weights come from, in a sentence."""
        return f"Started from the weights of {self.card.model_id} (SHA-256 {self.card.sha256})."

    @property
    def doubt(self) -> str:
        """What keeps the new figures from being sure, in a sentence; else empty."""
        if self.seen.patients and learnt.OTHERS not in self.seen.patients:
            return ""
        unknown = "patients" if self.seen.studies else "studies and patients"
        return (
            f"Which {unknown} {self.card.model_id} learnt from is not recorded: where some are "
            "among the studies of this training, its figures are too good."
        )

    def passed_on(self) -> Learnt:
        """What weights that go on from these have seen as well."""
        doubted = frozenset({learnt.OTHERS}) if self.doubt else frozenset()
        return self.seen | Learnt(patients=doubted)

    def refuse_known(self, matches: Sequence[Match]) -> None:
        """Raise InputError where held-out studies would be judged by weights that saw them."""
        known = [m.label.name for m in matches if self.seen.has(m)]
        if known:
            raise InputError(
                f"{self.card.model_id} learnt from {len(known)} of the labelled studies, or from "
                f"others of their patients ({', '.join(known)}): weights that saw them cannot be "
                "cross-validated on them. Nothing was trained. Take them out of the labels, or "
                "train without --start-from."
            )

    def transferred(self, spec: NetworkSpec, seed: int) -> dict[str, Tensor]:
        """Weights for `spec`: findings in common as they are, new ones as chance has them."""
        torch.manual_seed(seed)
        fresh = Network(spec).state_dict()
        pairs = [
            (spec.findings.index(name), place)
            for place, name in enumerate(self.card.network.findings)
            if name in spec.findings
        ]
        for name, new in fresh.items():
            if name in BY_FINDING:
                self._take(new.movedim(BY_FINDING[name], 0), name, pairs, len(spec.findings))
            else:
                new.copy_(self.weights[name])
        return fresh

    def _take(
        self, new: Tensor, name: str, pairs: Sequence[tuple[int, int]], findings: int
    ) -> None:
        old = self.weights[name].movedim(BY_FINDING[name], 0)
        for to, place in pairs:
            new[to] = old[place]
        new[findings:] = old[len(self.card.network.findings) :]
