"""Whose study this is and the way to its neighbours: one line that stays while scrolling."""

from __future__ import annotations

from datetime import tzinfo
from html import escape

import streamlit as st

from ichdash.records import StudyRow
from ichdash.store import Place
from ichdash.web import parts, session
from ichdash.web.case import words
from ichdash.web.case.subject import Case


def show(case: Case, is_hidden: bool, zone: tzinfo | None) -> None:
    """The way through the worklist on the left, the patient on the right."""
    with st.container(
        key="case-banner", horizontal=True, vertical_alignment="center", gap="small", wrap=False
    ):
        _way(case.place)
        st.html(patient_line(case.study, is_hidden, zone))


def patient_line(study: StudyRow, is_hidden: bool, zone: tzinfo | None) -> str:
    """The identity as safe HTML: names come from strangers' files."""
    name, quiet = patient_words(study, is_hidden, zone)
    rest = " · ".join(map(escape, quiet))
    return f'<div class="case-patient"><b>{escape(name)}</b> <span>{rest}</span></div>'


def patient_words(
    study: StudyRow, is_hidden: bool, zone: tzinfo | None
) -> tuple[str, tuple[str, ...]]:
    """The name, and what else tells whose study this is and when it was acquired."""
    who = parts.identity(study.attributes, is_hidden)
    numbers = () if is_hidden else (f"ID {who.patient_id}", f"accession {who.accession_number}")
    acquired = f"acquired {words.moment(study.attributes.acquired_at, zone)}"
    quiet = filter(None, (who.person, *numbers, who.description, acquired))
    return "identity hidden" if is_hidden else who.name, tuple(quiet)


def corner(study: StudyRow, is_hidden: bool) -> tuple[str, ...]:
    """The same identity for the corner of the image; nothing where identity is hidden."""
    if is_hidden:
        return ()
    who = parts.identity(study.attributes, is_hidden)
    lines = (" · ".join(filter(None, (who.name, who.person))), who.patient_id, who.accession_number)
    return tuple(line for line in lines if line)


def back() -> None:
    """The way back to the worklist."""
    st.page_link(session.page_path("worklist"), label="‹ worklist", help="Back to the worklist")


def _way(place: Place) -> None:
    back()
    if place.position is not None:
        st.html(
            f'<span class="case-place">{place.position} of {place.total}</span>', width="content"
        )
    _step("‹", "Previous study on the worklist", place.previous, "case-previous", "k")
    _step("›", "Next study on the worklist", place.next, "case-next", "j")
    _step(
        "next flagged ›", "Next flagged study nobody read", place.next_flagged, "case-flagged", "f"
    )


def _step(label: str, meaning: str, study_uid: str | None, key: str, shortcut: str) -> None:
    pressed = st.button(
        label,
        key=key,
        help=f"{meaning} (key {shortcut.upper()})",
        shortcut=shortcut,
        disabled=study_uid is None,
        type="tertiary",
    )
    if pressed and study_uid is not None:
        session.open_case(study_uid)
