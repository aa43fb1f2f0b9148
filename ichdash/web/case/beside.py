"""A second stack beside the image: another series of the study, the original slices where slabs of
them are shown, or another study of the patient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import tzinfo

import streamlit as st

from ichdash import screening
from ichdash.domain import SeriesVerdict
from ichdash.errors import IchdashError
from ichdash.imaging.display import DisplayVolume
from ichdash.records import StudyRow
from ichdash.web import parts, session, viewer
from ichdash.web.case import banner, subject, words
from ichdash.web.case.subject import Case

PART = 120
"""Slices of a long series that are shown at a time: a browser's memory has its bounds."""

FEWEST = 2  # a single picture, such as a scout, is no stack


@dataclass(frozen=True)
class Choice:
    """Something that can stand beside the image; what it is called is no part of what it is."""

    label: str = field(compare=False)
    study_uid: str
    series_uid: str = ""  # empty: the images of the study's newest result
    part: str = ""  # which scan of a series that holds several
    first: int = 0  # of the slices, feet to head
    instances: int = 0  # of the study: one that grew is read again

    @property
    def name(self) -> str:
        """Unique to what is shown."""
        return (
            f"beside {self.study_uid} {self.series_uid} {self.part} {self.first} {self.instances}"
        )


def choices(case: Case, is_hidden: bool, zone: tzinfo | None) -> tuple[Choice, ...]:
    """What there is: series of the study first, then the patient's other studies."""
    series = case.shown.series if case.shown else ()
    found = [choice for verdict in series for choice in _of_series(case, verdict, is_hidden)]
    others = (study for study in case.others if study.probability is not None)
    return _told_apart([*found, *(Choice(_when(study, zone), study.study_uid) for study in others)])


def _told_apart(found: list[Choice]) -> tuple[Choice, ...]:
    """Those that are called alike, as two scans of one series where identity is hidden, numbered:
    a control knows a choice by its label."""
    labels = [choice.label for choice in found]
    before = [labels[:i].count(label) for i, label in enumerate(labels)]
    return tuple(
        replace(choice, label=f"{choice.label} ({count + 1})") if count else choice
        for choice, count in zip(found, before, strict=True)
    )


def _of_series(case: Case, verdict: SeriesVerdict, is_hidden: bool) -> list[Choice]:
    """A series that is not on the page already, in parts where it is long."""
    shown = case.images.display.meta["slices"] if case.images and verdict.used else 0
    is_stack = verdict.is_stackable and verdict.slices >= FEWEST
    if not verdict.series_uid or not is_stack or shown == verdict.slices:
        return []
    number = "without a number" if verdict.number is None else str(verdict.number)
    what = "" if is_hidden or not verdict.description else f" “{verdict.description}”"
    label = f"series {number}{what}" if not shown else "original slices"
    count, known = verdict.slices, case.study.instances
    extents = (
        [f"{first + 1} to {min(first + PART, count)} of {count}" for first in range(0, count, PART)]
        if count > PART
        else [f"{count} slices"]
    )
    place = case.study.study_uid, verdict.series_uid, verdict.part
    return [
        Choice(f"{label}, {extent}", *place, i * PART, known) for i, extent in enumerate(extents)
    ]


def _when(study: StudyRow, zone: tzinfo | None) -> str:
    return f"study of {words.moment(study.attributes.acquired_at or study.received_at, zone)}"


def select(case: Case, found: tuple[Choice, ...]) -> None:
    """The control; what it says is read by `chosen` when the page runs again."""
    if found and case.images is not None:
        st.pills(  # they leave the keys up and down to the image
            "Beside the image",
            found,
            format_func=lambda choice: parts.plain(choice.label),
            key=_key(case),
            help="Scrolls together with the image by position (key L: alone)",
        )


def chosen(case: Case, found: tuple[Choice, ...]) -> Choice | None:
    """What was selected, as long as it is there, called as it may be called now."""
    before = st.session_state.get(_key(case))
    choice = next((each for each in found if each == before), None)
    if choice and before and choice.label != before.label:
        st.session_state[_key(case)] = choice  # the control drops what it knows by another name
    return choice


def _key(case: Case) -> str:
    return f"beside {case.study.study_uid}"


def read(choice: Choice, case: Case, is_hidden: bool) -> viewer.Beside | None:
    """The stack that was chosen; a fault of it is told in its place."""
    try:
        display = _display(choice)
    except IchdashError as error:
        parts.fault(f"{choice.label} cannot be shown beside the image. {error}")
        return None
    whose = [study for study in case.others if study.study_uid == choice.study_uid]
    identity = [line for study in whose for line in banner.corner(study, is_hidden)]
    return viewer.Beside(choice.name, display, (choice.label, *identity), is_same_space=not whose)


def _display(choice: Choice) -> DisplayVolume:
    if choice.series_uid:
        return _of_files(str(session.settings().data_dir), choice)
    with session.open_store() as store:
        return subject.newest_images(store, choice.study_uid).display


@st.cache_resource(
    max_entries=6,
    show_spinner="Reading the series…",
    hash_funcs={Choice: lambda choice: choice.name},
)
def _of_files(data_dir: str, choice: Choice) -> DisplayVolume:
    """Packed once: a rerun finds it again. `data_dir` tells stores apart."""
    with session.open_store() as store:
        only = slice(choice.first, choice.first + PART)
        place = choice.study_uid, choice.series_uid, choice.part
        return screening.series_display(store, *place, only)
