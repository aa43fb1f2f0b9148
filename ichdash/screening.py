"""Screening: from a study's files to an outcome, the same way for the worker and a terminal.

What cannot be screened is an outcome too, with its reason: it must never look like a negative.
"""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from ichdash.dicom.geometry import load_volume
from ichdash.dicom.parting import parts
from ichdash.dicom.reading import Series, Study, read
from ichdash.dicom.selection import Selection, select
from ichdash.dicom.stacking import ALL
from ichdash.domain import NotScreened, Prediction, Screened, SeriesVerdict, StudyAttributes, Volume
from ichdash.errors import FaultError, InputError, ModelError, NotScreenableError, StoreError
from ichdash.imaging import display, maps, motion, slabs
from ichdash.imaging.display import DisplayVolume
from ichdash.imaging.head import why_not_a_head
from ichdash.records import ScreeningRow
from ichdash.settings import Settings
from ichdash.store import Claim, Store, StoredInstance, SubtypeMaps, disk

log = logging.getLogger(__name__)

READ_AS_USUAL = "Read the images as usual, and give the reference to who runs ichdash."
"""What is to be done about a study that a fault of ours kept from being screened."""

OnStage = Callable[[str], None]
"""Told of each stage that is done: claimed, read, predicted, files written, recorded."""


class Detector(Protocol):
    """Whatever says how likely a volume shows a hemorrhage."""

    def predict(self, volume: Volume) -> Prediction: ...


def _untold(stage: str) -> None:
    """Nobody wants to know."""


@contextmanager
def recorded(what: str) -> Iterator[None]:
    """Log what nobody foresaw, of `what`, under a reference, and raise it as a FaultError.

    ModelError and StoreError, which are no fault of one study, pass.
    """
    try:
        yield
    except (ModelError, StoreError):
        raise
    except Exception as fault:  # noqa: BLE001 - one study's fault must not end the others
        reference = secrets.token_hex(4)
        where = "".join(traceback.format_tb(fault.__traceback__))  # its message may quote a header
        log.error("%s, fault %s: %s at\n%s", what, reference, type(fault).__name__, where)
        raise FaultError(f"Internal fault, reference {reference}.") from None


def screen(study: Study, detector: Detector, on_stage: OnStage = _untold) -> Screened | NotScreened:
    """Screen one study; a study that cannot be is an outcome with the reason, never an error."""
    started = time.perf_counter()
    selection = select(study)
    try:
        volume = _volume(selection)
        on_stage("read")
        warnings = (*volume.warnings, *motion.notes(volume))
        prediction = detector.predict(volume)
    except NotScreenableError as error:
        verdicts = tuple(_left_out(verdict, str(error)) for verdict in selection.verdicts)
        seconds = time.perf_counter() - started
        return NotScreened(study.study_uid, str(error), verdicts, seconds)
    seconds = time.perf_counter() - started
    noted = replace(volume, warnings=warnings)  # not before: what was surveyed is kept by volume
    return Screened(study.study_uid, noted, prediction, selection.verdicts, seconds)


def _volume(selection: Selection) -> Volume:
    """The selected series in HU; raises NotScreenableError where it is none, or no head."""
    if selection.series is None:
        raise NotScreenableError(selection.reason)
    volume = load_volume(selection.series)
    if why := why_not_a_head(volume):
        raise NotScreenableError(f"{selection.series.label}: {why}")
    return volume


def _left_out(verdict: SeriesVerdict, reason: str) -> SeriesVerdict:
    """The chosen series turned out not to be fit: it was not used after all."""
    return replace(verdict, used=False, reason=reason) if verdict.used else verdict


def screen_claimed(
    store: Store,
    detector: Detector,
    claim: Claim,
    clock: Callable[[], datetime],
    on_stage: OnStage = _untold,
    *,
    slab_mm: float = Settings.slab_mm,
) -> ScreeningRow:
    """Screen a claimed study and store the outcome: first its files, then its row.

    Of a large thin series, slabs of `slab_mm` are kept for the viewer.

    Raises ClaimLostError where another worker took the study over meanwhile, StoreError where the
    data folder cannot be used.
    """
    on_stage("claimed")
    outcome = _screen_originals(store, detector, claim.study_uid, on_stage)
    on_stage("predicted")
    return keep(store, outcome, claim, clock, on_stage, slab_mm=slab_mm)


