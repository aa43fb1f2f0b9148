"""A real model, small and with random weights: what the rooms around the network need to run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from safetensors.torch import save

from ichdash.domain import HEMORRHAGE, OperatingPoint
from ichdash.model.card import Calibration, ModelCard, TrainingData
from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec

FINDINGS = (HEMORRHAGE, "subdural")
TINY = NetworkSpec(FINDINGS, size=64, widths=(8, 8, 8), features=8, hidden=8)


def write_model(
    folder: Path,
    network: NetworkSpec = TINY,
    *,
    model_id: str = "tiny-1",
    licence: str = "",
    seed: int = 1,
) -> Path:
    """Write weights and card into `folder`; returns the card's path."""
    torch.manual_seed(seed)
    weights = save(Network(network).state_dict())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tiny.safetensors").write_bytes(weights)
    card = ModelCard(
        model_id=model_id,
        created="2026-11-23",
        weights="tiny.safetensors",
        sha256=hashlib.sha256(weights).hexdigest(),
        network=network,
        calibration=dict.fromkeys(network.findings, Calibration(slope=1.0, intercept=0.0)),
        operating_point=OperatingPoint(threshold=0.42, sensitivity=0.93, specificity=0.88),
        heatmap_reference=1.0,
        intended_use="Tests only: the weights are random.",
        limits=("It knows nothing.",),
        training=(TrainingData("heads", licence, "", 2, 1, 20, ""),) if licence else (),
        recipe={},
    )
    card.save(folder / "tiny.json")
    return folder / "tiny.json"
