"""Worklist, the start page: every study in triage order, one row each. The order is the message.

The page is one fragment that runs again by itself, so that a refresh touches nothing around it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import streamlit as st

from ichdash.store import Counts
from ichdash.web import parts, session
from ichdash.web.sessions import way
from ichdash.web.upload import chooser, progress
from ichdash.web.worklist import rows, table, view

REFRESH = timedelta(seconds=5)


@st.fragment(run_every=REFRESH)
def worklist() -> None:
    """The line of counts with the filters beside it, then the table."""
    with parts.faults_told():
        line, *columns = st.columns([5.8, 1.3, 1.4, 1.2, 2.3], vertical_alignment="center")
        choose(*columns)
        now = session.now()
        with session.open_store() as store:
            counts = store.counts(now)
            query, page = view.page(store, now)
        line.markdown(counts_text(counts))
        if counts.total:
            is_hidden, active = session.is_identity_hidden(), session.card_or_none()
            listed(rows.table_data(query, page, is_hidden, now, active))
        else:
            empty()


def listed(data: rows.TableData) -> None:
    """The table; a case that was opened in it, or studies that were chosen for a session."""
    asked = table.show(
        data,
        key="worklist_table",
        on_sort=view.sort_by,
        on_page=view.to_page,
        on_size=view.show_a_page,
    )
    view.remember()
    if asked.opened:
        session.open_case(asked.opened)
    if asked.chosen:
        way.choose(asked.chosen)


def choose(
    state: st.delta_generator.DeltaGenerator,
    review: st.delta_generator.DeltaGenerator,
    received: st.delta_generator.DeltaGenerator,
    text: st.delta_generator.DeltaGenerator,
) -> None:
    """The filters; a changed one starts again at the first page."""
    choice(state, "state", "any state", view.STATES)
    choice(review, "review", "any review", view.REVIEWS)
    choice(received, "received", "any time", (*view.PERIODS, view.ON_DAYS))
    if st.session_state[view.key("received")] == view.ON_DAYS:
        received.date_input(
            "Days", [], key=view.key("days"), label_visibility="collapsed", persist_state="session"
        )
    text.text_input(
        "Search",
        key=view.key("text"),
        placeholder="Search name, ID, accession",
        label_visibility="collapsed",
        icon=":material/search:",
        persist_state="session",
        on_change=view.to_page,
        args=(1,),
    )


def choice(
    column: st.delta_generator.DeltaGenerator, name: str, any_text: str, options: Iterable[str]
) -> None:
    """One filter; `any_text` stands where it is not used."""
    column.selectbox(
        name.capitalize(),
        list(options),
        key=view.key(name),
        format_func=lambda option: any_text if option == view.ANY else option,
        label_visibility="collapsed",
        persist_state="session",
        on_change=view.to_page,
        args=(1,),
    )


def counts_text(counts: Counts) -> str:
    """One line of what waits for a reader: "3 flagged · 1 not screened · 14 unread"."""
    oldest = counts.oldest_waiting_s
    said = (
        f":orange[**{counts.flagged:,} flagged**]" if counts.flagged else "0 flagged",
        f":violet[{counts.not_screened:,} not screened]" if counts.not_screened else "",
        f"{counts.unread:,} unread",
        f"**{counts.to_adjudicate:,} to adjudicate**" if counts.to_adjudicate else "",
        f"{counts.waiting:,} queued" if counts.waiting else "",
        f"{counts.screening:,} screening" if counts.screening else "",
        f"oldest waiting {parts.span(oldest)}" if oldest is not None else "",
    )
    return " · ".join(part for part in said if part)


def empty() -> None:
    """The first thing that a newcomer sees."""
    jobs = chooser.jobs()
    with st.container(key="empty", horizontal_alignment="center"):
        st.markdown("No studies yet. Upload one, or run the demo.", width="content")
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Upload a study", key="empty_upload", type="primary"):
                st.switch_page(session.page_path("upload"))
            if st.button("Run the demo", key="empty_demo", disabled=bool(jobs.open())):
                jobs.demo(session.settings().data_dir)
        for job in jobs.open():
            progress.job(job, jobs)


view.recall()
worklist()
