"""What was measured in a viewer, as the browser tells it: checked before anything is kept.

The browser tells all that was measured or removed and that it has not heard is kept, again with
every change and after the page was loaded again (`unkept.js`), so that nothing is lost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ichdash.lessons import LONGEST
from ichdash.records import MeasureKind, Measurement

POINTS = {
    MeasureKind.DISTANCE: 2,
    MeasureKind.ANGLE: 3,
    MeasureKind.REGION: 2,
    MeasureKind.VOLUME: 6,
}
MOST = 500
"""Changes that are looked at, the newest; nobody measures as much in one sitting."""

IN_PLANE = 4
"""Points of a measurement that lie on one slice; a hematoma's ends may lie on others."""

FARTHEST = 10_000  # pixels from the slice's corner
_ID = re.compile(r"[0-9a-f-]{8,40}")


@dataclass(frozen=True)
class Changes:
    """What was measured and what was removed."""

    added: tuple[Measurement, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()  # measure id, and who removed it
    marks: tuple[str, ...] = ()  # by which the browser knows what it told, kept or passed over


def changes(
    told: object, name: str, slices: int, sign: Callable[[], str], now: datetime
) -> Changes:
    """The changes that a viewer tells of the scene `name`; what is not one is passed over.

    A change is by whom it names, which may be another than who reads now; by `sign` where it was
    made without a name.
    """
    if not isinstance(told, Mapping) or told.get("name") != name:
        return Changes()
    entries = [each for each in _list(told.get("changes"))[-MOST:] if isinstance(each, Mapping)]
    known = [each for each in entries if _ID.fullmatch(str(each.get("id")))]
    removed = {str(each["id"]): _by(each, sign) for each in known if _is_removal(each)}
    added = (_measurement(each, slices, sign, now) for each in known if "kind" in each)
    return Changes(
        tuple(each for each in added if each and each.measure_id not in removed),
        tuple(removed.items()),
        tuple(f"removed {each['id']}" if _is_removal(each) else str(each["id"]) for each in known),
    )


def sent(kept: Iterable[Measurement], reader: str) -> list[dict[str, Any]]:
    """Measurements for the viewer, with who measured where it was another reader."""
    return [
        {
            "id": each.measure_id,
            "kind": each.kind.value,
            "points": [{"x": x, "y": y, "slice": index} for x, y, index in each.points],
            "by": "" if each.reader == reader else each.reader,
        }
        for each in kept
    ]


def _is_removal(told: Mapping[str, Any]) -> bool:
    return told.get("removed") is True


def _by(told: Mapping[str, Any], sign: Callable[[], str]) -> str:
    return str(told.get("reader") or "")[: LONGEST["name"]].strip() or sign()


def _list(told: object) -> list[Any]:
    return told if isinstance(told, list) else []


def _measurement(
    told: Mapping[str, Any], slices: int, sign: Callable[[], str], now: datetime
) -> Measurement | None:
    try:
        kind = MeasureKind(told["kind"])
        points = tuple((float(p["x"]), float(p["y"]), int(p["slice"])) for p in told["points"])
    except (KeyError, TypeError, ValueError):
        return None
    is_sound = len(points) == POINTS[kind] and all(
        math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) < FARTHEST
        for x, y, _ in points
    )
    on = [index for _, _, index in points]
    if not is_sound or len({*on[:IN_PLANE]}) != 1 or not all(0 <= index < slices for index in on):
        return None
    return Measurement(str(told["id"]), kind, points, _by(told, sign), now)
