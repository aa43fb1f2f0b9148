"""Small real things for tests: volumes, predictions, outcomes, detectors, DICOM studies."""

from __future__ import annotations

import atexit
import functools
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom

from ichdash.domain import (
    NotScreened,
    OperatingPoint,
    Prediction,
    Screened,
    SeriesVerdict,
    StudyAttributes,
    Volume,
)
from ichdash.phantom import HeadSpec, StudyLabel, draw_head, write_study
from ichdash.records import ScreeningState
from ichdash.screening import screen_claimed
from ichdash.store import Claim, Store, StoredInstance

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POINT = OperatingPoint(threshold=0.42, sensitivity=0.93, specificity=0.88)
JANE = StudyAttributes("00231", "DOE, JANE", "1955-02-01", "F", "A10231", "CT HEAD W/O")


def volume(study_uid: str = "1.2", slices: int = 3) -> Volume:
    """A few slices of 16 × 16 pixels with a gradient, every instance with its own UID."""
    hu = np.linspace(-1000, 1000, slices * 256).reshape(slices, 16, 16).astype(np.int16)
    uids = tuple(f"{study_uid}.1.{index}" for index in range(slices))
    return Volume(hu, (5.0, 1.0, 1.0), np.arange(slices) * 5.0, study_uid, f"{study_uid}.1", uids)


def prediction(probability: float, slices: int = 3) -> Prediction:
    scores = np.linspace(0, probability, slices).astype(np.float32)
    heatmap = np.full((slices, 4, 4), probability, np.float16)
    return Prediction(probability, {"hemorrhage": probability}, scores, heatmap, "constant", POINT)


def verdict(used: bool = True, slices: int = 3) -> SeriesVerdict:
    return SeriesVerdict("1.2.1", 2, "HEAD", slices, used, "Used: axial CT.")


def screened(study_uid: str, probability: float) -> Screened:
    return Screened(study_uid, volume(study_uid), prediction(probability), (verdict(),), 0.5)


def not_screened(study_uid: str, reason: str = "Only CT is screened.") -> NotScreened:
    return NotScreened(study_uid, reason, (verdict(used=False),), 0.1)


class ConstantDetector:
    """Says the same of every volume: all that the rooms around a model need of one."""

    def __init__(self, probability: float = 0.7) -> None:
        self.probability = probability

    def predict(self, volume: Volume) -> Prediction:
        return prediction(self.probability, len(volume))


def stored(sop_instance_uid: str, series_uid: str = "1.2.1") -> StoredInstance:
    path = f"originals/1.2/{sop_instance_uid}.dcm"
    return StoredInstance(sop_instance_uid, series_uid, path, 100, "0" * 64)


def queued(store: Store, study_uid: str, now: datetime = NOW, is_stat: bool = False) -> None:
    """A study that is in, with one instance, and waits for a worker."""
    store.receive(study_uid, JANE, "upload", now, is_stat=is_stat)
    store.add_instances(study_uid, [stored(f"{study_uid}.1.0", f"{study_uid}.1")], now)
    store.queue(study_uid, now)


def claimed(store: Store, owner: str = "worker", now: datetime = NOW) -> Claim:
    store.beat(owner, now)
    claim = store.claim(owner, now)
    assert claim is not None, "nothing was queued"
    return claim


def screen_next(store: Store) -> ScreeningState:
    """Screen the study whose turn it is; what became of it."""
    return screen_claimed(store, ConstantDetector(), claimed(store), lambda: NOW).state


def settled(store: Store, study_uid: str, probability: float | None, now: datetime = NOW) -> None:
    """A study with its outcome: screened at `probability`, or not screened where it is None."""
    queued(store, study_uid, now)
    claim = claimed(store, now=now)
    missing = probability is None
    outcome = not_screened(study_uid) if missing else screened(study_uid, probability)
    store.record(outcome, claim, now)


def write_head(folder: Path, number: int = 1, slices: slice = slice(None)) -> str:
    """A drawn head of 10 slices as DICOM, or some of them.

    Study UID 2.25.1001 and accession A1001 for number 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    identity = str(1000 + number)
    for path in sorted(_template().iterdir())[slices]:
        content = path.read_bytes()  # of the same length as before, so that no element moves
        for start in ("2.25.", "A"):
            content = content.replace(f"{start}1000".encode(), f"{start}{identity}".encode())
        (folder / path.name).write_bytes(content)
    return f"2.25.{identity}"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow past 1,000 bytes, which a program meets as it meets a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def cut_header(path: Path) -> bytes:
    """Let `path` name no instance any more; returns what it held."""
    whole = path.read_bytes()
    ds = pydicom.dcmread(path)
    del ds.SOPInstanceUID
    del ds.file_meta.MediaStorageSOPInstanceUID
    ds.save_as(path, enforce_file_format=False)
    return whole


@functools.cache
def _template() -> Path:
    """The head that all others are copies of: drawing one takes longer than a test should."""
    folder = Path(tempfile.mkdtemp(prefix="ichdash-test-head-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    spec = HeadSpec(seed=1, rows=96, columns=96, slices=10, slice_mm=12)
    write_study(draw_head(spec), spec, folder, StudyLabel("P1", "A1000", NOW))
    for index, path in enumerate(sorted(folder.iterdir())):
        ds = pydicom.dcmread(path)
        ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.1000", "2.25.1000.1"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"2.25.1000.1.{index}"
        ds.save_as(path)
    return folder
