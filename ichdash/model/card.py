"""The machine-readable model card: all that is known of a model, and all that code needs of it.

Threshold, windows, findings and calibration come from here, never from code. Follows the outline
of Mitchell et al., Model Cards for Model Reporting, 2019 (doi 10.1145/3287560.3287596).
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ichdash.domain import HEMORRHAGE, OperatingPoint, Window
from ichdash.errors import ModelError
from ichdash.model.spec import NetworkSpec

SCREENING_OFF = "Screening is off; the worklist still opens."
NON_COMMERCIAL = "non-commercial research and education only"
"""What stands with every result of a model whose training data are not for commerce."""

_NOT_FOR_COMMERCE = re.compile(  # nc as in "CC BY-NC 4.0" and "cc_by_nc_4.0"
    r"non[-‐–_\s]?commercial|not for commercial|(?<![a-z])nc(?![a-z])", re.IGNORECASE
)

BEFORE_SHARPNESS = 4.0
"""With which evidence was summed up in models whose card does not tell."""


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: probability = sigmoid(slope * logit + intercept)."""

    slope: float
    intercept: float

    def __call__(self, logit: float) -> float:
        """Calibrated probability in [0, 1] of a study logit."""
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.slope * logit + self.intercept))))


@dataclass(frozen=True)
class Figure:
    """A figure of merit with its 95 % interval, all in [0, 1]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class TrainingData:
    """What the weights learnt from."""

    name: str
    licence: str
    citation: str
    studies: int
    positive_studies: int
    slices: int
    notes: str


@dataclass(frozen=True)
class Bin:
    """One bin of the calibration plot: mean predicted probability and what was observed."""

    predicted: float
    observed: Figure
    studies: int

    def __post_init__(self) -> None:
        seen = self.observed
        if not (0 <= self.predicted <= 1 and 0 <= seen.low <= seen.value <= seen.high <= 1):
            raise ValueError("a calibration bin is not in [0, 1] with its value in the interval")


@dataclass(frozen=True)
class Performance:
    """How the model did on studies that it had not seen."""

    method: str
    studies: int
    positive_studies: int
    figures: dict[str, Figure]  # by the names in `performance.words.FIGURES`
    finding_auc: dict[str, Figure]
    roc: tuple[tuple[float, float], ...]  # (1 - specificity, sensitivity), rising
    calibration: tuple[Bin, ...]
    effort_saved: float  # 1 - volumes / slices

    def scored_like(self, probability: float) -> Bin | None:
        """The bin nearest to a probability, or None where the card has no bins."""
        bins = self.calibration
        return min(bins, key=lambda each: abs(each.predicted - probability), default=None)


@dataclass(frozen=True)
class Curve:
    """How the loss fell while one network was fitted."""

    name: str  # "start", "fold 1", "all", ...
    steps: tuple[int, ...]
    training: tuple[float, ...]  # mean loss since the step before
    validation: tuple[float, ...] = ()  # of patients apart from training; empty if not watched


@dataclass(frozen=True)
class ModelCard:
    """A model and what is known of it."""

    model_id: str
    created: str  # ISO date
    weights: str  # file name beside the card
    sha256: str
    network: NetworkSpec
    calibration: dict[str, Calibration]  # by finding
    operating_point: OperatingPoint
    heatmap_reference: float  # evidence at which the heatmap reaches 1
    intended_use: str
    limits: tuple[str, ...]
    training: tuple[TrainingData, ...]
    recipe: dict[str, float]
    performance: Performance | None = None
    curves: tuple[Curve, ...] = ()

    @property
    def restriction(self) -> str:
        """What the licences of the training data restrict the use to; else empty."""
        is_restricted = any(_NOT_FOR_COMMERCE.search(data.licence) for data in self.training)
        return NON_COMMERCIAL if is_restricted else ""

    def made(self, model_id: str | None, sha256: str | None) -> bool:
        """Whether a result is by this model; one that knows no weights is told by the id alone."""
        return self.model_id == model_id and sha256 in (None, self.sha256)

    @classmethod
    def load(cls, path: Path) -> ModelCard:
        """Read a card; raises ModelError where it is missing, broken or incomplete."""
        try:
            return _card(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise ModelError(f"There is no model card {path.name}. {SCREENING_OFF}") from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"{path.name} is not a usable model card ({type(error).__name__}: {error})"
            raise ModelError(f"{reason}. {SCREENING_OFF}") from error

    def save(self, path: Path) -> None:
        """Write the card as JSON, readable by `load`."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def verified_weights(self, folder: Path) -> bytes:
        """The weights beside the card; raises ModelError if missing or not what the card says."""
        try:
            content = (folder / self.weights).read_bytes()
        except OSError:
            raise ModelError(f"The weights {self.weights} are missing. {SCREENING_OFF}") from None
        found = hashlib.sha256(content).hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"{self.weights} does not match its card (SHA-256 {found[:4]}…, "
                f"expected {self.sha256[:4]}…). {SCREENING_OFF}"
            )
        return content


def _card(raw: dict[str, Any]) -> ModelCard:
    network = raw["network"]
    card = ModelCard(
        **{
            **raw,
            "network": NetworkSpec(
                **{
                    **({"sharpness": BEFORE_SHARPNESS, "taught": network["size"]} | network),
                    "findings": tuple(network["findings"]),
                    "windows": tuple(Window(**each) for each in network["windows"]),
                    "widths": tuple(network["widths"]),
                }
            ),
            "calibration": {k: Calibration(**v) for k, v in raw["calibration"].items()},
            "operating_point": OperatingPoint(**raw["operating_point"]),
            "limits": tuple(raw["limits"]),
            "training": tuple(TrainingData(**each) for each in raw["training"]),
            "performance": _performance(raw.get("performance")),
            "curves": tuple(_curve(each) for each in raw.get("curves", ())),
        }
    )
    if not card.network.findings or card.network.findings[0] != HEMORRHAGE:
        raise ValueError(f"its first finding is not {HEMORRHAGE}")
    if not 0 <= card.network.highest <= 1:
        raise ValueError("highest is not a share of the slices")
    scalings = [x for each in card.calibration.values() for x in (each.slope, each.intercept)]
    if not all(map(math.isfinite, scalings)) or not 0 <= card.operating_point.threshold <= 1:
        raise ValueError("calibration or threshold is not a number in its range")
    if not 0 < card.heatmap_reference < math.inf:
        raise ValueError("heatmap_reference is not above 0")
    if Path(card.weights).name != card.weights:
        raise ValueError(f"its weights {card.weights} are not a file beside it")
    if missing := set(card.network.findings) - set(card.calibration):
        raise ValueError(f"no calibration for {', '.join(sorted(missing))}")
    return card


def _curve(raw: dict[str, Any]) -> Curve:
    return Curve(raw["name"], *(tuple(raw[k]) for k in ("steps", "training", "validation")))


def _performance(raw: dict[str, Any] | None) -> Performance | None:
    if raw is None:
        return None
    bins = tuple(
        Bin(**{**each, "observed": Figure(**each["observed"])}) for each in raw["calibration"]
    )
    return Performance(
        **{
            **raw,
            "figures": {k: Figure(**v) for k, v in raw["figures"].items()},
            "finding_auc": {k: Figure(**v) for k, v in raw["finding_auc"].items()},
            "roc": tuple((x, y) for x, y in raw["roc"]),
            "calibration": bins,
        }
    )
