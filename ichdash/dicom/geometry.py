"""A series becomes a `Volume`: slices in order, turned for reading, in HU."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ichdash.dicom import nifti
from ichdash.dicom.hounsfield import StoredSlice, to_hu
from ichdash.dicom.pixels import Stored, stored
from ichdash.dicom.planes import Plane, reading_turn
from ichdash.dicom.stacking import ALL, stack
from ichdash.dicom.studies import NIFTI, Series
from ichdash.domain import Volume
from ichdash.errors import InputError, NotScreenableError


def load_volume(series: Series, only: slice = ALL) -> Volume:
    """Decode `series`, or `only` some of its slices, into HU (slices, rows, columns), feet to head.

    Raises NotScreenableError, whose sentence names the series or the file, where a slice is
    missing, cannot be placed or cannot be decoded; InputError where `only` leaves none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of what is judged here anyway
        if any(instance.transfer_syntax == NIFTI for instance in series.instances):
            return nifti.load(series, only)
        return _load(series, only)


def _load(series: Series, only: slice) -> Volume:
    ordered = stack(series).cut(only)
    files = _decode(ordered.planes)
    hu, repairs = to_hu([_stored_slice(series, plane, files) for plane in ordered.planes])
    turn = reading_turn(ordered.orientation)
    z, rows, columns = ordered.spacing_mm
    return Volume(
        hu=np.ascontiguousarray(turn.apply(hu)),
        spacing_mm=(z, columns, rows) if turn.transpose else (z, rows, columns),
        positions_mm=ordered.positions_mm,
        study_uid=series.study_uid,
        series_uid=series.series_uid,
        sop_instance_uids=tuple(plane.instance.sop_instance_uid for plane in ordered.planes),
        shear=ordered.shear,
        turn=turn,
        warnings=(*series.left_out, *ordered.warnings, *repairs),
        instance_numbers=_numbers(ordered.planes),
    )


def _numbers(planes: Sequence[Plane]) -> tuple[int, ...]:
    """The InstanceNumber of each slice; none where one has no number of its own."""
    numbers = [plane.instance.number for plane in planes]
    known = tuple(number for number in numbers if number is not None)
    return known if len(set(known)) == len(planes) else ()


def _decode(planes: Sequence[Plane]) -> dict[Path, Stored]:
    """Decode each file once; raises NotScreenableError naming the first that fails."""
    names = {plane.instance.path: plane.instance.short_name for plane in planes}
    outcomes = {path: _attempt(path) for path in names}
    faults = {path: fault for path, fault in outcomes.items() if isinstance(fault, str)}
    for path, why in faults.items():
        readable = sum(plane.instance.path not in faults for plane in planes)
        raise NotScreenableError(
            f"{names[path]}: {why}; {readable} of {len(planes)} slices readable. "
            "Not screened. Send the series again."
        )
    return {path: found for path, found in outcomes.items() if isinstance(found, Stored)}


def _attempt(path: Path) -> Stored | str:
    try:
        return stored(path)
    except InputError as error:
        return str(error)


def _stored_slice(series: Series, plane: Plane, files: dict[Path, Stored]) -> StoredSlice:
    file, rescale = files[plane.instance.path], plane.frame.rescale
    if rescale and rescale[0] == 0:
        raise NotScreenableError(
            f"{series.label}: {plane.name} has a rescale slope of 0, so its values cannot be "
            "Hounsfield units. Not screened. Send the series again."
        )
    if plane.frame.index >= len(file.frames):
        raise NotScreenableError(
            f"{series.label}: {plane.name} is not in its file, which holds {len(file.frames)} "
            "frames. Not screened. Send the series again."
        )
    return StoredSlice(file, plane.frame.index, (rescale[0], rescale[1]) if rescale else None)
