"""Slice labels and how they are joined to the slices of a study that was judged.

They serve for figures and for nothing else: no training reads them. A study written anew has other
SOP instance UIDs than its labels; study UID and instance number then tell the slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.training import table
from ichdash.training.judging import Judged
from ichdash.training.metrics import BoolArray

UID = "sop_instance_uid"
PLACE = ("study_uid", "instance_number")


@dataclass(frozen=True)
class SliceLabels:
    """Whether slices show hemorrhage."""

    by_uid: Mapping[str, bool]
    by_number: Mapping[str, Mapping[int, bool]]  # study UID: instance number

    def of(self, study: Judged) -> BoolArray | str:
        """Whether each slice (slices,) of `study` shows hemorrhage, or why that is not known."""
        uids, numbers = study.sop_instance_uids, study.instance_numbers
        if len(set(uids)) == len(uids) and self.by_uid.keys() >= set(uids):
            return np.array([self.by_uid[uid] for uid in uids], np.bool_)
        labelled = self.by_number.get(study.study_uid)
        if labelled is None:
            known = sum(uid in self.by_uid for uid in uids)
            return f"{known} of its {len(uids)} slices are labelled by SOP instance UID"
        if len(labelled) != len(uids):
            return f"it has {len(uids)} slices, but {len(labelled)} are labelled"
        if labelled.keys() != set(numbers):
            return "its instance numbers are not those of the labelled slices"
        return np.array([labelled[number] for number in numbers], np.bool_)


def read(path: Path) -> SliceLabels:
    """Read a CSV of slice labels; raises InputError naming what cannot be used."""
    columns, rows = table.read(path, "slice labels")
    if HEMORRHAGE not in columns:
        raise InputError(f"{path.name} has no column {HEMORRHAGE}.")
    if UID not in columns and not {*PLACE} <= {*columns}:
        raise InputError(
            f"{path.name} names its slices neither by {UID} nor by {' and '.join(PLACE)}."
        )
    for number, row in enumerate(rows, 2):
        if fault := _fault(row):
            raise InputError(f"{path.name}: row {number}: {fault}.")
    by_uid = _by_uid(path, rows)
    return SliceLabels(by_uid, _by_number(path, rows) if {*PLACE} <= {*columns} else {})


def _by_uid(path: Path, rows: Sequence[Mapping[str, str]]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for row in rows:
        if (uid := row.get(UID)) and found.setdefault(uid, _answer(row)) != _answer(row):
            raise InputError(f"{path.name}: slice {uid} stands twice, with different answers.")
    return found


def _fault(row: Mapping[str, str]) -> str:
    if row[HEMORRHAGE] not in ("0", "1"):
        return f"{HEMORRHAGE}={row[HEMORRHAGE]!r} is not 0 or 1"
    number = row.get("instance_number") or ""
    if number and not number.isdecimal():
        return f"instance_number={number!r} is not a whole number"
    return ""


def _answer(row: Mapping[str, str]) -> bool:
    return row[HEMORRHAGE] == "1"


def _by_number(path: Path, rows: Sequence[Mapping[str, str]]) -> dict[str, dict[int, bool]]:
    """Answers by study UID and instance number.

    Where slices with UIDs of their own share a number, as in two series, the number tells none.
    """
    found: dict[str, dict[int, bool]] = {}
    several: set[tuple[str, int]] = set()
    for row in rows:
        if not row["instance_number"]:
            continue
        study, number = row["study_uid"], int(row["instance_number"])
        if number in found.setdefault(study, {}):
            if not row.get(UID):
                raise InputError(f"{path.name}: instance {number} of study {study} stands twice.")
            several.add((study, number))
        found[study][number] = _answer(row)
    for study, number in several:
        del found[study][number]
    return found


def join(
    judged: Sequence[Judged], labels: SliceLabels
) -> tuple[dict[str, BoolArray], dict[str, str]]:
    """Which slices (slices,) of each study with hemorrhage show it, by study UID, and of the
    studies where that is not known, why."""
    found, unknown = {}, {}
    for study in (each for each in judged if each.truth):
        labelled = labels.of(study)
        if isinstance(labelled, str):
            unknown[study.study_uid] = labelled
        elif not labelled.any():
            unknown[study.study_uid] = "none of its slices is labelled with hemorrhage"
        else:
            found[study.study_uid] = labelled
    return found, unknown
