"""The patient's other studies: what the model said of them, one click away."""

from __future__ import annotations

from datetime import tzinfo

import streamlit as st

from ichdash.records import StudyRow
from ichdash.web import parts, session
from ichdash.web.case import words


def show(others: tuple[StudyRow, ...], zone: tzinfo | None) -> None:
    """One line a study, the newest first; nothing where there are none."""
    if not others:
        return
    st.markdown("#### Other studies of this patient")
    for study in others:
        if st.button(line(study, zone), key=f"other {study.study_uid}", type="tertiary"):
            session.open_case(study.study_uid)


def line(study: StudyRow, zone: tzinfo | None) -> str:
    """When it was acquired, and what came of it."""
    mark = parts.mark(study)
    number = "" if study.probability is None else parts.probability_text(study.probability)
    when = words.moment(study.attributes.acquired_at or study.received_at, zone)
    return f"{when} · {parts.mark_text(mark)} {parts.plain(number)}".rstrip()
