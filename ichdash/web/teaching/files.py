"""The tutor's side: the teaching files, found by their words, and the quizzes made of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ichdash.lessons import DIFFICULTIES, NO_HEMORRHAGE, TeachingFile
from ichdash.web import parts, session
from ichdash.web.teaching import address, drawing, editing, quizzes

NO_FILES = (
    "No teaching files yet. Draw ten synthetic cases with one click, or open a case and press "
    "*Make a teaching file*."
)
NO_MATCH = "No file has all of these words. Take one out."
A_PAGE = 20
ROW_WIDTH = 900  # CSS pixels, also on a wide screen: the eye must find the row's buttons


def show() -> None:
    """The files, and what makes more of them."""
    with session.open_store() as store:
        files, retired = store.teaching.all(), store.teaching.all(retired=True)
    drawing.progress()
    if not files:
        st.info(NO_FILES)
        drawing.first_ten()
    drawing.form()
    is_retired = bool(retired) and st.toggle(f"Retired files ({len(retired)})", key="files retired")
    listed = _found(retired if is_retired else files)
    if listed and not is_retired:
        quizzes.form(listed)
    _rows(listed)


def words_of(file: TeachingFile) -> set[str]:
    """What a file is found by: key, difficulty, tags."""
    key = set(file.lesson.findings) or {NO_HEMORRHAGE}
    return key | {DIFFICULTIES[file.lesson.difficulty]} | set(file.lesson.tags)


def _found(files: Sequence[TeachingFile]) -> list[TeachingFile]:
    words = sorted(set().union(*map(words_of, files)))
    if not words:
        return []
    chosen = st.multiselect(
        "Only those with",
        words,
        key="files words",
        placeholder="Key, difficulty, tag",
        label_visibility="collapsed",
    )
    found = [file for file in files if set(chosen) <= words_of(file)]
    if not found:
        st.info(NO_MATCH)
    return found


def _rows(files: Sequence[TeachingFile]) -> None:
    pages = -(-len(files) // A_PAGE)
    number = st.pagination(pages, key=f"files page of {pages}") if pages > 1 else 1
    for file in files[(number - 1) * A_PAGE : number * A_PAGE]:
        _row(file)


def _row(file: TeachingFile) -> None:
    lesson = file.lesson
    words, edit, act = st.columns([6, 1, 1.2], vertical_alignment="center", width=ROW_WIDTH)
    key = ", ".join(lesson.findings) or NO_HEMORRHAGE
    told = " · ".join(
        filter(None, (key, DIFFICULTIES[lesson.difficulty], parts.plain(", ".join(lesson.tags))))
    )
    words.markdown(f"{parts.plain(lesson.title)}  \n:gray[{told}]")
    if edit.button("Edit", key=f"edit {file.file_id}", type="tertiary"):
        address.go(file=file.file_id)
    label = "Retire" if file.retired_at is None else "Bring back"
    if act.button(label, key=f"retire {file.file_id}", type="tertiary"):
        editing.change(file)
