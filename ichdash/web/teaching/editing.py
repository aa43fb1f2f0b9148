"""A teaching file on a page of its own: what it shows, what is said of it, and changing that.

A change is a new version; an answer keeps the key of the version that it was given to.
"""

from __future__ import annotations

import streamlit as st

from ichdash.lessons import Lesson, TeachingFile
from ichdash.web import parts, session, viewer
from ichdash.web.teaching import fields, stage

KEPT = "Answers that were given before keep the key and the words that they were given to."

SEEN = "teaching file seen"


def show(file_id: str) -> None:
    with session.open_store() as store:
        file = store.teaching.file(file_id)
    image, words = st.columns([1.6, 1], gap="medium")
    with image, parts.faults_told():
        _image(file)
    with words:
        _state(file)
        _form(file)


def forget() -> None:
    """Where no file is open, the next one is filled in from its newest version."""
    for key in [each for each in st.session_state if str(each).startswith(SEEN)]:
        del st.session_state[key]


def _image(file: TeachingFile) -> None:
    with session.open_store() as store:
        pictures = store.teaching.pictures(file.file_id)
    name = f"file {file.file_id}"
    viewer.show(stage.open_scene(name, file, pictures, None), key=name)


def _state(file: TeachingFile) -> None:
    kind = "synthetic" if file.is_synthetic else "copy of a case"
    words, act = st.columns([2, 1], vertical_alignment="center")
    is_retired = file.retired_at is not None
    state = " · **retired**: new readers are not shown it" if is_retired else ""
    words.markdown(f"Version {file.version} by {parts.plain(file.author)} · {kind}{state}")
    if act.button("Bring back" if is_retired else "Retire", key=f"state {file.file_id}"):
        change(file)


def change(file: TeachingFile) -> None:
    """Retire a file that is offered, offer one that is retired."""
    with parts.faults_told():
        with session.open_store() as store:
            if file.retired_at is None:
                store.teaching.retire(file.file_id, session.reader(), session.now())
            else:
                store.teaching.bring_back(file.file_id)
        st.rerun()


def _form(file: TeachingFile) -> None:
    # The version that the fields were filled from: another tutor's is never overwritten.
    seen_key = f"{SEEN} {file.file_id}"
    seen = st.session_state.setdefault(seen_key, file)
    key = f"edit {file.file_id} {seen.version}"
    with st.form(key, border=False, enter_to_submit=False):
        given = fields.ask(key, seen.lesson, is_drawn=file.is_synthetic)
        st.caption(KEPT)
        if st.form_submit_button("Save", key=f"{key} save", type="primary"):
            with parts.faults_told():
                _save(seen, given.lesson(seen.lesson.spots), seen_key)
    if said := st.session_state.pop(f"saved {file.file_id}", ""):
        st.success(said)


def _save(seen: TeachingFile, lesson: Lesson, seen_key: str) -> None:
    if lesson == seen.lesson:
        st.info("Nothing is different. No version was added.")
        return
    with session.open_store() as store:
        store.teaching.revise(seen.file_id, lesson, seen.version, session.reader(), session.now())
    del st.session_state[seen_key]
    st.session_state[f"saved {seen.file_id}"] = f"Kept as version {seen.version + 1}."
    st.rerun()
