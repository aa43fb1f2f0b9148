"""The tutor's side: teaching files, synthetic cases on demand, and quizzes of them."""

from __future__ import annotations

import streamlit as st

from ichdash.errors import InputError
from ichdash.lessons import DIFFICULTIES, TeachingFile
from ichdash.phantom.spec import LARGEST_ML, PLACES
from ichdash.teaching.drawing import ANY, CANNOT_DRAW, DISTRACTORS, NONE, Wish
from ichdash.web import parts, session
from ichdash.web.teaching import jobs

NO_FILES = (
    "No teaching files yet. Draw ten synthetic cases with one click, or open a case and press "
    "*Make a teaching file*."
)


def show() -> None:
    """The files, and what makes more of them."""
    with session.open_store() as store:
        files = store.teaching.all()
    _progress()
    if not files:
        st.info(NO_FILES)
        if st.button("Draw ten synthetic cases", key="draw ten", type="primary"):
            jobs.start(Wish(), 10, session.settings().data_dir, session.reader())
            st.rerun()
    with st.expander("Draw synthetic cases", expanded=False):
        _wish()
    if files:
        _quiz_form(files)
        for file in files:
            _row(file)


@st.fragment(run_every=2)
def _progress() -> None:
    job = jobs.newest()
    seen = st.session_state.get("drawn seen")
    if job is None or (job.is_done and seen == job.started_at):
        return
    if job.fault:
        parts.fault(job.fault)
    elif not job.is_done:
        st.progress(job.drawn / job.count, f"Drawing: {job.drawn} of {job.count} cases are here")
        return
    st.session_state["drawn seen"] = job.started_at
    if not job.fault:
        st.rerun()


def _wish() -> None:
    first, second, third = st.columns(3)
    finding = first.selectbox("Finding", [ANY, NONE, *PLACES], key="wish finding")
    place = second.selectbox("Place", [ANY, *PLACES.get(finding, ())], key=f"wish place {finding}")
    side = third.selectbox("Side", [ANY, "left", "right"], key="wish side")
    most = LARGEST_ML.get(finding, 25.0)
    volume = first.number_input("Volume in ml (0: by chance)", 0.0, most, key=f"wish ml {finding}")
    distractors = second.multiselect("Distractors", DISTRACTORS, key="wish distractors")
    count = third.number_input("Cases", 1, 200, 5, key="wish count")
    st.caption(CANNOT_DRAW)
    if st.button("Draw", key="draw"):
        try:
            wish = Wish(finding, place, side, volume or None, tuple(distractors))
        except InputError as error:
            parts.fault(str(error))
            return
        jobs.start(wish, int(count), session.settings().data_dir, session.reader())
        st.rerun()


def _quiz_form(files: tuple[TeachingFile, ...]) -> None:
    titles = {f.file_id: f"{f.lesson.title} ({f.file_id[:4]})" for f in files}
    with st.expander("Make a quiz"), st.form("quiz", border=False, enter_to_submit=False):
        name = st.text_input("Name of the quiz", key="quiz name")
        chosen = st.multiselect(
            "Cases, in this order", list(titles), format_func=titles.__getitem__, key="quiz cases"
        )
        is_whole = st.checkbox("All teaching files", key="quiz all")
        is_shuffled = st.checkbox("Another order for each learner", key="quiz shuffled")
        shows_ai = st.checkbox("Show the AI result while reading", key="quiz ai")
        if st.form_submit_button("Make the quiz", key="quiz make"):
            ids = list(titles) if is_whole else chosen
            if fault := quiz_fault(name, ids):
                st.warning(fault)
                return
            with session.open_store() as store:
                quiz_id = store.quizzes.add(
                    name.strip(),
                    ids,
                    session.reader(),
                    session.now(),
                    is_shuffled=is_shuffled,
                    shows_ai=shows_ai,
                )
            st.markdown("The quiz is under *Quizzes*. Its link, to pass on:")
            st.code(f"{(st.context.url or '').rstrip('/')}?quiz={quiz_id}", language=None)


def quiz_fault(name: str, ids: list[str]) -> str:
    """Why a quiz cannot be made; empty where it can."""
    if not name.strip():
        return "The quiz has no name. It was not made. Type one."
    if not ids:
        return "The quiz has no cases. It was not made. Choose at least one, or all of them."
    return ""


def _row(file: TeachingFile) -> None:
    lesson = file.lesson
    words, act = st.columns([8, 1], vertical_alignment="center")
    kind = "synthetic · " if file.is_synthetic else ""
    key = ", ".join(lesson.findings) or "no hemorrhage"
    words.markdown(
        f"{parts.plain(lesson.title)}  \n:gray[{kind}{key}"
        f" · {DIFFICULTIES[lesson.difficulty]} · {parts.plain(', '.join(lesson.tags))}]"
    )
    if act.button("Retire", key=f"retire {file.file_id}", type="tertiary"):
        with session.open_store() as store:
            store.teaching.retire(file.file_id, session.reader(), session.now())
        st.rerun()
