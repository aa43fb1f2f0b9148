"""What the trials of a model show in a terminal: tables, JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from ichdash.performance.words import figure_text
from ichdash.trials.explanation import Explained, Explanation, Likeness
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
    if found.in_sample:
        console.print(
            f"{found.in_sample} of {found.studies} studies were trained on: their AUC is "
            "in-sample, the change of their logits is the figure to go by."
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


def show_explanation(found: Explanation, as_json: bool) -> None:
    """Print what each method is worth as a table, or all as one JSON object."""
    if as_json:
        print_json(asdict(found))
        return
    console = Console()
    source = "studies, each by the fold that held it out" if found.are_folds else "synthetic heads"
    title = f"{found.model_id}: {found.bleeds} bleeds drawn into {found.heads} {source}"
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    for each in found.methods:
        table.add_column(each.method, justify="right")
    for row in zip(*map(_explained, found.methods), strict=True):
        table.add_row(row[0][0], *(value for _, value in row))
    console.print(table)
    console.print(
        "Pointing: the maximum lies in the bleed or in the next cell. Dark: under a third of the "
        "full scale, which is the card's for HiResCAM and as bright on the median bleed for the "
        "others. Random: Spearman correlation with the maps of random weights, without sign, "
        "median (largest) over heads."
    )


def _explained(each: Explained) -> list[tuple[str, str]]:
    """Names and values of one method's figures."""
    pointing = [
        (
            f"pointing, {size.volume} ({size.bleeds})",
            figure_text(size.hit) if size.bleeds else UNKNOWN,
        )
        for size in each.pointing
    ]
    return [
        *pointing,
        ("heads without hemorrhage that stay dark", figure_text(each.dark)),
        ("full scale", f"{each.reference:.3g}"),
        ("same head twice, largest difference", f"{each.repeated:.3g}"),
        ("random head", _likeness(each.random_head)),
        ("random weights", _likeness(each.random_weights)),
    ]


def _likeness(each: Likeness) -> str:
    return f"{_number(each.median, 2)} ({_number(each.largest, 2)})"
