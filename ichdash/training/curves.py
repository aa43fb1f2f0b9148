"""Learning curves: the loss of each fit, noted as it goes, one CSV a job."""

from __future__ import annotations

import csv
from pathlib import Path

from ichdash.model.card import Curve

COLUMNS = ("step", "training_loss", "validation_loss")


def note(path: Path, step: int, loss: float, *validation: float) -> None:
    """Add a line: mean training loss since the last one and, where it is watched, of validation."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(COLUMNS)
        writer.writerow([step, f"{loss:.4f}", *(f"{each:.4f}" for each in validation)])


def steps_done(path: Path) -> int:
    """The last step noted; 0 where there is none."""
    return max(_rows(path), default=0)


def read(path: Path, name: str) -> Curve:
    """The curve of a job; a step that was done again after a kill counts once."""
    rows = sorted(_rows(path).items())
    validation = tuple(values[1] for _, values in rows if len(values) > 1)
    return Curve(name, tuple(step for step, _ in rows), tuple(v[0] for _, v in rows), validation)


def _rows(path: Path) -> dict[int, list[float]]:
    """Losses by step of whole lines: the last one may still be being written."""
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").split("\n")[1:-1]
    cells = [line.split(",") for line in lines]
    return {int(step): [float(each) for each in losses] for step, *losses in cells}
