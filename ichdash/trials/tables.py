"""What the trials of a model show in a terminal: tables, JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from ichdash.trials.robustness import Effect, Robustness

UNKNOWN = "–"


def show_robustness(found: Robustness, as_json: bool) -> None:
    """Print what each perturbation did as a table, or all as one JSON object."""
    if as_json:
        print_json(asdict(found))
        return
    console = Console()
    title = (
        f"{found.model_id} on {found.studies} studies, {found.positive_studies} with hemorrhage: "
        f"AUC {_number(found.auc)} as they are"
    )
    table = Table(title=title, title_justify="left")
    headings = ("perturbation", "studies", "AUC", "drop", "median change", "largest", "crossed")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "perturbation" else "right")
    for each in found.effects:
        table.add_row(
            each.name,
            f"{each.studies}",
            _number(each.auc),
            _number(each.drop),
            _number(each.median_change, 2),
            _number(each.largest_change, 2),
            f"{each.crossed}",
        )
    console.print(table)
    console.print(
        "Changes are those of a study's logit, without sign; crossed are studies that changed "
        f"sides of the threshold {found.threshold:.2f}."
    )
    console.print(
        f"{found.in_sample} of {found.studies} studies were trained on: their AUC is in-sample, "
        "the change of their logits is the figure to go by."
    )
    for each in found.effects:
        if each.not_screened:
            console.print(_not_screened(each), markup=False)
    for uid, reason in found.not_screened.items():
        console.print(f"Not screened as it is: {uid}: {reason}", markup=False)


def _not_screened(effect: Effect) -> str:
    """How many studies a perturbation keeps from being screened, with the first reason."""
    uid, reason = next(iter(effect.not_screened.items()))
    total = effect.studies + len(effect.not_screened)
    return f"{effect.name}: {len(effect.not_screened)} of {total} not screened, as {uid}: {reason}"


def _number(value: float | None, digits: int = 3) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}".replace("-", "−")


def print_json(told: object) -> None:
    """One JSON object on stdout, on one line."""
    Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(told))
