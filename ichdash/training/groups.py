"""How many studies are found of each subtype and size: a model may find the large bleeds alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ichdash.domain import HEMORRHAGE
from ichdash.model.card import Figure
from ichdash.training import judging, metrics
from ichdash.training.judging import Judged

SIZES = (("1–3 slices", 1, 3), ("4–9 slices", 4, 9), ("10+ slices", 10, np.inf))
"""How many slices show the hemorrhage: name, least, most."""


@dataclass(frozen=True)
class Group:
    """Some of the studies with hemorrhage, against all studies without."""

    name: str
    studies: int
    found: int  # flagged; the rest was missed
    sensitivity: Figure  # 0, from 0 to 1, where there is no study
    auc: Figure | None  # none where either kind of study lacks
    median_probability: float | None


def by_subtype(judged: Sequence[Judged]) -> tuple[Group, ...]:
    """Each column of the labels but hemorrhage itself, in their order."""
    return tuple(_group(name, judged, _with(name, judged)) for name in _subtypes(judged))


def by_size(judged: Sequence[Judged], positive_slices: Mapping[str, int]) -> tuple[Group, ...]:
    """Each size, then of each subtype the sizes that occur; studies whose size is known."""
    sized = [
        (size, {uid for uid, count in positive_slices.items() if least <= count <= most})
        for size, least, most in SIZES
    ]
    crossed = [
        (f"{name}, {size}", uids & _with(name, judged))
        for name in _subtypes(judged)
        for size, uids in sized
    ]
    chosen = [*sized, *(each for each in crossed if each[1])] if positive_slices else []
    return tuple(_group(name, judged, uids) for name, uids in chosen)


def _subtypes(judged: Sequence[Judged]) -> list[str]:
    names = dict.fromkeys(name for each in judged for name in each.labels)
    return [name for name in names if name != HEMORRHAGE]


def _with(name: str, judged: Sequence[Judged]) -> set[str]:
    return {each.study_uid for each in judged if each.truth and each.labels.get(name)}


def _group(name: str, judged: Sequence[Judged], study_uids: set[str]) -> Group:
    there = np.array([each.study_uid in study_uids for each in judged])
    shown = there | ~judging.truth(judged)
    chosen = [each for each, is_there in zip(judged, there, strict=True) if is_there]
    found = sum(each.flagged for each in chosen)
    both = chosen and not there[shown].all()
    return Group(
        name=name,
        studies=len(chosen),
        found=found,
        sensitivity=metrics.proportion(found, len(chosen)),
        auc=metrics.auc(there[shown], judging.ranking(judged)[shown]) if both else None,
        median_probability=median(each.probability for each in chosen) if chosen else None,
    )
