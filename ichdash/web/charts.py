"""Charts that people read as charts, drawn by plotly in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

AMBER = "#F2A33A"
GRAY = "#7C8A96"


def slice_scores(scores: Sequence[float], look_first: Sequence[int], height_px: int) -> go.Figure:
    """The model's evidence slice by slice, feet to head; a click on a bar selects it.

    `scores` (slices,) in [0, 1]; `look_first` are the 0-based slices drawn in amber. The axis
    counts from 1, as the picture does, and always ends at 1.0, so that studies compare.
    """
    numbers = list(range(1, len(scores) + 1))
    strong = set(look_first)
    bars = go.Bar(
        x=numbers,
        y=[max(score, 0.012) for score in scores],  # a bar too low to see cannot be clicked
        customdata=list(scores),
        marker={"color": [AMBER if n - 1 in strong else GRAY for n in numbers], "line_width": 0},
        hovertemplate="slice %{x}: score %{customdata:.2f}<extra></extra>",
        unselected={"marker": {"opacity": 1}},  # a click goes to a slice, it does not pick bars
    )
    return _plain(go.Figure(bars), len(scores), height_px)


def _plain(figure: go.Figure, slices: int, height_px: int) -> go.Figure:
    figure.update_layout(
        height=height_px,
        margin={"l": 34, "r": 4, "t": 4, "b": 34},
        bargap=0.15,
        clickmode="event+select",
        dragmode=False,
        showlegend=False,
        hovermode="x",
    )
    figure.update_xaxes(range=[0.5, slices + 0.5], fixedrange=True, showgrid=False)
    figure.add_annotation(  # an axis title is drawn among the numbers where there is little room
        text="slice (feet to head)",
        font={"size": 11},
        showarrow=False,
        xref="paper",
        yref="paper",
        x=0.5,
        y=0,
        yanchor="top",
        yshift=-17,
    )
    figure.update_yaxes(range=[0, 1.04], fixedrange=True, tickvals=[0, 0.5, 1], nticks=3)
    return figure
