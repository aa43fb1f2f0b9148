"""Making a teaching file of a case: a copy that names nothing of it."""

from __future__ import annotations

import re

import streamlit as st

from ichdash.domain import StudyAttributes
from ichdash.errors import InputError
from ichdash.teaching.copying import ai_of, copied, spots_of
from ichdash.web import parts, session
from ichdash.web.case import second
from ichdash.web.case.subject import Case
from ichdash.web.teaching import fields

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
        given = fields.ask(f"teach {uid}")
        st.caption(f"{PLACES} {CARE}")
        if st.form_submit_button("Make it", key=f"teach make {uid}"):
            with parts.faults_told():
                _make(case, given)


def _refuse_named(of: StudyAttributes, given: fields.Given) -> None:
    """Raise InputError where what was typed names the patient."""
    words = (*of.patient_name.replace(",", " ").split(), of.patient_id, of.accession_number)
    typed = f"{given.title} {given.tags} {given.explanation}".casefold()
    if any(
        len(word) > 2 and re.search(rf"\b{re.escape(word.casefold())}\b", typed) for word in words
    ):
        raise InputError(
            "What was typed holds the patient's name, ID or accession number. The teaching file "
            "was not made. Take it out of title, tags and explanation."
        )


def _make(case: Case, given: fields.Given) -> None:
    if case.shown is None or case.images is None:
        return
    _refuse_named(case.study.attributes, given)
    slices = case.images.display.meta["slices"]
    with session.open_store() as store:
        measured = second.measurements(store, case.shown, slices, session.reader())
        store.teaching.add(
            given.lesson(spots_of(measured)),
            copied(case.images.display, case.images.heatmap),
            ai_of(case.shown),
            session.signature(),
            session.now(),
        )
    st.success("The teaching file is under *Teaching*.")
