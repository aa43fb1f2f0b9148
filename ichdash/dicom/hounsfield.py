"""Stored values into Hounsfield units: the modality transform (PS3.3 C.11.1), slice by slice.

Headers are known to lie in three ways, which the pixels show: 12-bit unsigned values of a signed
scale that wrapped around (many studies of the RSNA 2019 set), a rescale intercept left out, and
values inverted for MONOCHROME1. Air tells: it must be far below water, and there is plenty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ichdash.dicom.pixels import Stored
from ichdash.domain import HuArray

AIR_HU = -1024  # the lowest value kept, and what padding becomes
MOST_HU = 32767
TISSUE_HU = (-150.0, 150.0)  # a padding value in here would punch holes into the brain
UNLIKELY_INTERCEPT = -100.0  # an unsigned 12-bit CT above this lacks its offset
ENOUGH = 0.05  # share of the pixels that makes a case for air or for tissue
SAMPLE = 8  # every eighth row and column is evidence enough

Values = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class StoredSlice:
    """One slice as stored: which frame of which file, and its rescale."""

    file: Stored
    frame: int
    recorded_rescale: tuple[float, float] | None  # (slope, intercept)

    @property
    def rescale(self) -> tuple[float, float]:
        return self.recorded_rescale or (1.0, 0.0)

    def values(self, step: int = 1) -> tuple[Values, npt.NDArray[np.bool_] | None]:
        """The stored values (rows, columns), and where they are padding (None: nowhere)."""
        raw = self.file.frames[self.frame][::step, ::step].astype(np.int32)
        return _used_bits(raw, self.file), self._padded(raw)

    def _padded(self, raw: Values) -> npt.NDArray[np.bool_] | None:
        if self.file.padding is None:
            return None
        low, high = self.file.padding
        slope, intercept = self.rescale
        if low == high and TISSUE_HU[0] < low * slope + intercept < TISSUE_HU[1]:
            return None
        mask = (raw >= low) & (raw <= high)
        return mask if mask.any() else None


def to_hu(slices: Sequence[StoredSlice]) -> tuple[HuArray, tuple[str, ...]]:
    """Convert `slices` to HU int16 (slices, rows, columns), clipped to [-1024, 32767].

    Also returns what was corrected or is doubtful, in sentences.
    """
    repair = _repair(slices)
    shape = slices[0].file.frames.shape[1:]
    hu = np.empty((len(slices), *shape), np.int16)
    for target, one in zip(hu, slices, strict=True):
        target[:] = _slice_hu(one, repair.of(one))
    return hu, (*_doubts(slices), *repair.warnings)


def _doubts(slices: Sequence[StoredSlice]) -> Iterator[str]:
    if any(one.file.is_lossy for one in slices):
        yield "Lossy compression: fine detail may be lost."
    if any(one.recorded_rescale is None for one in slices):
        yield "No rescale recorded: stored values taken as HU."


@dataclass(frozen=True)
class _Repair:
    """What the pixels say that the headers do not."""

    is_inverted: bool = False
    is_wrapped: bool = False
    offset: float = 0.0  # HU to add

    def of(self, one: StoredSlice) -> _Repair:
        """What of it `one` needs: a slice whose header is right stays as it is."""
        needed = self if _lacks_offset(one) else _Repair()
        return replace(needed, is_inverted=self.is_inverted and one.file.is_monochrome1)

    @property
    def warnings(self) -> tuple[str, ...]:
        found = []
        if self.is_inverted:
            found.append("Stored values are inverted (MONOCHROME1): turned back.")
        if self.is_wrapped:
            found.append("Wrong rescale intercept (12-bit values wrapped around): corrected.")
        if self.offset:
            found.append(f"Rescale intercept missing: {self.offset:.0f} HU assumed.")
        return tuple(found)


def _slice_hu(one: StoredSlice, repair: _Repair) -> HuArray:
    values, padded = one.values()
    hu = _rescaled(values, one, repair)
    if padded is not None:
        hu[padded] = AIR_HU
    return hu


def _rescaled(values: Values, one: StoredSlice, repair: _Repair) -> HuArray:
    """HU int16 (rows, columns) of stored `values`, padding not yet replaced."""
    if repair.is_inverted:
        values = _inverted(values, one.file)
    if repair.is_wrapped:
        values = _unwrapped(values)
    slope, intercept = one.rescale[0], one.rescale[1] + repair.offset
    if slope == 1 and intercept.is_integer():
        hu: npt.NDArray[np.generic] = values + np.int32(intercept)
    else:
        hu = np.rint(values * slope + intercept)
    clipped: HuArray = np.clip(hu, AIR_HU, MOST_HU).astype(np.int16)
    return clipped


def _used_bits(raw: Values, file: Stored) -> Values:
    """Only the bits that count: overlays of old scanners sit in the others (PS3.5 8.1.1)."""
    low, high = (
        (-(2 ** (file.bits - 1)), 2 ** (file.bits - 1)) if file.is_signed else (0, 2**file.bits)
    )
    shift = file.high_bit + 1 - file.bits
    if shift == 0 and raw.min() >= low and raw.max() < high:
        return raw
    used: Values = ((raw >> shift) - low) % (high - low) + low
    return used


def _inverted(values: Values, file: Stored) -> Values:
    return -1 - values if file.is_signed else 2**file.bits - 1 - values


def _unwrapped(values: Values) -> Values:
    """12-bit values of −1000 to 3095 that were stored without their sign."""
    return (values + 1000) % 4096 - 1000


def _repair(slices: Sequence[StoredSlice]) -> _Repair:
    is_inverted = _looks_inverted([one for one in slices if one.file.is_monochrome1])
    doubtful = [one for one in slices if _lacks_offset(one)]
    if not doubtful:
        return _Repair(is_inverted)
    found = np.concatenate([_evidence(one, is_inverted) for one in doubtful])
    if np.mean(found >= 4096 - 1096) > ENOUGH:  # air at -1000 HU wraps to 3096
        return _Repair(is_inverted, is_wrapped=True)
    has_air, has_tissue = np.mean(found < 150) > ENOUGH, np.mean(abs(found - 1055) < 95) > ENOUGH
    others_have_it = any(one.rescale[1] <= UNLIKELY_INTERCEPT for one in slices)
    lacks_it = has_air and (has_tissue or others_have_it)
    return _Repair(is_inverted, offset=AIR_HU if lacks_it else 0.0)


def _lacks_offset(one: StoredSlice) -> bool:
    file = one.file
    return file.bits == 12 and not file.is_signed and one.rescale[1] > UNLIKELY_INTERCEPT


def _evidence(one: StoredSlice, is_inverted: bool) -> Values:
    """A thin sample of stored values, padding left out."""
    values, padded = one.values(SAMPLE)
    values = _inverted(values, one.file) if is_inverted and one.file.is_monochrome1 else values
    return values.ravel() if padded is None else values[~padded]


def _looks_inverted(slices: Sequence[StoredSlice]) -> bool:
    """Whether there is more air in MONOCHROME1 pictures once their values are turned over.

    The standard inverts a MONOCHROME1 picture on the screen only, and some writers do so too.
    """
    if not slices:
        return False
    share = []
    for repair in (_Repair(), _Repair(is_inverted=True)):
        hu = [_rescaled(_evidence(one, False), one, repair) for one in slices]
        share.append(float(np.mean(np.concatenate(hu) < -500)))
    return share[1] > share[0]
