"""Words, icons and colours that several pages show the same way.

One meaning, one look: a state is always a word, an icon and a colour together, never green for
"no hemorrhage" (it would read as all clear) and never red for a probability.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import streamlit as st

from ichdash.domain import StudyAttributes
from ichdash.errors import IchdashError, NamelessError
from ichdash.performance.words import NOT_FOR_DIAGNOSIS, model_text
from ichdash.records import ScreeningRow, ScreeningState, StudyRow

HIDDEN = "hidden"
ELEMENTS = Path(__file__).with_name("elements.js").read_text(encoding="utf-8")


class Mark(StrEnum):
    """What the eye should find on the worklist: the screening state with the flag resolved."""

    FLAGGED = "flagged"
    NOT_FLAGGED = "not flagged"
    NOT_SCREENED = "not screened"
    SCREENING = "screening"
    QUEUED = "queued"
    RECEIVED = "received"


ICONS: dict[Mark, str] = {
    Mark.FLAGGED: "◆",
    Mark.NOT_FLAGGED: "○",
    Mark.NOT_SCREENED: "▲",
    Mark.SCREENING: "◌",
    Mark.QUEUED: "⋯",
    Mark.RECEIVED: "↓",
}
COLORS: dict[Mark, str] = {Mark.FLAGGED: "orange", Mark.NOT_SCREENED: "violet"}


def mark(study: StudyRow) -> Mark:
    """The mark of a study."""
    if study.state is ScreeningState.SCREENED:
        return Mark.FLAGGED if study.flagged else Mark.NOT_FLAGGED
    return Mark(study.state.value)


def mark_text(shown: Mark) -> str:
    """Icon and word in the mark's colour, as Streamlit Markdown."""
    return f":{COLORS.get(shown, 'gray')}[**{ICONS[shown]} {shown}**]"


@dataclass(frozen=True)
class Identity:
    """Who a study is of, as it may be shown: already blank where identity is hidden."""

    name: str
    patient_id: str
    person: str  # "71 F": age at acquisition and sex, not identifying
    accession_number: str
    description: str  # of the study; may be a file's name, and with it the patient's


def identity(attributes: StudyAttributes, is_hidden: bool) -> Identity:
    """The identity to show; with `is_hidden`, nothing that may name the patient is left."""
    person = f"{_age(attributes)} {attributes.sex}".strip()
    if is_hidden:
        return Identity(HIDDEN, HIDDEN, person, HIDDEN, "")
    name = attributes.patient_name or attributes.patient_id or "no name"
    return Identity(
        name, attributes.patient_id, person, attributes.accession_number, attributes.description
    )


def isolated(text: str) -> str:
    """A name within a sentence, which keeps its order whichever way the name is written."""
    return f"\u2068{text}\u2069"


def _age(attributes: StudyAttributes) -> str:
    """Full years at acquisition, or empty where birth or acquisition is not recorded."""
    if attributes.acquired_at is None or not attributes.birth_date:
        return ""
    try:
        born = date.fromisoformat(attributes.birth_date)
    except ValueError:
        return ""
    taken = attributes.acquired_at.date()
    return str(taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day)))


def probability_text(probability: float) -> str:
    """Two digits, and never the certainty that rounding would make of 0.998."""
    if probability > 0.99:
        return ">0.99"
    return f"{probability:.2f}" if probability >= 0.01 else "<0.01"


def span(seconds: float) -> str:
    """A length of time in its largest unit: "45 s", "12 min", "3 h", "2 d"."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length or (unit == "min" and seconds >= length):
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"


def ago(then: datetime, now: datetime) -> str:
    """How long ago: "4 min ago"."""
    return f"{span((now - then).total_seconds())} ago"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    tail = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10)
    return f"{number}{tail or 'th'}"


def fault(sentence: str) -> None:
    """Something is broken: the sentence that says what, why and what to do next.

    It may quote what came from outside, such as the UID of a study.
    """
    st.error(plain(sentence), icon=":material/error:")


def tell(error: IchdashError) -> None:
    """What kept something from being done; only a name that is missing breaks nothing."""
    if isinstance(error, NamelessError):
        st.warning(plain(str(error)))
    else:
        fault(str(error))


@contextmanager
def faults_told() -> Iterator[None]:
    """Show a fault of ours in place of what it kept from being drawn.

    A fragment that runs again by itself needs its own: nobody above it would catch anything.
    """
    try:
        yield
    except IchdashError as error:
        tell(error)


def not_for_diagnosis(results: Iterable[StudyRow | ScreeningRow]) -> str:
    """The line that stands once, small, wherever results stand, with the models behind them."""
    named = {model_text(each.model_id, each.restriction) for each in results if each.model_id}
    return " · ".join(filter(None, (NOT_FOR_DIAGNOSIS, ", ".join(sorted(named)))))


_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])")


def plain(text: str) -> str:
    """Text of unknown origin, for Markdown: shown as it is, never as a format, link or image, and
    without the signs that would turn the rest of the line around.

    A patient's name may hold `![](http://…)`, which would make the browser fetch it.
    """
    return _MARKUP.sub(r"\\\1", " ".join(_TURNS.sub("", text).split()))
