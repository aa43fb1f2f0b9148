"""Teaching, `?quiz=<id>`: quizzes, a learner's results, the class, the files. No study is read."""

from __future__ import annotations

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.web import parts, session
from ichdash.web.teaching import files, reading, results

QUIZZES, MINE, CLASS, FILES = "Quizzes", "My results", "Class", "Files and quizzes"


def page(quiz_id: str) -> None:
    """The quiz that the link names, or the views."""
    if quiz_id:
        if st.button("‹ all quizzes", key="leave quiz", type="tertiary"):
            del st.query_params["quiz"]
            st.rerun()
        try:
            with session.open_store() as store:
                quiz = store.quizzes.quiz(quiz_id)
        except NotFoundError as error:
            st.warning(parts.plain(str(error)))
            _quizzes()
            return
        reading.show(quiz)
        return
    view = st.segmented_control(
        "View",
        [QUIZZES, MINE, CLASS, FILES],
        default=QUIZZES,
        key="teaching view",
        label_visibility="collapsed",
    )
    {MINE: results.learner, CLASS: results.group, FILES: files.show}.get(view or "", _quizzes)()


def _quizzes() -> None:
    with session.open_store() as store:
        quizzes = store.quizzes.all()
    if not quizzes:
        st.info(f"No quizzes yet. A tutor makes one under *{FILES}*.")
        with session.open_store() as store:
            if not store.teaching.all():
                files.show()
        return
    st.caption("Answers are kept under the name at the top right: type yours before you begin.")
    for quiz in quizzes:
        words, act = st.columns([8, 1], vertical_alignment="center")
        ai = " · AI is shown" if quiz.shows_ai else ""
        words.markdown(
            f"**{parts.plain(quiz.name)}** · {len(quiz.file_ids)} cases{ai} "
            f"· by {parts.plain(quiz.tutor)}"
        )
        if act.button("Read", key=f"read {quiz.quiz_id}"):
            st.query_params["quiz"] = quiz.quiz_id
            st.rerun()


page(st.query_params.get("quiz", ""))