def keep(
    store: Store,
    outcome: Screened | NotScreened,
    claim: Claim,
    clock: Callable[[], datetime],
    on_stage: OnStage = _untold,
    *,
    slab_mm: float = Settings.slab_mm,
) -> ScreeningRow:
    """Store the outcome of a claimed study: first its files, then its row. Raises StoreError, and
    then nothing of it is kept."""
    if isinstance(outcome, Screened):
        volume, prediction = slabs.shown(outcome.volume, outcome.prediction, slab_mm)
        outcome = replace(outcome, volume=volume, prediction=prediction)
        _write_files(store, outcome, claim)
    on_stage("files written")
    try:
        row = store.record(outcome, claim, clock())
    except StoreError:  # the claim is lost, or will be let go: no row will ever tell of them
        store.files.drop_result(claim.study_uid, claim.screening_id)
        raise
    on_stage("recorded")
    return row


def _screen_originals(
    store: Store, detector: Detector, study_uid: str, on_stage: OnStage
) -> Screened | NotScreened:
    """Screen what the store knows of a study: every file kept, and those that had no place in it.

    A study that lost a file is not screened: the rest would pass as the whole.
    """
    kept, unplaced = store.instances(study_uid), store.unplaced(study_uid)
    if not kept and not unplaced:
        reason = "No file is kept of this study. Not screened. Send the study again."
        return NotScreened(study_uid, reason)
    with store.files.workspace() as scratch:
        paths = [store.files.data_dir / instance.path for instance in kept]
        studies = {study.study_uid: study for study in read(paths, scratch).studies}
    study = studies.get(study_uid) or Study(study_uid, StudyAttributes(), ())
    if lost := _lost(study, kept, store.files.data_dir):
        store.note_lost(study_uid, [instance.sop_instance_uid for instance in lost])
        return NotScreened(study_uid, _why_lost(lost, len(kept)))
    return screen(replace(study, refused=(*study.refused, *unplaced)), detector, on_stage)


def _lost(study: Study, kept: tuple[StoredInstance, ...], data_dir: Path) -> list[StoredInstance]:
    """Those of `kept` that were not found again in their files; what was refused as it came is no
    less there."""
    found = {one.sop_instance_uid for series in study.series for one in series.instances}
    refused = {refusal.name for refusal in study.refused}

    def is_as_it_came(instance: StoredInstance) -> bool:
        path = data_dir / instance.path
        return path.name in refused and disk.digest(path) == instance.sha256

    missing = [instance for instance in kept if instance.sop_instance_uid not in found]
    return [instance for instance in missing if not is_as_it_came(instance)]


def _why_lost(lost: list[StoredInstance], kept: int) -> str:
    first = Path(lost[0].path).name
    are, which = ("is", first) if len(lost) == 1 else ("are", f"{first} first of all")
    return (
        f"{len(lost)} of {kept} files kept of this study {are} missing from the data folder or "
        f"can no longer be read ({which}). Not screened. Send the study again."
    )


def _write_files(store: Store, outcome: Screened, claim: Claim) -> None:
    scores = outcome.prediction.slice_scores
    shown = display.encode(outcome.volume, int(np.argmax(scores)) if len(scores) else 0)
    store.files.put_result(
        outcome.study_uid,
        claim.screening_id,
        display=shown.payload,
        meta=shown.meta,
        heatmap=outcome.prediction.heatmap,
        sop_instance_uids=outcome.volume.sop_instance_uids,
        subtypes=subtypes_of(outcome.prediction),
    )


def subtypes_of(prediction: Prediction) -> SubtypeMaps | None:
    """The heatmaps of the findings beside hemorrhage, as they are stored."""
    by_finding = prediction.subtype_maps
    if not by_finding:
        return None
    packed = maps.pack(np.stack([*by_finding.values()]))
    return SubtypeMaps((*by_finding,), packed.shape, packed.payload)


def series_display(
    store: Store, study_uid: str, series_uid: str, part: str = "", only: slice = ALL
) -> DisplayVolume:
    """The original slices of a series of a study, screened or not, or `only` some of them; of one
    that holds several scans, those of `part`.

    Raises InputError with the reason where they cannot be shown; no text of a header is in it.
    Raises StoreError.
    """
    kept = [each for each in store.instances(study_uid) if each.series_uid == series_uid]
    with store.files.workspace() as scratch:
        paths = [store.files.data_dir / instance.path for instance in kept]
        found = [series for study in read(paths, scratch).studies for series in study.series]
        if not found:
            raise InputError("No file of this series is kept. Send the study again.")
        unnamed = replace(_scan(found, part), description="", part="")
        try:
            volume = load_volume(unnamed, only)
        except NotScreenableError as error:
            raise InputError(str(error).replace(" Not screened.", "")) from error
    return display.encode(volume, len(volume) // 2)


def _scan(found: list[Series], part: str) -> Series:
    """The scan that a verdict calls `part`, among those that a series holds now."""
    for scan in (scan for series in found for scan in parts(series)):
        if scan.part == part:
            return scan
    raise InputError(
        "The series holds other scans than the result tells of. Screen the study again to see each."
    )
