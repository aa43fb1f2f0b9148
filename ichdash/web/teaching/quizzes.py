"""The quizzes: the list that a learner chooses from, and the form that a tutor makes one with."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ichdash.lessons import LONGEST, TeachingFile
from ichdash.web import parts, session
from ichdash.web.teaching import address


def listed() -> bool:
    """The quizzes with what this reader has answered of them; whether there are any."""
    reader = session.reader()
    with session.open_store() as store:
        quizzes = store.quizzes.all()
        answers = store.quizzes.answers(learner=reader) if reader else ()
    own = [answer.quiz_id for answer in answers]
    for quiz in quizzes:
        ai = " · AI is shown" if quiz.shows_ai else ""
        answered = own.count(quiz.quiz_id)
        done = f" · {answered} answered by {parts.plain(reader)}" if answered else ""
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Read", key=f"read {quiz.quiz_id}"):
                address.go(quiz=quiz.quiz_id)
            st.markdown(
                f"**{parts.plain(quiz.name)}** · {case_count(len(quiz.file_ids))}{ai} "
                f"· by {parts.plain(quiz.tutor)}{done}",
                width="content",
            )
    return bool(quizzes)


def case_count(count: int) -> str:
    """ "1 case", "5 cases"."""
    return "1 case" if count == 1 else f"{count} cases"


def form(files: Sequence[TeachingFile]) -> None:
    """A new quiz of `files`, which are those that the tutor has listed."""
    titles = {f.file_id: f"{f.lesson.title} ({f.file_id[:4]})" for f in files}
    with st.expander("Make a quiz"), st.form("quiz", border=False, enter_to_submit=False):
        name = st.text_input("Name of the quiz", key="quiz name", max_chars=LONGEST["title"])
        chosen = st.multiselect(
            "Cases, in this order", list(titles), format_func=titles.__getitem__, key="quiz cases"
        )
        is_whole = st.checkbox(f"All that are listed below ({len(files)})", key="quiz all")
        is_shuffled = st.checkbox("Another order for each learner", key="quiz shuffled")
        shows_ai = st.checkbox("Show the AI result while reading", key="quiz ai")
        if st.form_submit_button("Make the quiz", key="quiz make"):
            ids = list(titles) if is_whole else chosen
            if fault := fault_of(name, ids):
                st.warning(fault)
                return
            with parts.faults_told():
                _make(name, ids, is_shuffled=is_shuffled, shows_ai=shows_ai)


def _make(name: str, ids: list[str], *, is_shuffled: bool, shows_ai: bool) -> None:
    with session.open_store() as store:
        quiz_id = store.quizzes.add(
            " ".join(name.split()),
            ids,
            session.signature(),
            session.now(),
            is_shuffled=is_shuffled,
            shows_ai=shows_ai,
        )
    st.markdown("The quiz is under *Quizzes*. Its link, to pass on:")
    link = (st.context.url or "").partition("?")[0].rstrip("/")
    st.code(f"{link}?quiz={quiz_id}", language=None)


def fault_of(name: str, ids: list[str]) -> str:
    """Why a quiz cannot be made; empty where it can."""
    if not name.strip():
        return "The quiz has no name. It was not made. Type one."
    if len(name) > LONGEST["title"]:
        return (
            f"The name of the quiz has {len(name):,} characters; at most {LONGEST['title']} are "
            "kept. It was not made. Shorten it."
        )
    if not ids:
        return "The quiz has no cases. It was not made. Choose at least one, or all of them."
    return ""
