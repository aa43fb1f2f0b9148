"""The frame around every page: navigation, the bar with reader and identity switch, faults.

A fault of the settings or of the data folder is one sentence on an otherwise empty page: without
them no page has anything to show.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import streamlit as st

from ichdash.errors import SettingsError
from ichdash.lessons import LONGEST
from ichdash.web import parts, session, status
from ichdash.web.sessions import notes

REFRESH = timedelta(seconds=5)
PAGES = Path(__file__).resolve().parent.parent / "pages"
ICON = Path(__file__).with_name("favicon.png")  # a Material icon would be fetched from outside
CSS = Path(__file__).with_name("shell.css")
THEME = Path(__file__).with_name("theme.js")
NAME_MEMORY_KEY = "name memory"


def run() -> None:
    """Draw the frame and run the page that the address names."""
    st.set_page_config(page_title="ichdash", page_icon=ICON, layout="wide")
    st.html(CSS)
    with st.container(key="theme"):
        st.html(
            f"<script>{THEME.read_text(encoding='utf-8')}</script>", unsafe_allow_javascript=True
        )
    page = st.navigation(pages(), position="top")
    with parts.faults_told():
        with session.open_store():
            pass  # without settings and a store no page has anything to show
        session_bar()
        remember_name()
        if not is_for_teaching_alone():
            notes.sign()
            status_line()
        page.run()


def pages() -> list[st.Page]:
    """The pages in the order of the navigation; the worklist is the start page."""
    if is_for_teaching_alone():
        return [
            st.Page(PAGES / "teaching.py", title="Teaching", url_path="start", default=True),
            # a start page has no path, but links of quizzes have one
            st.Page(PAGES / "teaching.py", url_path="teaching", visibility="hidden"),
            st.Page(PAGES / "performance.py", title="Model", url_path="model"),
        ]
    return [
        st.Page(PAGES / "worklist.py", title="Worklist", default=True),
        st.Page(PAGES / "upload.py", title="Upload", url_path="upload"),
        st.Page(PAGES / "sessions.py", title="Sessions", url_path="sessions"),
        st.Page(PAGES / "teaching.py", title="Teaching", url_path="teaching"),
        st.Page(PAGES / "case.py", title="Case", url_path="case"),
        st.Page(PAGES / "performance.py", title="Model", url_path="model"),
    ]


def is_for_teaching_alone() -> bool:
    """Whether this server shows no study of a patient: its pages are not there at all.

    Settings that cannot be used are told in place of the page that is chosen.
    """
    try:
        return session.settings().rooms == "teaching"
    except SettingsError:
        return False


def session_bar() -> None:
    """Reader and identity switch, at the right of the header on every page."""
    with st.container(key="session-bar", horizontal=True, vertical_alignment="center"):
        session.recall_hidden_identity()
        st.toggle("Hide identity", key=session.HIDE_IDENTITY_KEY)
        session.remember_hidden_identity()
        session.recall_name()
        st.text_input(
            "Reader",
            key=session.READER_KEY,
            max_chars=LONGEST["name"],
            placeholder="your name",
            persist_state="session",
            label_visibility="collapsed",
            help="Kept with what you review, measure and decide. Looking needs no name.",
        )


def remember_name() -> None:
    """The tab keeps the name that was typed in it, also where its page is loaded again."""
    with st.container(key="name-memory"):
        _name_memory(
            data={"name": session.reader()}, key=NAME_MEMORY_KEY, on_name_change=_recall_name
        )


def _recall_name() -> None:
    kept = st.session_state[NAME_MEMORY_KEY].get("name")
    if isinstance(kept, str):
        session.keep_name(kept)


_name_memory = st.components.v2.component(
    "ichdash_name", js=Path(__file__).with_name("name.js").read_text(encoding="utf-8")
)


@st.fragment(run_every=REFRESH)
def status_line() -> None:
    """What keeps studies from being screened; takes no room where nothing does."""
    with parts.faults_told():
        session.start_worker()
        for sentence in status.sentences():
            parts.fault(sentence)
