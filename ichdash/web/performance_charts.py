"""How well the model does, as charts: ROC and calibration, drawn from the card's own figures.

Both are square and run from 0 to 1, so that the diagonal is what chance, or perfect calibration,
would give.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from ichdash.domain import OperatingPoint

TEAL = "#2BB3C0"
AMBER = "#F2A33A"
GRAY = "#7C8A96"
SIDE_PX = 380


def roc(
    false_alarms: Sequence[float],
    sensitivity: Sequence[float],
    point: OperatingPoint,
    auc: float,
) -> go.Figure:
    """Sensitivity over 1 − specificity, both (cuts,) in [0, 1], with the operating point on it."""
    curve = go.Scatter(
        x=list(false_alarms),
        y=list(sensitivity),
        mode="lines",
        line={"color": TEAL, "width": 2, "shape": "hv"},
        hovertemplate="1 − specificity %{x:.2f}: sensitivity %{y:.2f}<extra></extra>",
    )
    at = go.Scatter(
        x=[1 - point.specificity],
        y=[point.sensitivity],
        mode="markers+text",
        marker={"color": AMBER, "size": 11, "symbol": "diamond"},
        text=[f"operating point {point.threshold:.2f}"],
        textposition="bottom right",
        hovertemplate=(
            f"operating point {point.threshold:.2f}: sensitivity {point.sensitivity:.2f}, "
            f"specificity {point.specificity:.2f}<extra></extra>"
        ),
    )
    return _square([_diagonal(), curve, at], f"AUC {auc:.2f}", "1 − specificity", "sensitivity")


def calibration(
    predicted: Sequence[float],
    observed: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    studies: Sequence[int],
) -> go.Figure:
    """Observed share with hemorrhage over predicted probability, both (bins,) in [0, 1].

    `low` and `high` are the 95 % interval of `observed`, `studies` the number in each bin.
    """
    points = go.Scatter(
        x=list(predicted),
        y=list(observed),
        mode="markers",
        marker={"color": TEAL, "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [upper - share for upper, share in zip(high, observed, strict=True)],
            "arrayminus": [share - lower for lower, share in zip(low, observed, strict=True)],
            "color": GRAY,
            "thickness": 1,
        },
        customdata=list(studies),
        hovertemplate="predicted %{x:.2f}: %{y:.2f} of %{customdata} studies<extra></extra>",
    )
    return _square(
        [_diagonal(), points],
        "Calibration",
        "predicted probability",
        "share with hemorrhage",
    )


def _diagonal() -> go.Scatter:
    line = {"color": GRAY, "width": 1, "dash": "dot"}
    return go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip")


def _square(traces: Sequence[go.Scatter], title: str, x_title: str, y_title: str) -> go.Figure:
    figure = go.Figure(list(traces))
    figure.update_layout(
        height=SIDE_PX,
        margin={"l": 50, "r": 10, "t": 40, "b": 44},
        title={"text": title, "x": 0.02, "font": {"size": 15}},
        showlegend=False,
        dragmode=False,
    )
    axis = {"range": [-0.02, 1.02], "fixedrange": True, "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    figure.update_xaxes(title={"text": x_title}, **axis)
    figure.update_yaxes(title={"text": y_title}, **axis)
    return figure
