"""From the chooser to the job: hand over what was sent, empty the chooser, free the memory.

Streamlit keeps uploaded files in memory for as long as the browser tab lives, unless they are
removed; a folder of 2 GB would stay there until the evening.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ichdash.web import session
from ichdash.web.upload.jobs import Jobs


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The jobs of this process, of all browser tabs."""
    return Jobs()


def key(name: str) -> str:
    """The key of a chooser; a new one after each upload, which empties it."""
    return f"upload_{name}_{st.session_state.get(_counter(name), 0)}"


def start(name: str, sent: Sequence[UploadedFile]) -> None:
    """Start a job for what was chosen, if anything, and run again with the chooser emptied."""
    if not sent:
        return
    jobs().upload(sent, session.settings().data_dir)
    _let_go(sent)
    st.session_state[_counter(name)] = st.session_state.get(_counter(name), 0) + 1
    st.rerun()


def _counter(name: str) -> str:
    return f"upload_{name}_count"


def _let_go(sent: Sequence[UploadedFile]) -> None:
    """Remove the files from Streamlit's memory; the job holds the only copy now."""
    context = get_script_run_ctx()
    if context is None or not isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        return
    for file in sent:
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
