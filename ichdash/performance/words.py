"""How well a model does, in words and rows: of its card, and of an evaluation."""

from __future__ import annotations

from ichdash.domain import WINDOWS, OperatingPoint, Window
from ichdash.model.card import Figure, ModelCard

NOT_FOR_DIAGNOSIS = "Not for diagnostic use"
NOT_A_DEVICE = "For research, review and teaching. Not a medical device."

FIGURES = {
    "auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "accuracy": "Accuracy",
    "f1": "F1",
    "auc_single": "AUC, single slices",
}
"""Figures of merit by their name in the card, in the order shown."""


def model_text(model_id: str, restriction: str) -> str:
    """A model's id with what its use is restricted to, wherever a result names it."""
    return f"{model_id} ({restriction})" if restriction else model_id


def restricted(model_id: str, restriction: str) -> str:
    """The same as a sentence; empty without a restriction."""
    return f"{model_id}: {restriction}." if restriction else ""


def by_another(active: ModelCard | None, model_id: str | None, sha256: str | None) -> str:
    """That a result is not by the active model; empty where it is, or either is not known."""
    if active is None or model_id is None or active.made(model_id, sha256):
        return ""
    if model_id == active.model_id:
        return f"result by other weights of {model_id} than the active ones"
    return f"result by {model_id}, not the active model {active.model_id}"


def figure_text(figure: Figure | None) -> str:
    """ "0.87 (0.77–0.95)", or a dash where it was not measured."""
    return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})" if figure else "–"


def licences(card: ModelCard) -> str:
    """The licences of the training data, and what they restrict the use of the model to."""
    stated = ", ".join(dict.fromkeys(data.licence for data in card.training)) or "not stated"
    return model_text(stated, card.restriction)


def figure_row(name: str, figure: Figure) -> dict[str, str]:
    """One row of a table of figures."""
    return {
        "": name,
        "Value": f"{figure.value:.2f}",
        "95 % interval": f"{figure.low:.2f}–{figure.high:.2f}",
    }


def operating_point_text(point: OperatingPoint) -> str:
    """Where a study is flagged, and what that gave in validation."""
    return (
        f"A study is flagged from a probability of {point.threshold:.2f}: "
        f"sensitivity {point.sensitivity:.2f}, specificity {point.specificity:.2f} in validation."
    )


def predictive_values(point: OperatingPoint, prevalence: float) -> tuple[float, float]:
    """Positive and negative predictive value in [0, 1] at a prevalence in (0, 1)."""
    hits, misses = point.sensitivity * prevalence, (1 - point.sensitivity) * prevalence
    alarms = (1 - point.specificity) * (1 - prevalence)
    passes = point.specificity * (1 - prevalence)
    return _share(hits, alarms), _share(passes, misses)


def window_text(window: Window) -> str:
    """ "brain 40/80", or the numbers alone where the window has no name here."""
    numbers = f"{window.center:g}/{window.width:g}"
    names = [name for name, known in WINDOWS.items() if known == window]
    return f"{names[0]} {numbers}" if names else numbers


def _share(part: float, rest: float) -> float:
    """`part` of both; 0 where nothing is in either."""
    return part / (part + rest) if part + rest else 0.0


def calibration_text(error: float, by_chance: float, brier: float) -> str:
    """How well probabilities are calibrated, beside what chance alone would show."""
    return (
        f"Expected calibration error (10 bins): {error:.3f}; perfect probabilities would show "
        f"{by_chance:.3f} on so many studies. Brier score: {brier:.3f} (0 is best)."
    )
