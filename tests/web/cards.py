"""A model card for tests, with all that a real one holds."""

from __future__ import annotations

from ichdash.domain import OperatingPoint
from ichdash.model.card import (
    Bin,
    Calibration,
    Figure,
    ModelCard,
    Performance,
    TrainingData,
)
from ichdash.model.spec import NetworkSpec

FINDINGS = ("hemorrhage", "subdural")

DATA = TrainingData(
    name="CT-ICH 1.0.0",
    licence="CC BY 4.0",
    citation="Hssayeni et al., Data 2020, 5(1):14",
    studies=55,
    positive_studies=24,
    slices=1692,
    notes="Approximate HU, recombined from two windows.",
)

PERFORMANCE = Performance(
    method="Five-fold cross-validation, split by patient.",
    studies=55,
    positive_studies=24,
    figures={
        "auc": Figure(0.93, 0.86, 0.98),
        "sensitivity": Figure(0.92, 0.74, 0.98),
        "specificity": Figure(0.84, 0.67, 0.93),
        "accuracy": Figure(0.87, 0.76, 0.94),
        "f1": Figure(0.86, 0.74, 0.94),
    },
    finding_auc={"subdural": Figure(0.88, 0.7, 0.97)},
    roc=((0.0, 0.0), (0.0, 0.5), (0.16, 0.92), (0.4, 1.0), (1.0, 1.0)),
    calibration=(
        Bin(0.1, Figure(0.07, 0.01, 0.25), 28),
        Bin(0.5, Figure(0.6, 0.23, 0.88), 5),
        Bin(0.9, Figure(0.91, 0.72, 0.98), 22),
    ),
    effort_saved=0.967,
)

CARD = ModelCard(
    model_id="ich-test",
    created="2026-11-23",
    weights="ich.safetensors",
    sha256="4f1a" * 16,
    network=NetworkSpec(FINDINGS),
    calibration={finding: Calibration(1.0, 0.0) for finding in FINDINGS},
    operating_point=OperatingPoint(0.42, 0.92, 0.84),
    heatmap_reference=4.0,
    intended_use="Orders a worklist of non-contrast head CTs in research and teaching.",
    limits=("Misses small subarachnoid bleeds.", "Never tried on children."),
    training=(DATA,),
    recipe={"steps": 700.0},
    performance=PERFORMANCE,
)
