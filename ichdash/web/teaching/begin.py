"""Before a quiz: under which name. A quiz that was begun stays with its learner.

The name stands in the address, so that a page loaded again goes on with the same answers.
"""

from __future__ import annotations

import streamlit as st

from ichdash.lessons import LONGEST, Quiz
from ichdash.web import parts, session
from ichdash.web.teaching import address

NO_NAME = (
    "No name is given. The quiz was not begun. Type the name that your answers are to be kept "
    "under."
)
ASKED_KEY, NAME_KEY, _FILLED_KEY = "begin as", "begin name", "begin name filled in"


def show(quiz: Quiz) -> None:
    """Asks for the name, and again where somebody has begun the quiz under it."""
    count = "1 case" if len(quiz.file_ids) == 1 else f"{len(quiz.file_ids)} cases"
    ai = ", with the AI result shown" if quiz.shows_ai else ""
    st.markdown(f"**{parts.plain(quiz.name)}** · {count}, read blind{ai}")
    _fill_in(session.reader())
    with st.form("begin", border=False, width=420):
        name = st.text_input("Your name", max_chars=LONGEST["name"], key=NAME_KEY)
        st.caption(
            "Your answers are kept under it, for you and your tutor. Each case is timed from the "
            "moment its image is there."
        )
        if st.form_submit_button("Begin", key="begin", type="primary"):
            st.session_state[ASKED_KEY] = quiz.quiz_id, " ".join(name.split())
    asked_quiz, asked = st.session_state.get(ASKED_KEY, ("", ""))
    if asked_quiz == quiz.quiz_id:
        _begin(quiz, asked)


def _fill_in(reader: str) -> None:
    """The field follows the name at the top right, which a tab may only recall a moment later."""
    if NAME_KEY not in st.session_state or st.session_state.get(_FILLED_KEY) != reader:
        st.session_state[NAME_KEY] = st.session_state[_FILLED_KEY] = reader


def _begin(quiz: Quiz, name: str) -> None:
    if not name:
        st.warning(NO_NAME)
        return
    with session.open_store() as store:
        is_begun = store.quizzes.is_begun(quiz.quiz_id, name)
        answered = len(store.quizzes.answers(quiz.quiz_id, name))
    if is_begun:
        shown = parts.plain(name)
        st.warning(
            f"{shown} has begun this quiz already ({answered} of {len(quiz.file_ids)} answered). "
            "If that is not you, type another name above."
        )
        if not st.button(f"Go on as {shown}", key="go on"):
            return
    del st.session_state[ASKED_KEY]
    session.begin_as(name)
    address.go(learner=name)


def told(learner: str) -> None:
    """Where the name at the top right is another one by now: whose quiz this is."""
    reader = session.reader()
    if reader in ("", learner):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"A quiz that was begun stays with its learner: this one is of {parts.plain(learner)}, "
            f"whatever name stands at the top right."
        )
        if st.button(f"Begin it as {parts.plain(reader)}", key="begin as reader"):
            address.go(learner="", case="")
