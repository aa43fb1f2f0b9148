"""Teaching, `?quiz=<id>` or `?file=<id>`: quizzes, results, the class, files. No study is read."""

from __future__ import annotations

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.web import parts, session
from ichdash.web.teaching import address, editing, files, quizzes, reading, results

QUIZZES, MINE, CLASS, FILES = "Quizzes", "My results", "Class", "Files and quizzes"


def page(quiz_id: str, file_id: str) -> None:
    """The quiz or file that the link names, or the views; what is unknown is told above them."""
    if quiz_id and st.button("‹ all quizzes", key="leave", type="tertiary"):
        address.leave()
    try:
        if quiz_id:
            with session.open_store() as store:
                quiz = store.quizzes.quiz(quiz_id)
        elif file_id:
            with session.open_store() as store:
                store.teaching.file(file_id)
    except NotFoundError as error:
        st.warning(parts.plain(str(error)))
        quiz_id = file_id = ""
    if quiz_id:
        reading.show(quiz)
    elif file_id:
        editing.show(file_id)
    else:
        _views()


def _views() -> None:
    editing.forget()
    view = st.segmented_control(
        "View",
        [QUIZZES, MINE, CLASS, FILES],
        default=QUIZZES,
        key="teaching view",
        label_visibility="collapsed",
        persist_state="session",
    )
    {MINE: results.learner, CLASS: results.group, FILES: files.show}.get(view or "", _quizzes)()


def _quizzes() -> None:
    if quizzes.listed():
        return
    st.info(f"No quizzes yet. A tutor makes one under *{FILES}*.")
    with session.open_store() as store:
        if not store.teaching.all():
            files.show()


page(st.query_params.get("quiz", ""), st.query_params.get("file", ""))
