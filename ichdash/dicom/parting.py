"""One series may hold several scans: each becomes a part with its own verdict.

Scanners and archives put localizers, a second acquisition or a second reconstruction under one
SeriesInstanceUID. What differs in kind, size or direction is always parted. What differs otherwise
is parted only where it covers the same ground twice: a sequential scan counts every table step as
an acquisition of its own, and may change its thickness halfway.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import numpy as np

from ichdash.dicom.acceptance import is_ct_image
from ichdash.dicom.headers import uid_name
from ichdash.dicom.planes import Plane, is_direction_pair, is_parallel, plane_name, planes
from ichdash.dicom.stacking import SAME_PLACE_MM, positions_mm
from ichdash.dicom.studies import NIFTI, Instance, Series

LEAST_SLICES = 3  # that make a scan of their own
SAME_GROUND = 0.5  # share of the smaller group's slices that lie within the larger

Group = list[Plane]
Trait = Callable[[Plane], Hashable]

TRAITS: tuple[tuple[str, Trait], ...] = (
    ("image type {}", lambda plane: "\\".join(plane.frame.image_type)),
    ("values in {}", lambda plane: plane.frame.scale.upper() or "HU"),
    ("kernel {}", lambda plane: plane.frame.kernel),
    ("contrast agent {}", lambda plane: plane.instance.contrast_agent or "none"),
    ("{} mm slices", lambda plane: plane.frame.slice_thickness),
    ("pixel size {}", lambda plane: plane.frame.pixel_spacing),
    ("acquisition {}", lambda plane: plane.frame.acquisition_number),
)


def parts(series: Series) -> tuple[Series, ...]:
    """The scans that `series` holds, itself where it is one."""
    found = planes(series)
    if len(found) < 2 or found[0].instance.transfer_syntax == NIFTI:
        return (series,)
    groups = [
        (" ".join(filter(None, (kind, name, inner))), members)
        for kind, alike in _by_kind(found)
        for name, group in _by_shape(alike)
        for inner, members in _by_trait(group)
    ]
    if len(groups) == 1:
        return (series,)
    return tuple(
        replace(_part(series, name, group), left_out=_left_out(i, groups))
        for i, (name, group) in enumerate(groups)
    )


def is_localizer(plane: Plane) -> bool:
    return "LOCALIZER" in (word.upper() for word in plane.frame.image_type)


def _part(series: Series, name: str, group: Group) -> Series:
    """`series` with the frames of `group` only, in stored order."""
    frames: dict[str, list[Plane]] = {}
    for plane in group:
        frames.setdefault(plane.instance.sop_instance_uid, []).append(plane)
    instances: list[Instance] = [
        replace(members[0].instance, frames=tuple(plane.frame for plane in members))
        for members in frames.values()
    ]
    return replace(series, instances=tuple(instances), part=name)


def _left_out(own: int, groups: Sequence[tuple[str, Group]]) -> tuple[str, ...]:
    """What a reader of one group's slices does not see, in sentences, localizers apart."""
    used, total = groups[own][0], sum(len(group) for _, group in groups)
    found = []
    for i, (name, group) in enumerate(groups):
        if i == own or is_localizer(group[0]):
            continue
        images = f"{len(group)} of the {total} images of the series"
        why = f"{name} in another direction" if name == used else f"{name} instead of {used}"
        found.append(f"Left out: {images}, unlike the slices used ({why}).")
    return tuple(found)


def _by_kind(found: Sequence[Plane]) -> list[tuple[str, Group]]:
    """Parted into CT images and what else lies beside them, such as a picture of a screen."""
    kinds = _split(found, _kind)
    return [(str(kind) if len(kinds) > 1 else "", group) for kind, group in kinds.items()]


def _kind(plane: Plane) -> str:
    instance = plane.instance
    if instance.sop_class_uid and not is_ct_image(instance):
        return uid_name(instance.sop_class_uid)
    return "CT images" if instance.samples_per_pixel == 1 else "colour pictures"


def _by_shape(found: Sequence[Plane]) -> list[tuple[str, Group]]:
    """Parted by localizer, size and direction; slices without a place stay with the most."""
    groups: list[Group] = []
    unplaced: Group = []
    for plane in found:
        if not _is_placed(plane):
            unplaced.append(plane)
            continue
        home = next((group for group in groups if _is_alike(plane, group[0])), None)
        if home is None:
            groups.append([plane])
        else:
            home.append(plane)
    if unplaced:
        max(groups, key=len, default=unplaced).extend(unplaced if groups else [])
    if len(groups) < 2:
        return [("", groups[0] if groups else unplaced)]
    sizes = {group[0].size for group in groups if not is_localizer(group[0])}
    return [(_shape_name(group[0], len(sizes) > 1), group) for group in groups]


def _is_placed(plane: Plane) -> bool:
    frame = plane.frame
    has_direction = frame.orientation is not None and is_direction_pair(frame.orientation)
    has_place = has_direction and frame.position is not None and min(plane.size) > 0
    return is_localizer(plane) or has_place


def _is_alike(plane: Plane, other: Plane) -> bool:
    if is_localizer(plane) or is_localizer(other):
        return is_localizer(plane) and is_localizer(other)
    return plane.size == other.size and is_parallel(plane, other)


def _shape_name(plane: Plane, by_size: bool) -> str:
    if is_localizer(plane):
        return "localizer"
    if by_size:
        return f"{plane.size[1]} × {plane.size[0]} pixels"
    return plane_name(plane.frame.orientation or ())


def _by_trait(group: Group) -> list[tuple[str, Group]]:
    """Parted by the first trait whose values cover the same ground twice, and so on within."""
    if len(group) < 2 or not all(map(_is_placed, group)) or is_localizer(group[0]):
        return [("", group)]
    for name, trait in TRAITS:
        split = _split(group, trait)
        if _covers_twice(list(split.values())):
            return [
                (f"{name.format(value)} {inner}".strip(), members)
                for value, outer in split.items()
                for inner, members in _by_trait(outer)
            ]
    return _by_turn(group)


def _split(group: Sequence[Plane], trait: Trait) -> dict[Hashable, Group]:
    found: dict[Hashable, Group] = {}
    for plane in group:
        found.setdefault(trait(plane), []).append(plane)
    return found


def _covers_twice(groups: Sequence[Group]) -> bool:
    """Whether two groups, each a scan by its size, lie on the same ground."""
    places = sorted((positions_mm(tuple(group)) for group in groups), key=len, reverse=True)
    scans = [found for found in places if len(found) >= LEAST_SLICES]
    return any(
        np.mean((small >= large.min() - SAME_PLACE_MM) & (small <= large.max() + SAME_PLACE_MM))
        >= SAME_GROUND
        for i, large in enumerate(scans)
        for small in scans[i + 1 :]
    )


def _by_turn(group: Group) -> list[tuple[str, Group]]:
    """Parted into first, second, … slice of each position, where most positions have several."""
    places = positions_mm(tuple(group))
    turns: list[Group] = []
    last, turn = -np.inf, 0
    for i in sorted(range(len(group)), key=lambda i: (round(float(places[i]), 1), group[i].taken)):
        turn = turn + 1 if places[i] - last <= SAME_PLACE_MM else 0
        last = places[i]
        turns.extend([[]] if turn == len(turns) else [])
        turns[turn].append(group[i])
    if len(turns) < 2 or len(turns[1]) < SAME_GROUND * len(turns[0]):
        return [("", group)]
    return [(f"pass {count}", members) for count, members in enumerate(turns, 1)]
