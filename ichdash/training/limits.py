"""The limits of an acceptance test: a TOML file, one line a limit, checked before anything runs.

A figure of merit has a floor, an error or a share a ceiling, and `least_studies` asks for enough
studies to tell anything.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ichdash.errors import InputError

FLOORS = ("auc", "average_precision", "sensitivity", "specificity", "accuracy", "f1")
CALIBRATION_ERROR = "calibration_error_at_most"
FAILED_SHARE = "most_failed_share"
LEAST_STUDIES = "least_studies"
KNOWN = (*FLOORS, CALIBRATION_ERROR, FAILED_SHARE, LEAST_STUDIES)
NOTHING = "Nothing was screened."


@dataclass(frozen=True)
class Limits:
    """What a model must reach: floors of figures and ceilings in [0, 1], and how many studies."""

    floors: Mapping[str, float]  # by figure, in the order of FLOORS
    calibration_error: float | None
    failed_share: float | None
    least_studies: int | None


def read(path: Path) -> Limits:
    """Read limits; raises InputError naming every key and value that is wrong at once."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as TOML: {error}. {NOTHING}") from error
    faults = [fault for key, value in raw.items() if (fault := _fault(key, value))]
    if not raw:
        faults = [f"it holds no limit (known: {', '.join(KNOWN)})"]
    if faults:
        raise InputError(f"{path.name}: {'; '.join(faults)}. {NOTHING}")
    return Limits(
        floors={name: float(raw[name]) for name in FLOORS if name in raw},
        calibration_error=raw.get(CALIBRATION_ERROR),
        failed_share=raw.get(FAILED_SHARE),
        least_studies=raw.get(LEAST_STUDIES),
    )


def _fault(key: str, value: Any) -> str:
    if key not in KNOWN:
        return f"{key} is not a limit (known: {', '.join(KNOWN)})"
    if key == LEAST_STUDIES:
        is_count = type(value) is int and value >= 1  # a truth value is an int too
        return "" if is_count else f"{key} = {value!r} is not a whole number above 0"
    if type(value) in (int, float) and 0 <= value <= 1:
        return ""
    return f"{key} = {value!r} is not a number from 0 to 1"
