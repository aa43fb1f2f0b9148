"""The detector: load once, apply to many volumes. Features once; all else comes from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_weights
from torch import Tensor

from ichdash.domain import HEMORRHAGE, Prediction, Volume
from ichdash.errors import ModelError
from ichdash.imaging import preprocess
from ichdash.imaging.preprocess import Prepared
from ichdash.model import engine, saliency
from ichdash.model.card import SCREENING_OFF, ModelCard
from ichdash.model.network import Network

HEATMAP_SIDE = 128
"""Samples along a slice's longer side of the stored heatmap; the viewer stretches it."""


class Detector:
    """A verified model, ready to predict."""

    def __init__(self, card: ModelCard, network: Network, engine_name: str = "auto") -> None:
        self.card = card
        self.head = network.head.eval()
        self.windowed = network.windowed
        self.engine = engine.choose(engine_name, network.body.eval(), card.network)

    @classmethod
    def load(cls, path: Path, engine: str = "auto") -> Detector:
        """Load the card at `path` and the weights beside it.

        Raises ModelError where either is missing, does not match the other, or cannot be run.
        """
        card, network = load_network(path)
        return cls(card, network.requires_grad_(False), engine)

    def predict(self, volume: Volume) -> Prediction:
        """Calibrated probabilities, slice scores and heatmap of a volume."""
        prepared = preprocess.prepare(volume, self.card.network.size)
        features = self.features(prepared.hu)
        logits, slice_scores = self._logits(features)
        pairs = zip(self.card.network.findings, logits, strict=True)
        findings = {name: self.card.calibration[name](logit) for name, logit in pairs}
        maps = {
            name: self._map(features, prepared, finding, _map_shape(volume))
            for finding, name in enumerate(findings)
            if self.head.shows(finding)
        }
        return Prediction(
            probability=findings[HEMORRHAGE],
            findings=findings,
            slice_scores=slice_scores[prepared.slab_of_slice],
            heatmap=maps.pop(HEMORRHAGE),
            model_id=self.card.model_id,
            operating_point=self.card.operating_point,
            model_sha256=self.card.sha256,
            restriction=self.card.restriction,
            subtype_maps=maps,
        )

    def _map(
        self, features: Tensor, prepared: Prepared, finding: int, shape: tuple[int, int]
    ) -> npt.NDArray[np.float16]:
        """The heatmap (slices, *shape) of a finding, all findings on one scale."""
        maps = saliency.evidence(self.head, features, finding)
        maps = saliency.on_one_scale(maps, self.card.heatmap_reference)
        return prepared.to_slices(maps, shape).clip(0, 1).astype(np.float16)

    def features(self, hu: npt.NDArray[np.float32]) -> Tensor:
        """Features (slabs, features, h, w) of prepared HU (slabs, size, size)."""
        return self.engine(self.windowed(torch.from_numpy(hu)))

    def logit(self, volume: Volume) -> float:
        """The study's logit of hemorrhage, before calibration."""
        prepared = preprocess.prepare(volume, self.card.network.size)
        logits, _ = self._logits(self.features(prepared.hu))
        return logits[0]

    @torch.no_grad()
    def _logits(self, features: Tensor) -> tuple[list[float], npt.NDArray[np.float32]]:
        """The study's logit of each finding, and slice scores (slabs,) of hemorrhage."""
        slices = self.head.slices(features)
        return self.head.study(slices).tolist(), torch.sigmoid(slices[:, 0]).numpy()


def load_network(path: Path) -> tuple[ModelCard, Network]:
    """The card at `path` and its network with the weights beside it, checked.

    Raises ModelError where either is missing, broken, or does not match the other.
    """
    card = ModelCard.load(path)
    content = card.verified_weights(path.parent)
    try:
        network = Network(card.network)
        network.load_state_dict(load_weights(content))
    except (RuntimeError, TypeError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"{card.weights} does not fit the network its card describes. {SCREENING_OFF}"
        ) from error
    if not all(torch.isfinite(each).all() for each in network.state_dict().values()):
        raise ModelError(f"{card.weights} holds numbers that are not finite. {SCREENING_OFF}")
    return card, network


def _map_shape(volume: Volume) -> tuple[int, int]:
    """Rows and columns of the heatmap: the slice's proportions, HEATMAP_SIDE at most."""
    _, rows, columns = volume.hu.shape
    scale = min(1.0, HEATMAP_SIDE / max(rows, columns))
    return max(1, round(rows * scale)), max(1, round(columns * scale))
