"""How an outcome of screening is told outside: a JSON object, a row of a table, a heatmap file.

The keys of the JSON object and of the heatmap file are a promise to scripts: add, never rename.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from ichdash.domain import NotScreened, Screened
from ichdash.performance.words import restricted
from ichdash.store.arrays import packed
from ichdash.store.files import safe_name

Outcome = Screened | NotScreened

SLICES_TO_LOOK_AT = 3


def as_json(outcome: Outcome) -> dict[str, Any]:
    """One study as plain JSON; what nobody measured is null or empty, never zero."""
    told: dict[str, Any] = {
        "study_uid": outcome.study_uid,
        "series_uid": None,
        "status": "not screened",
        "reason": "",
        "probability": None,
        "flagged": None,
        "threshold": None,
        "findings": {},
        "slice_scores": [],
        "slices": None,
        "model_id": None,
        "seconds": round(outcome.seconds, 3),
        "restriction": "",
    }
    if isinstance(outcome, NotScreened):
        return told | {"reason": outcome.reason}
    return told | _measured(outcome)


def _measured(outcome: Screened) -> dict[str, Any]:
    prediction = outcome.prediction
    return {
        "series_uid": outcome.volume.series_uid,
        "status": "screened",
        "probability": float(prediction.probability),
        "flagged": prediction.flagged,
        "threshold": float(prediction.operating_point.threshold),
        "findings": {name: float(value) for name, value in prediction.findings.items()},
        "slice_scores": [float(score) for score in prediction.slice_scores],
        "slices": len(outcome.volume),
        "model_id": prediction.model_id,
        "restriction": prediction.restriction,
    }


def write_heatmap(outcome: Screened, folder: Path) -> Path:
    """Write `<study_uid>.npz` into `folder` and return its path.

    `heatmap` is float32 (slices, h, w) in [0, 1], feet to head; each map covers the whole slice
    in the orientation that the file stores, so scaling it to (Rows, Columns) lays it over the
    pixels. `sop_instance_uids` (slices,) names the instances in the same order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{safe_name(outcome.study_uid)}.npz"
    stored = outcome.volume.turn.undo(outcome.prediction.heatmap)
    partial = path.with_suffix(".part")
    uids = np.array(outcome.volume.sop_instance_uids, np.str_)
    partial.write_bytes(packed(heatmap=stored.astype(np.float32), sop_instance_uids=uids))
    partial.replace(path)
    return path


def in_triage_order(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Flagged by probability, then not screened, then the rest by probability."""
    return sorted(outcomes, key=_urgency)


def _urgency(outcome: Outcome) -> tuple[int, float]:
    if isinstance(outcome, NotScreened):
        return 1, 0.0
    return (0 if outcome.prediction.flagged else 2), -outcome.prediction.probability


def state(flagged: bool | None) -> str:
    """The word for a settled study; None stands for one that was not screened."""
    if flagged is None:
        return "not screened"
    return "flagged" if flagged else "not flagged"


def count(states: Iterable[str]) -> str:
    """How many studies ended in which state, in triage order, as part of a sentence."""
    counted = Counter(states)
    return ", ".join(f"{counted[state(flag)]} {state(flag)}" for flag in (True, None, False))


def as_table(outcomes: Sequence[Outcome]) -> Table:
    """The studies in triage order, as a person reads them in a terminal."""
    told = _restrictions(outcomes)
    table = Table(box=None, pad_edge=False, header_style="bold", caption_justify="left")
    table.caption = Text(told) if told else None
    table.add_column("state", no_wrap=True)
    table.add_column("probability", justify="right", no_wrap=True)
    table.add_column("study", overflow="fold")
    table.add_column("slices", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column(
        "look first, what limits the result, or why not screened", overflow="fold", ratio=1
    )
    for outcome in in_triage_order(outcomes):
        table.add_row(*(Text(cell, style=_style(outcome)) for cell in _cells(outcome)))
    return table


def _restrictions(outcomes: Sequence[Outcome]) -> str:
    """What the use of the models is restricted to that said something here."""
    said = [each.prediction for each in outcomes if not isinstance(each, NotScreened)]
    return " ".join(sorted({restricted(each.model_id, each.restriction) for each in said}))


def _cells(outcome: Outcome) -> tuple[str, ...]:
    seconds = f"{outcome.seconds:.1f}"
    if isinstance(outcome, NotScreened):
        return "▲ not screened", "–", outcome.study_uid, "–", seconds, outcome.reason
    prediction = outcome.prediction
    state = "◆ flagged" if prediction.flagged else "○ not flagged"
    slices = str(len(outcome.volume))
    where = " · ".join(
        filter(None, (_look_first(outcome) if prediction.flagged else "", outcome.reason))
    )
    return state, f"{prediction.probability:.2f}", outcome.study_uid, slices, seconds, where


def _look_first(outcome: Screened) -> str:
    """The slices with most evidence, counted from 1 as on screen."""
    most = np.argsort(-outcome.prediction.slice_scores, kind="stable")[:SLICES_TO_LOOK_AT]
    return f"slices {', '.join(str(index + 1) for index in most)} of {len(outcome.volume)}"


def _style(outcome: Outcome) -> str:
    if isinstance(outcome, NotScreened):
        return "magenta"
    return "bold yellow" if outcome.prediction.flagged else ""
