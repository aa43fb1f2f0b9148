"""Upload: studies come in from the browser; what becomes of each is shown until it is screened.

The history comes from the store, so that it is there again after leaving the page.
"""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from ichdash.web import parts, session
from ichdash.web.upload import chooser, progress

REFRESH = timedelta(seconds=1)


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


@st.fragment(run_every=REFRESH)
def under_way() -> None:
    """Uploads at work, then the latest that ended, each with its studies and refusals."""
    with parts.faults_told():
        jobs = chooser.jobs()
        for job in jobs.open():
            progress.job(job, jobs)
        with session.open_store() as store:
            ended = store.intakes(limit=progress.LATEST)
            for number, intake in enumerate(ended):
                progress.intake(intake, store, is_newest=number == 0)
        if not ended and not jobs.open():
            st.caption("Nothing has been sent yet.")


st.markdown(
    "Non-contrast head CT as DICOM (files, folders, ZIP archives; reports and pictures between do "
    "no harm) or NIfTI in HU. Everything stays on this server."
)
choosers()
under_way()
