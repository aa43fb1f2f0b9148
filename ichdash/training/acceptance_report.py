"""What `models accept` shows in a terminal: each figure with its limit, or one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from ichdash.performance.words import restricted
from ichdash.training.acceptance import Acceptance, Check


def show(found: Acceptance, *, as_json: bool) -> None:
    """Print an acceptance test."""
    if as_json:
        sys.stdout.write(json.dumps(asdict(found) | {"passed": found.passed}) + "\n")
        return
    console = Console(soft_wrap=True, highlight=False)
    console.print(_table(found))
    for sentence in sentences(found):
        console.print(sentence, markup=False)


def _table(found: Acceptance) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("figure", no_wrap=True)
    for heading in ("value", "95 % interval", "limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for check in found.checks:
        table.add_row(*_cells(check))
    return table


def _cells(check: Check) -> tuple[str, ...]:
    bound = "at most" if check.is_ceiling else "at least"
    word = "passed" if check.passed else "FAILED"
    if check.low is None:
        return check.name, f"{check.value:.0f}", "", f"{bound} {check.limit:.0f}", word
    interval = f"{check.low:.3f}–{check.high:.3f}"
    return check.name, f"{check.value:.3f}", interval, f"{bound} {check.limit:g}", word


def sentences(found: Acceptance) -> Iterator[str]:
    """What was judged, what was not, and the verdict."""
    yield (
        f"{found.model_id} on {found.studies} studies that are new to it, {found.positive_studies} "
        f"with hemorrhage, at operating point {found.threshold:.2f}."
    )
    if found.knows_training:
        yield f"{found.trained_on} studies left out: the model was trained on them."
    else:
        yield (
            "Beside the card lies no list of the studies that the model was trained on: you must "
            "know that none of these is among them."
        )
    for uid, reason in found.not_screened.items():
        yield f"Not screened: {uid}: {reason}"
    if told := restricted(found.model_id, found.restriction):
        yield told
    failed = [check.name for check in found.checks if not check.passed]
    yield f"FAILED: {', '.join(failed)}." if failed else "PASSED: every limit was kept."
