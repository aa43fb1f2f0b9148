"""How the models that there are stand in a terminal: a table, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ichdash.performance.words import figure_text, licences
from ichdash.registry import Model

PIPE_WIDTH = 160  # columns of the table where no terminal tells its width
HEADINGS = (
    "",
    "model",
    "created",
    "licence of its training data",
    "AUC (95 % interval)",
    "weights",
)


def show(models: Sequence[Model]) -> None:
    """Print a table, the active model marked; what is wrong stands in the last column."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        table.add_column(heading, overflow="fold")
    for model in models:
        table.add_row(*map(Text, _cells(model)))
    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    console.print(table)
    console.print("* active")


def _cells(model: Model) -> tuple[str, ...]:
    card, performance = model.card, model.card.performance if model.card else None
    return (
        "*" if model.is_active else "",
        model.name,
        card.created if card else "–",
        licences(card) if card else "–",
        figure_text(performance.figures.get("auc") if performance else None),
        model.fault or "match the card",
    )


def as_json(model: Model) -> dict[str, Any]:
    """One model as plain JSON; what is not known is null."""
    card, performance = model.card, model.card.performance if model.card else None
    auc = performance.figures.get("auc") if performance else None
    return {
        "model_id": model.name,
        "card": str(model.path),
        "created": card.created if card else None,
        "licences": [data.licence for data in card.training] if card else None,
        "restriction": card.restriction if card else None,
        "auc": asdict(auc) if auc else None,
        "active": model.is_active,
        "weights_match": not model.fault,
        "fault": model.fault,
    }
