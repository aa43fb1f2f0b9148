"""What of a sending has no place in the study that is kept, and so keeps it from being the whole.

A file that cannot be placed may be a slice: its study waits for it, on the worklist with the
reason, and is not screened meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ichdash.dicom.damage import is_other_image, kept_instance
from ichdash.dicom.reading import Instance, Series, Study
from ichdash.dicom.studies import NIFTI
from ichdash.domain import Refusal
from ichdash.store import StoredInstance


def placeable(study: Study, known: Iterable[StoredInstance], data_dir: Path) -> Study:
    """`study` with those files refused whose UID is taken by another image that is kept."""
    kept = {instance.sop_instance_uid: instance for instance in known}
    refused = list(study.refused)
    series: list[Series] = []
    for each in study.series:
        placed = []
        for instance in each.instances:
            named = kept.get(instance.sop_instance_uid)
            if named and _is_another(each, instance, named, data_dir):
                refused.append(Refusal(instance.name, _taken(instance), each.series_uid))
            else:
                placed.append(instance)
        if placed:
            series.append(replace(each, instances=tuple(placed)))
    return replace(study, series=tuple(series), refused=tuple(refused))


def _is_another(series: Series, sent: Instance, named: StoredInstance, data_dir: Path) -> bool:
    if sent.transfer_syntax == NIFTI:  # its UID is that of its content
        return False
    kept = kept_instance(named.sop_instance_uid, data_dir / named.path)
    return is_other_image(series.series_uid, sent, named.series_uid, kept)


def _taken(instance: Instance) -> str:
    return (
        f"{instance.short_name} has the SOP Instance UID of an image that is kept already, but is "
        "another image."
    )


def still_unplaced(
    study: Study, before: tuple[Refusal, ...], known: tuple[StoredInstance, ...]
) -> list[Refusal]:
    """The files of the study that still have no place in it, once this sending is in.

    A refused file has no UID to know it by. It is made good by a new file of its name, of the
    series that its header names, or by the whole study sent again: with such a file that is kept
    already, or with as many new instances as files were refused.
    """
    sent = {
        instance.sop_instance_uid: (instance.name, series.series_uid)
        for series in study.series
        for instance in series.instances
    }
    kept = {instance.sop_instance_uid for instance in known}
    new = sent.keys() - kept
    is_whole = bool(kept) and kept <= sent.keys() and not study.refused
    if is_whole and len(new) >= len(before):
        return []
    good = [sent[uid] for uid in (sent if is_whole else new)]
    left = [
        refusal
        for refusal in before
        if not any(_is_made_good(refusal, name, series_uid) for name, series_uid in good)
    ]
    return [*left, *study.refused]


def _is_made_good(refusal: Refusal, name: str, series_uid: str) -> bool:
    return refusal.series_uid == series_uid and _is_same_name(refusal.name, name)


def _is_same_name(one: str, other: str) -> bool:
    """Whether two names may be one file's, sent by itself or with the folders around it."""
    return f"/{one}".endswith(f"/{other}") or f"/{other}".endswith(f"/{one}")
