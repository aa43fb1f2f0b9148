"""How well a model does, in words and rows: of its card, and of an evaluation."""

from __future__ import annotations

from ichdash.domain import WINDOWS, OperatingPoint, Window
from ichdash.model.card import Figure

NOT_FOR_DIAGNOSIS = "Not for diagnostic use"
NOT_A_DEVICE = "For research, review and teaching. Not a medical device."

FIGURES = {
    "auc": "AUC",
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "accuracy": "Accuracy",
    "f1": "F1",
}
"""Figures of merit by their name in the card, in the order shown."""


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
