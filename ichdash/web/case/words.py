"""What numbers mean, in sentences that a tired person understands.

A calibrated probability says little without the cut that it is compared with, and a cut says
little without how often it was right: so the three are always told together.
"""

from __future__ import annotations

import math
from datetime import datetime, tzinfo

from ichdash.domain import HEMORRHAGE, OperatingPoint
from ichdash.model.card import Bin
from ichdash.records import ReviewState, ScreeningRow, SecondReading

REVIEW_WORDS = {
    ReviewState.UNREAD: "unread",
    ReviewState.IN_REVIEW: "in review",
    ReviewState.AGREED: "agreed",
    ReviewState.DISAGREED: "disagreed",
}


def is_flagged(screening: ScreeningRow) -> bool:
    """Whether the probability reached the operating point of its own screening."""
    point, probability = screening.operating_point, screening.probability
    return point is not None and probability is not None and probability >= point.threshold


def operating_point(point: OperatingPoint) -> str:
    """The cut and what it gave: "operating point 0.42: sensitivity 0.93, specificity 0.88 …"."""
    return (
        f"operating point {point.threshold:.2f}: sensitivity {point.sensitivity:.2f}, "
        f"specificity {point.specificity:.2f} in validation"
    )


def meaning(flagged: bool, point: OperatingPoint) -> str:
    """What being above or below the cut was worth in validation."""
    if flagged:
        false_alarms = round(100 * (1 - point.specificity))
        return (
            f"Above the operating point. Of 100 validation studies without a hemorrhage, "
            f"{false_alarms} were above it too."
        )
    missed = round(100 * (1 - point.sensitivity))
    return (
        f"Below the operating point. This is no all-clear: of 100 validation studies with a "
        f"hemorrhage, {missed} were below it too."
    )


def scored_alike(seen: Bin) -> str:
    """How often studies scored like this one had a hemorrhage; never told without its `basis`."""
    share = round(100 * seen.observed.value)
    return f"Of 100 validation studies scored like this, about {share} had a hemorrhage"


def basis(seen: Bin) -> str:
    """How many studies a share rests on, and its interval of 100, rounded outwards."""
    low, high = (round(100 * end, 6) for end in (seen.observed.low, seen.observed.high))
    studies = "1 study" if seen.studies == 1 else f"{seen.studies:,} studies"
    return f"{studies}, 95 % interval {math.floor(low)}–{math.ceil(high)}"


def subtypes(findings: dict[str, float]) -> list[tuple[str, float]]:
    """The findings other than `hemorrhage` itself, most probable first."""
    others = [(name, value) for name, value in findings.items() if name != HEMORRHAGE]
    return sorted(others, key=lambda finding: -finding[1])


def findings_said(findings: dict[str, ReviewState]) -> str:
    """What a reader said of the findings: "subdural: agreed, epidural: cannot tell"."""
    told = {ReviewState.IN_REVIEW: "cannot tell"}
    return ", ".join(f"{name}: {told.get(s, REVIEW_WORDS[s])}" for name, s in findings.items())


def settled(reading: SecondReading, zone: tzinfo | None) -> str:
    """The final answer with who gave it and when; empty where there is none."""
    if (final := reading.settlement) is None:
        return ""
    who = " and ".join(final.readers)
    comment = f" · {final.comment}" if final.comment else ""
    return f"Settled: {final.answer} · {who} · {moment(final.settled_at, zone)}{comment}"


def moment(when: datetime | None, zone: tzinfo | None) -> str:
    """A time of day in the reader's zone; one without a zone is shown as the scanner wrote it."""
    if when is None:
        return "not recorded"
    local = when.astimezone(zone) if when.tzinfo else when
    return f"{local.day} {local:%b %Y %H:%M}"
