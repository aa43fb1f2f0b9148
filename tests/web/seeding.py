"""Studies in a real store for the tests of the case page: a small drawn head, no model needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from ichdash.domain import (
    NotScreened,
    OperatingPoint,
    Prediction,
    Screened,
    SeriesVerdict,
    StudyAttributes,
    Volume,
)
from ichdash.imaging import display
from ichdash.screening import subtypes_of
from ichdash.store import Claim, Store

NOW = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
MODEL_ID = "ich-test"
POINT = OperatingPoint(0.42, 0.93, 0.88)
BLEED_SLICE = 13  # 0-based
SLICES = 20
SIDE = 96
OWNER = "test"

PATIENT = StudyAttributes(
    patient_id="00231",
    patient_name="Doe, Jane",
    birth_date="1955-02-01",
    sex="F",
    accession_number="A10231",
    description="CT HEAD W/O",
    acquired_at=datetime(2026, 11, 23, 9, 41),
)


def head_volume(study_uid: str, bleed_hu: int = 70) -> Volume:
    """A skull, brain of 35 HU, and a round bleed on the patient's left at BLEED_SLICE."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    radius = np.hypot(rows, columns)
    one = np.select([radius < 36, radius < 41], [35, 1100], -1000).astype(np.int16)
    hu = np.repeat(one[None], SLICES, axis=0)
    bleed = np.hypot(rows, columns - 18) < 7
    hu[BLEED_SLICE - 1 : BLEED_SLICE + 2, bleed] = bleed_hu
    positions = np.arange(SLICES) * 5.0
    uids = tuple(f"{study_uid}.1.{number}" for number in range(SLICES))
    return Volume(hu, (5.0, 2.0, 2.0), positions, study_uid, f"{study_uid}.1", uids)


def prediction(probability: float, volume: Volume) -> Prediction:
    """Evidence that peaks at BLEED_SLICE and a heatmap over the bleed, both scaled alike."""
    slices = np.arange(len(volume))
    near = np.exp(-np.abs(slices - BLEED_SLICE) / 2.0)
    scores = (probability * near).astype(np.float32)
    rows, columns = np.mgrid[:12, :12]
    spot = np.exp(-((rows - 5.5) ** 2 + (columns - 7.8) ** 2) / 3)
    heatmap = (scores[:, None, None] * spot).astype(np.float16)
    findings = {"hemorrhage": probability, "subdural": probability * 0.8, "epidural": 0.04}
    subtypes = {"subdural": heatmap, "epidural": np.zeros_like(heatmap)}
    return Prediction(
        probability, findings, scores, heatmap, MODEL_ID, POINT, subtype_maps=subtypes
    )


VERDICTS = (
    SeriesVerdict("1.9.1", 2, "HEAD 5.0", SLICES, True, "Axial, soft kernel, complete."),
    SeriesVerdict("1.9.2", 3, "BONE 1.0", 160, False, "Bone kernel (H60s)."),
)


def receive(store: Store, study_uid: str, attributes: StudyAttributes = PATIENT) -> None:
    """A study that has arrived whole and is queued."""
    store.receive(study_uid, attributes, "upload", NOW)
    store.queue(study_uid, NOW)


def claim(store: Store) -> Claim:
    store.beat(OWNER, NOW)
    taken = store.claim(OWNER, NOW)
    assert taken is not None
    return taken


def screened(
    store: Store,
    study_uid: str,
    probability: float,
    attributes: StudyAttributes = PATIENT,
    volume: Volume | None = None,
    *,
    restriction: str = "",
) -> None:
    """A study with a result; its images can be opened."""
    receive(store, study_uid, attributes)
    held = claim(store)
    shown = head_volume(study_uid) if volume is None else volume
    shown = replace(shown, warnings=("Slice spacing is uneven: 4.2 then 7.4 mm.",))
    found = replace(prediction(probability, shown), restriction=restriction)
    packed = display.encode(shown, int(np.argmax(found.slice_scores)))
    store.files.put_result(
        study_uid,
        held.screening_id,
        display=packed.payload,
        meta=packed.meta,
        heatmap=found.heatmap,
        subtypes=subtypes_of(found),
        sop_instance_uids=shown.sop_instance_uids,
    )
    outcome = Screened(study_uid, shown, found, VERDICTS, 1.4)
    store.record(outcome, held, NOW + timedelta(seconds=2))


def not_screened(store: Store, study_uid: str, reason: str) -> None:
    """A study that was kept and could not be screened."""
    receive(store, study_uid)
    store.record(NotScreened(study_uid, reason, VERDICTS[1:]), claim(store), NOW)
