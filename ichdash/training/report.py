"""What `train` and `evaluate` show in a terminal: progress, tables, JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType

from rich import progress
from rich.console import Console
from rich.table import Table

from ichdash.model.card import Figure, ModelCard
from ichdash.performance.words import calibration_text, figure_text, restricted
from ichdash.training import comparison
from ichdash.training.evaluate import Evaluation
from ichdash.training.groups import Group

TENTHS = 10
"""Lines a stage where no terminal shows a bar."""


class Progress:
    """A bar for each stage on stderr; a line for each tenth where that is a file or a journal."""

    def __init__(self) -> None:
        self.bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self.tasks: dict[str, progress.TaskID] = {}
        self.told: dict[str, int] = {}

    def __enter__(self) -> Progress:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def note(self, sentence: str) -> None:
        """Say something above the bars."""
        if sentence:
            self.bars.console.print(sentence, markup=False, highlight=False)

    def tell(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` of a stage are done."""
        key = stage.split(maxsplit=1)[0]
        if key not in self.tasks:
            self.tasks[key] = self.bars.add_task(stage, total=total)
        self.bars.update(self.tasks[key], description=stage, completed=done)
        tenth = TENTHS * done // max(1, total)
        if not self.bars.console.is_terminal and tenth > self.told.get(key, 0):
            self.told[key] = tenth
            self.note(f"{stage}: {done} of {total}")


def _rows(table: Table, figures: Mapping[str, Figure]) -> None:
    for name, figure in figures.items():
        table.add_row(name, f"{figure.value:.3f}", f"{figure.low:.3f}–{figure.high:.3f}")


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("figure", "value", "95 % interval"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    return table


def _tell_restriction(console: Console, model_id: str, restriction: str) -> None:
    if restriction:
        console.print(restricted(model_id, restriction), markup=False)


def _group_table(groups: Sequence[Group]) -> Table:
    table = Table(title="Studies with hemorrhage", title_justify="left")
    for heading in ("group", "flagged", "missed", "sensitivity", "AUC"):
        table.add_column(heading, justify="left" if heading == "group" else "right")
    for each in groups:
        shown = each.sensitivity if each.studies else None
        missed = each.studies - each.found
        table.add_row(
            each.name, f"{each.found}", f"{missed}", figure_text(shown), figure_text(each.auc)
        )
    return table


def show_card(card: ModelCard, path: Path) -> None:
    """Print what a training run reached."""
    console = Console(markup=False)  # what studies and cards say is no markup
    if card.performance is not None:
        table = _table(f"{card.model_id}: {card.performance.method}")
        _rows(table, card.performance.figures)
        _rows(table, {f"AUC {k}": v for k, v in card.performance.finding_auc.items()})
        console.print(table)
    _tell_restriction(console, card.model_id, card.restriction)
    console.print(f"Written: {path.name}, {card.weights} and the held-out scores beside them.")


def show_evaluation(result: Evaluation, as_json: bool) -> None:
    """Print an evaluation as a table, or as one JSON object."""
    console = Console(markup=False)  # what studies and cards say is no markup
    if as_json:
        print_json(result)
        return
    title = (
        f"{result.model_id} on {result.studies} studies, {result.positive_studies} with "
        f"hemorrhage, at operating point {result.threshold:.2f}"
    )
    table = _table(title)
    _rows(table, result.figures)
    _rows(table, result.slice_figures)
    console.print(table)
    _tell_restriction(console, result.model_id, result.restriction)
    if groups := (*result.subtypes, *result.sizes):
        alarms = sum(each.flagged and not each.truth for each in result.judged)
        console.print(_group_table(groups))
        console.print(
            f"Of {result.studies - result.positive_studies} studies without hemorrhage {alarms} "
            "were flagged; AUC of a group is against all of them."
        )
    for uid, reason in result.slices_not_joined.items():
        console.print(f"Not in the figures of slices: {uid}: {reason}.")
    console.print(
        f"{result.held_out} of {result.studies} studies were trained on: judged by their held-out "
        "score from patient-wise cross-validation."
    )
    if result.repeated_patients:
        console.print(result.repeated_patients)
    console.print(
        calibration_text(
            result.calibration_error, result.calibration_error_by_chance, result.brier_score
        )
    )
    console.print(
        f"Labelling effort saved: {result.effort_saved:.1%} "
        f"({result.studies} study labels instead of {result.slices} slice labels)"
    )
    if result.against is not None:
        for sentence in comparison.sentences(result.model_id, result.against, result.studies):
            console.print(sentence)
    if result.left_out:
        console.print(
            f"Left out, since weights that saw a patient do not judge another study of theirs: "
            f"{', '.join(result.left_out)}"
        )
    for uid, reason in result.not_screened.items():
        console.print(f"Not screened: {uid}: {reason}")


def show_written(path: Path) -> None:
    """Say on stderr what was written, so that JSON on stdout stays one object."""
    figures = path.with_suffix(".json").name
    Console(stderr=True, soft_wrap=True, highlight=False).print(
        f"Written: {path.name}, and {figures} with the same figures beside it.", markup=False
    )


def print_json(result: Evaluation) -> None:
    """One JSON object on stdout: figures, not what was said of each study."""
    told = asdict(replace(result, judged=(), slices_joined={}))
    del told["judged"], told["slices_joined"]
    Console(soft_wrap=True, highlight=False, markup=False).print(json.dumps(told))
