"""The patient's other studies: what the model said of them, one click away."""

from __future__ import annotations

from datetime import tzinfo

import streamlit as st

from ichdash.records import StudyRow
from ichdash.web import parts, session
from ichdash.web.case import words


def show(study: StudyRow, others: tuple[StudyRow, ...], zone: tzinfo | None) -> None:
    """The change since the study before, then one line a study, the newest first."""
    if not others:
        return
    st.markdown("#### Other studies of this patient")
    if said := change(study, others, zone):
        st.caption(parts.plain(said))
    for other in others:
        if st.button(line(other, zone), key=f"other {other.study_uid}", type="tertiary"):
            session.open_case(other.study_uid)


def change(study: StudyRow, others: tuple[StudyRow, ...], zone: tzinfo | None) -> str:
    """What the latest study before this one was scored: "0.91 now, 0.12 on 12 Oct 2026 09:41".

    Scores of two models are not compared.
    """
    at = study.attributes.acquired_at
    before = [
        (other.attributes.acquired_at, other.probability)
        for other in others
        if at
        and other.attributes.acquired_at
        and other.attributes.acquired_at < at
        and other.probability is not None
        and other.model_sha256 == study.model_sha256
        and other.model_id == study.model_id
    ]
    if study.probability is None or not before:
        return ""
    when, probability = max(before)
    now, then = (parts.probability_text(p) for p in (study.probability, probability))
    return f"{now} now, {then} on {words.moment(when, zone)}"


def line(study: StudyRow, zone: tzinfo | None) -> str:
    """When it was acquired, and what came of it."""
    mark = parts.mark(study)
    number = "" if study.probability is None else parts.probability_text(study.probability)
    when = words.moment(study.attributes.acquired_at or study.received_at, zone)
    return f"{when} · {parts.mark_text(mark)} {parts.plain(number)}".rstrip()
