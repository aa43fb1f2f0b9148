"""Writes the report of an evaluation: one HTML file that stands alone, and beside it a JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ichdash.errors import InputError
from ichdash.training import html_report
from ichdash.training.report_contents import KIND, Report

NOTHING = "Nothing was evaluated."


def check(path: Path) -> None:
    """Raises InputError where the report could not be written, or would replace something else.

    It is asked before the studies are read: that takes minutes.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"The report {path.name} does not end in .html. {NOTHING}")
    if not path.parent.is_dir():
        raise InputError(
            f"There is no folder {path.parent} for the report {path.name}. {NOTHING} "
            "Make the folder, or name another one."
        )
    if _json_beside(path).exists() and not _is_report(_json_beside(path)):
        raise InputError(
            f"{_json_beside(path).name} stands where the figures of the report {path.name} would "
            f"be written, and is no report. {NOTHING} Give the report another name."
        )


def write(path: Path, report: Report) -> None:
    """Write the HTML to `path` and the same figures as JSON beside it."""
    path.write_text(html_report.render(report), encoding="utf-8")
    figures = json.dumps(asdict(report), indent=1)
    _json_beside(path).write_text(figures + "\n", encoding="utf-8")


def _json_beside(path: Path) -> Path:
    return path.with_suffix(".json")


def _is_report(path: Path) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("kind") == KIND
