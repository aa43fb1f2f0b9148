"""How well a model does, as charts: ROC and calibration.

Both are square and run from 0 to 1, so that the diagonal is what chance, or perfect calibration,
would give.
"""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from ichdash.domain import OperatingPoint
from ichdash.model.card import Bin, Curve

TEAL = "#2BB3C0"
AMBER = "#F2A33A"
GRAY = "#7C8A96"
SIDE_PX = 380


def roc(
    curve: Sequence[tuple[float, float]], point: OperatingPoint | None, auc: float | None
) -> go.Figure:
    """The ROC `curve` of (1 − specificity, sensitivity), with the operating point if it has one."""
    line = go.Scatter(
        x=[false_alarms for false_alarms, _ in curve],
        y=[sensitivity for _, sensitivity in curve],
        mode="lines",
        line={"color": TEAL, "width": 2},
        hovertemplate="1 − specificity %{x:.2f}: sensitivity %{y:.2f}<extra></extra>",
    )
    title = "ROC" if auc is None else f"ROC, AUC {auc:.2f}"
    marked = [] if point is None else [_marked(point)]
    return _square([_diagonal(), line, *marked], title, "1 − specificity", "sensitivity")


def _marked(point: OperatingPoint) -> go.Scatter:
    return go.Scatter(
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


def calibration(bins: Sequence[Bin]) -> go.Figure:
    """Observed share with hemorrhage, with its 95 % interval, over predicted probability."""
    points = go.Scatter(
        x=[each.predicted for each in bins],
        y=[each.observed.value for each in bins],
        mode="markers",
        marker={"color": TEAL, "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [each.observed.high - each.observed.value for each in bins],
            "arrayminus": [each.observed.value - each.observed.low for each in bins],
            "color": GRAY,
            "thickness": 1,
        },
        customdata=[each.studies for each in bins],
        hovertemplate="predicted %{x:.2f}: %{y:.2f} of %{customdata} studies<extra></extra>",
    )
    return _square(
        [_diagonal(), points], "Calibration", "predicted probability", "share with hemorrhage"
    )


def learning(curves: Sequence[Curve]) -> go.Figure:
    """Training loss of every fit over its steps, and its validation loss, dashed, if watched."""
    lines = [
        go.Scatter(
            x=curve.steps,
            y=losses,
            name=f"{curve.name}, {kind}",
            mode="lines",
            line={"dash": dash, "width": 2},
            hovertemplate="step %{x}: %{y:.3f}<extra>%{fullData.name}</extra>",
        )
        for curve in curves
        for losses, kind, dash in (
            (curve.training, "training", "solid"),
            (curve.validation, "validation", "dash"),
        )
        if losses
    ]
    figure = go.Figure(lines)
    figure.update_layout(
        height=SIDE_PX, margin={"l": 50, "r": 10, "t": 10, "b": 44}, dragmode=False
    )
    figure.update_xaxes(title={"text": "step"}, fixedrange=True)
    figure.update_yaxes(title={"text": "loss"}, fixedrange=True, rangemode="tozero")
    return figure


def script() -> str:
    """The JavaScript that draws what `as_html` returns: once a document, nothing is fetched."""
    return str(get_plotlyjs())


def as_html(chart: go.Figure, name: str) -> str:
    """A chart as an element called `name`, for a document that carries `script`."""
    chart.update_layout(template="plotly_white")
    config = {"displayModeBar": False, "responsive": True}
    return str(chart.to_html(config, include_plotlyjs=False, full_html=False, div_id=name))


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
