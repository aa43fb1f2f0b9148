"""How many studies are found of each subtype: a model may find the large bleeds alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ichdash.domain import HEMORRHAGE
from ichdash.model.card import Figure
from ichdash.training import metrics
from ichdash.training.judging import Judged


@dataclass(frozen=True)
class Subtype:
    """Of the studies with hemorrhage those that are labelled with one other column of the CSV."""

    name: str
    studies: int
    found: int
    sensitivity: Figure  # 0, from 0 to 1, where there is no study
    median_probability: float | None


def by_subtype(judged: Sequence[Judged]) -> tuple[Subtype, ...]:
    """Each column of the labels but hemorrhage itself, in their order."""
    names = dict.fromkeys(name for each in judged for name in each.labels if name != HEMORRHAGE)
    return tuple(
        _subtype(name, [each for each in judged if each.truth and each.labels.get(name)])
        for name in names
    )


def _subtype(name: str, judged: Sequence[Judged]) -> Subtype:
    found = sum(each.flagged for each in judged)
    return Subtype(
        name=name,
        studies=len(judged),
        found=found,
        sensitivity=metrics.proportion(found, len(judged)),
        median_probability=median(each.probability for each in judged) if judged else None,
    )
