"""Upload: studies come in from the browser; what becomes of each is shown until it is screened.

The history comes from the store, so that it is there again after leaving the page.
"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from ichdash.web import parts, session
from ichdash.web.upload import chooser, progress

REFRESH = timedelta(seconds=1)  # while something is under way
LOOK_AGAIN = timedelta(seconds=30)  # else: another tab may have sent more, or a study came again


def choosers() -> None:
    """Two places to drop: files, and a folder with everything below it."""
    limit = session.settings().upload_limit_mb
    files, folder = st.columns(2)
    sent = files.file_uploader(
        "Files or ZIP archives",
        accept_multiple_files=True,
        key=chooser.key("files"),
        max_upload_size=limit,
    )
    chooser.start("files", sent)
    sent = folder.file_uploader(
        "A whole folder",
        accept_multiple_files="directory",
        key=chooser.key("folder"),
        max_upload_size=limit,
    )
    chooser.start("folder", sent)


def history() -> None:
    """What was sent, drawn again every second as long as something of it is under way."""
    with parts.faults_told():
        is_busy = progress.is_under_way(chooser.jobs(), _ended())
        st.fragment(sent, run_every=REFRESH if is_busy else LOOK_AGAIN)(is_busy)


def sent(was_busy: bool) -> None:
    """Uploads at work, then the latest that ended, each with its studies and refusals."""
    with parts.faults_told():
        jobs, ended = chooser.jobs(), _ended()
        if progress.is_under_way(jobs, ended) is not was_busy:
            st.rerun()
        for job in jobs.open():
            progress.job(job, jobs)
        for number, intake in enumerate(ended):
            progress.intake(intake, is_newest=number == 0)
        if not ended and not jobs.open():
            st.caption("Nothing has been sent yet.")


def _ended() -> list[progress.Ended]:
    with session.open_store() as store:
        return progress.ended(store)


st.markdown(
    "Non-contrast head CT as DICOM (files, folders, ZIP archives; reports and pictures between do "
    "no harm) or NIfTI in HU. Everything stays on this server."
)
choosers()
history()
