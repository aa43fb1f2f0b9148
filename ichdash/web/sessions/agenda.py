"""A session's cases before and after it is presented: their order, notes, and what was decided."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial
from typing import Any

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.records import ScreeningState, StudyRow
from ichdash.store import SessionCase, SessionRow, Sort, Store, WorklistQuery
from ichdash.web import parts, reasons, session
from ichdash.web.case import banner, words
from ichdash.web.sessions import notes, order, told, way
from ichdash.web.sessions.order import CaseLine, OrderData

FOUND = 8  # studies that a search shows


def show(store: Store, held: SessionRow) -> None:
    """The list of cases, what was removed, and the search that adds more."""
    cases = store.session_cases.of(held.session_id)
    zone, is_hidden = session.zone(), session.is_identity_hidden()
    lines = [
        line(number, case, study_of(store, case), is_hidden, zone)
        for number, case in enumerate(cases, start=1)
    ]
    notes.tell()
    if lines:
        order.show(
            OrderData(cases=lines, frozen=held.is_closed),
            key=f"order {held.session_id}",
            on_move=_move,
            on_note=notes.keep,
            on_remove=_remove,
        )
    else:
        st.markdown("No cases yet. Search for one below, or choose some on the worklist.")
    if not held.is_closed:
        _undo(store, held)
        _search(store, held)


def study_of(store: Store, case: SessionCase) -> StudyRow | None:
    """The study of a case; None where it is no longer stored."""
    try:
        return store.study(case.study_uid)
    except NotFoundError:
        return None


def line(
    number: int, case: SessionCase, study: StudyRow | None, is_hidden: bool, zone: tzinfo | None
) -> CaseLine:
    """A case as the list shows it: whose it is and what was said, nothing of the AI result."""
    title, sub = title_of(study, is_hidden, zone)
    problem = lost(study, is_hidden)
    decision = case.decision
    hide = "hide=true&" if is_hidden else ""
    return CaseLine(
        id=case.case_id,
        number=number,
        title=title,
        sub=problem or sub,
        link=f"case?{hide}study={case.study_uid}&{way.SESSION}={case.session_id}",
        is_lost=bool(problem),
        note=case.note,
        noted_by=case.noted_by,
        verdict=decision.verdict.value if decision else "",
        decided=" · ".join(filter(None, (decision.comment, decision.reader))) if decision else "",
    )


def title_of(study: StudyRow | None, is_hidden: bool, zone: tzinfo | None) -> tuple[str, str]:
    """Whose case it is, and the rest of what tells it from others."""
    if study is None:
        return "study no longer stored", ""
    name, quiet = banner.patient_words(study, is_hidden, zone)
    return name, " · ".join(quiet)


def lost(study: StudyRow | None, is_hidden: bool) -> str:
    """Why a case cannot be shown; empty where it can."""
    if study is None:
        return "Its images are gone; note and decisions stay in the minutes."
    if study.state is ScreeningState.NOT_SCREENED:
        why = reasons.told(study.reason, is_hidden)
        return f"▲ not screened, so there are no images to show: {why}"
    return ""


# What the list tells; called before the page is drawn.


def _move(asked: dict[str, Any]) -> None:
    with told.kept(), session.open_store() as store:
        store.session_cases.move(int(asked["case"]), asked["before"])


def _remove(case_id: Any) -> None:
    with told.kept(), session.open_store() as store:
        store.session_cases.remove(int(case_id), session.signature(), session.now())


def _undo(store: Store, held: SessionRow) -> None:
    removed = store.session_cases.last_removed(held.session_id)
    if removed is None:
        return
    study = study_of(store, removed)
    title, sub = title_of(study, session.is_identity_hidden(), session.zone())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":gray[Taken out by {parts.plain(removed.removed_by)}: "
            f"{parts.plain(' · '.join(filter(None, (title, sub))))}]",
            width="content",
        )
        if st.button("Undo", key=f"undo {removed.case_id}", type="tertiary"):
            store.session_cases.restore(removed.case_id)
            st.rerun()


def _search(store: Store, held: SessionRow) -> None:
    """Studies by name, ID or accession number, newest first: their order must not tell a score."""
    text = st.text_input(
        "Add a case",
        key=f"session search {held.session_id}",
        placeholder="Search name, ID, accession",
        icon=":material/search:",
        width=420,
    )
    if not text.strip():
        return
    query = WorklistQuery(text=text, sort=Sort.RECEIVED, descending=True, page_size=FOUND)
    found = store.worklist(query)
    if not found.rows:
        st.caption("No study matches. Try a part of the name, the ID or the accession number.")
    held_uids = {case.study_uid for case in store.session_cases.of(held.session_id)}
    for study in found.rows:
        _found(study, held, study.study_uid in held_uids)
    if found.total > FOUND:
        st.caption(f"{found.total - FOUND} more match. Type more of the name or number.")


def _found(study: StudyRow, held: SessionRow, is_held: bool) -> None:
    title, sub = title_of(study, session.is_identity_hidden(), session.zone())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "in it" if is_held else "Add",
            key=f"add {held.session_id} {study.study_uid}",
            disabled=is_held,
            on_click=partial(add, held, (study.study_uid,)),
        )
        st.markdown(f"**{parts.plain(title)}** · {parts.plain(sub)}", width="content")


def add(held: SessionRow, study_uids: tuple[str, ...]) -> None:
    """Put studies into a session; what became of them is said on the page drawn next."""
    with told.kept(), session.open_store() as store:
        added = store.session_cases.add(
            held.session_id, study_uids, session.signature(), session.now()
        )
        told.done(told.added_sentence(added, held.name))


def decision_words(case: SessionCase, zone: tzinfo | None) -> str:
    """What was decided of a case, by whom and when; empty where nothing was."""
    if case.decision is None:
        return ""
    said = case.decision
    blind = "before the AI result was shown" if said.is_blind else "knowing the AI result"
    when = words.moment(said.decided_at, zone)
    return " · ".join(filter(None, (said.verdict, said.comment, said.reader, when, blind)))
