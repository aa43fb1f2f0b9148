"""Put the study into a case review session, from its own page."""

from __future__ import annotations

import streamlit as st

from ichdash.web import parts, session
from ichdash.web.case.subject import Case
from ichdash.web.sessions import told, way


def show(case: Case) -> None:
    """A small menu of the open sessions; folded until it is wanted."""
    study_uid = case.study.study_uid
    with st.popover(
        "Add to session", help="A list of cases for a review or a class", type="tertiary"
    ):
        for each in case.sessions:
            is_in = each.session_id in case.held_in
            st.button(
                f"{parts.plain(each.name)}{' · in it' if is_in else ''}",
                key=f"gather {study_uid} {each.session_id}",
                disabled=is_in,
                type="tertiary",
                on_click=_add,
                args=(each.session_id, each.name, study_uid),
            )
        if st.button("New session…", key=f"gather {study_uid} new", type="tertiary"):
            way.choose((study_uid,))


def _add(session_id: int, name: str, study_uid: str) -> None:
    with told.kept(), session.open_store() as store:
        added = store.session_cases.add(
            session_id, (study_uid,), session.signature(), session.now()
        )
        told.done(told.added_sentence(added, name))
