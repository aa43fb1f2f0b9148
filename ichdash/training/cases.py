"""Labelled studies as the network sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ichdash.domain import Volume
from ichdash.imaging import preprocess
from ichdash.training.archive import Match
from ichdash.training.labels import SUBTYPES, Labels

__all__ = ["SUBTYPES", "Case", "Usable", "View", "Views", "prepare", "view"]


@dataclass(frozen=True, eq=False)
class View:
    """One study as the network sees it, whatever its labels say."""

    hu: npt.NDArray[np.float16]  # (slabs, size, size)
    step_mm: float
    slab_mm: float
    slices: int  # of the original volume


@dataclass(frozen=True, eq=False)
class Case:
    """One labelled study as the network sees it."""

    study_uid: str
    patient_id: str
    hu: npt.NDArray[np.float16]  # (slabs, size, size)
    step_mm: float
    slab_mm: float
    slices: int  # of the original volume
    targets: npt.NDArray[np.float32]  # (findings,), NaN where unknown

    @classmethod
    def of(cls, label: Labels, seen: View, findings: Sequence[str]) -> Case:
        """A labelled study with its targets in the order of `findings`."""
        known = [label.findings.get(name) for name in findings]
        return cls(
            study_uid=label.study_uid,
            patient_id=label.patient_id,
            hu=seen.hu,
            step_mm=seen.step_mm,
            slab_mm=seen.slab_mm,
            slices=seen.slices,
            targets=np.array([np.nan if k is None else float(k) for k in known], np.float32),
        )

    @property
    def is_positive(self) -> bool:
        return bool(self.targets[0] == 1)


def view(volume: Volume, size: int) -> View:
    """A volume as the network sees it, `size` samples a side."""
    return View(
        hu=preprocess.prepare(volume, size).hu.astype(np.float16),
        step_mm=preprocess.FIELD_MM / size,
        slab_mm=preprocess.slab_mm(volume),
        slices=len(volume),
    )


Views = tuple[View, ...]
"""One study in several sizes."""

Usable = tuple[Match, Views]
"""A labelled study and what the network sees of it."""


def prepare(
    matches: Sequence[Match],
    views_of: Callable[[str], Views | str],
    on_progress: Callable[[int, int], None],
) -> tuple[list[Usable], list[str]]:
    """Every labelled study, `views_of` its study UID giving it or the reason why it cannot be had.

    Returns the studies that can be used, and the name of each other one with its reason.
    """
    usable: list[Usable] = []
    faults: list[str] = []
    for done, match in enumerate(matches, 1):
        found = match.reason or views_of(match.label.study_uid)
        if isinstance(found, str):
            faults.append(f"{match.label.name}: {found}")
        else:
            usable.append((match, found))
        on_progress(done, len(matches))
    return usable, faults
