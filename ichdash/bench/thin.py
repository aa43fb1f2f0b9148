"""A study of many thin slices in a store, as a worker leaves it; no model is asked."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ichdash import screening
from ichdash.domain import OperatingPoint, Prediction, Screened, StudyAttributes, Volume
from ichdash.errors import InputError
from ichdash.phantom.head import Phantom
from ichdash.store import Store

STUDY_UID = "2.25.600"
NOISE_HU = 8.0  # of thin slices: what does not repeat is what takes bytes


def put(phantom: Phantom, slices: int, data_dir: Path) -> str:
    """Store `slices` slices made of those of `phantom`, each repeated with its own noise; the
    study's UID."""
    volume, prediction = _thin(phantom, slices)
    now = datetime.now(UTC)
    with Store.open(data_dir) as store:
        store.receive(STUDY_UID, StudyAttributes(), "bench", now)
        store.queue(STUDY_UID, now)
        store.beat("bench", now, pid=os.getpid())
        claim = store.claim("bench", now)
        if claim is None:
            raise InputError("The thin study was claimed by another worker. Nothing was measured.")
        outcome = Screened(STUDY_UID, volume, prediction, (), 0.0)
        screening.keep(store, outcome, claim, lambda: now)
        store.sign_off("bench")
    return STUDY_UID


def _thin(phantom: Phantom, slices: int) -> tuple[Volume, Prediction]:
    z, y, x = phantom.spacing_mm
    step_mm = z * len(phantom.hu) / slices
    rng = np.random.default_rng(0)
    hu = np.empty((slices, *phantom.hu.shape[1:]), np.int16)
    for index in range(slices):
        original = phantom.hu[index * len(phantom.hu) // slices]
        hu[index] = original + rng.normal(0, NOISE_HU, original.shape)
    uids = tuple(f"{STUDY_UID}.1.{index}" for index in range(slices))
    places = np.arange(slices, dtype=np.float64) * step_mm
    volume = Volume(hu, (step_mm, y, x), places, STUDY_UID, f"{STUDY_UID}.1", uids)
    scores = np.exp(-(((np.arange(slices) - slices / 2) / 20) ** 2)).astype(np.float32)
    heatmap = np.zeros((slices, 32, 32), np.float16)
    point = OperatingPoint(0.5, 0.9, 0.9)
    return volume, Prediction(0.9, {"hemorrhage": 0.9}, scores, heatmap, "bench", point)
