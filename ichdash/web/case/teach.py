"""Making a teaching file of a case: a copy that names nothing of it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ichdash.lessons import DIFFICULTIES, LONGEST, SUBTYPES, Lesson
from ichdash.teaching.copying import ai_of, copied, spots_of
from ichdash.web import parts, session
from ichdash.web.case.subject import Case

CARE = (
    "Name, dates, numbers and UIDs stay here. You answer for the pixels: burnt-in text, and a face "
    "that thin slices would show in 3-D, go along."
)
PLACES = "Ellipses measured on this case (key E) become its marked places."


def show(case: Case) -> None:
    """The form, folded; only where there are images."""
    if case.shown is None or case.images is None:
        return
    uid = case.study.study_uid
    with (
        st.expander("Make a teaching file"),
        st.form(f"teach {uid}", border=False, clear_on_submit=False, enter_to_submit=False),
    ):
        title = st.text_input(
            "Title, without what names the patient",
            key=f"teach title {uid}",
            max_chars=LONGEST["title"],
        )
        findings = st.multiselect("Key (none: no hemorrhage)", SUBTYPES, key=f"teach key {uid}")
        difficulty = st.select_slider(
            "Difficulty", list(DIFFICULTIES), 2, DIFFICULTIES.__getitem__, key=f"teach hard {uid}"
        )
        tags = st.text_input("Tags, with commas", key=f"teach tags {uid}")
        explanation = st.text_area(
            "Explanation", key=f"teach why {uid}", max_chars=LONGEST["explanation"]
        )
        st.caption(f"{PLACES} {CARE}")
        if st.form_submit_button("Make it", key=f"teach make {uid}"):
            with parts.faults_told():
                if not title.strip():
                    st.warning("The teaching file has no title. It was not made. Type one.")
                    return
                named = (tag.strip()[: LONGEST["tag"]] for tag in tags.split(","))
                kept = tuple(filter(None, named))
                key = tuple(findings)
                _make(case, Lesson(title, key, (), kept, difficulty, explanation.strip()))


def _make(case: Case, lesson: Lesson) -> None:
    if case.shown is None or case.images is None:
        return
    study_uid, slices = case.study.study_uid, case.images.display.meta["slices"]
    with session.open_store() as store:
        measured = store.measurements.of(study_uid, case.shown.series_uid or "", slices)
        spots = spots_of(measured) if lesson.findings else ()
        heatmap = store.files.heatmap(study_uid, case.shown.screening_id)
        store.teaching.add(
            replace(lesson, spots=spots),
            copied(case.images.display, heatmap),
            ai_of(case.shown),
            session.reader(),
            session.now(),
        )
    st.success("The teaching file is under *Teaching*.")
