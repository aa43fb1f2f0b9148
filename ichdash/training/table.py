"""CSV files that people write: one reader, so that the same faults are told in the same words."""

from __future__ import annotations

import csv
from pathlib import Path

from ichdash.errors import InputError

BEYOND = "cells beyond the last column"
"""Key under which a row keeps what stands beyond its last column."""


def read(path: Path, what: str) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Columns and rows of a CSV of `what`, blanks around values gone, missing cells empty.

    Raises InputError where it cannot be read or two columns share a name.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey=BEYOND, restval="")
            columns = tuple(reader.fieldnames or ())
            rows = [{name: _value(cell) for name, cell in row.items()} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as a CSV of {what}: {error}.") from error
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise InputError(f"{path.name} has more than one column {' and '.join(twice)}.")
    return columns, rows


def _value(cell: str | list[str]) -> str:
    return ",".join(cell) if isinstance(cell, list) else cell.strip()
