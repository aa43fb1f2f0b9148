"""Case, `?study=<uid>`: one study with its images, what the model says, and what readers say.

Everything is read before anything is drawn, so that no part of the page shows another study.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.records import ScreeningState
from ichdash.web import case as case_page
from ichdash.web import session
from ichdash.web.case import (
    again,
    banner,
    beside,
    details,
    export,
    gathered,
    others,
    picture,
    report,
    result,
    review,
    second,
    still_blind,
    subject,
    teach,
    waiting,
)
from ichdash.web.case.subject import Case
from ichdash.web.sessions import told
from ichdash.web.worklist import view

CSS = Path(case_page.__file__).with_name("case.css")


def page(study_uid: str) -> None:
    """The page of a study, or the one that says that there is none."""
    if not study_uid:
        waiting.no_study()
        banner.back()
        return
    now = session.now()
    try:
        with session.open_store() as store:
            if held := still_blind.holds(study_uid, store):
                still_blind.show(study_uid, held)
                return
            case = subject.read(store, study_uid, view.query(now), now, session.card_or_none())
    except NotFoundError:
        waiting.unknown(study_uid)
        banner.back()
        return
    draw(case)


def draw(case: Case) -> None:
    """Banner on top; the image large on the left, what is said of it on the right."""
    zone = session.zone()
    is_hidden = session.is_identity_hidden()
    banner.show(case, is_hidden, zone)
    choices = beside.choices(case, is_hidden, zone)
    image, words = st.columns([2.55, 1], gap="medium")
    is_first = case.images is not None and not picture.is_settled()  # the image comes first
    with image:
        _image(case, is_hidden, beside.chosen(case, choices), is_first)
    with words:
        # Two places that stay: whatever comes to stand above it, a comment being typed is kept.
        said, below = st.container(), st.container()
        with said:
            _said(case)
        if not is_first:
            with below:
                _below(case, choices, is_hidden)


def _image(case: Case, is_hidden: bool, choice: beside.Choice | None, is_first: bool) -> None:
    if case.shown is None:
        _state(case)
    elif case.images is None:
        st.warning("The images of this screening are no longer stored. Screen the study again.")
    else:
        second = beside.read(choice, case, is_hidden) if choice else None
        corner = banner.corner(case.study, is_hidden)
        picture.show(case.shown, case.images, corner, second, is_waited_for=is_first)


def _said(case: Case) -> None:
    if case.shown is None:
        return
    if case.study.state is not ScreeningState.SCREENED:
        _state(case)
        st.caption("Below: the result from before.")
    second.to_adjudicate(case.study)
    result.show(case.shown, case.scored_alike)


def _below(case: Case, choices: tuple[beside.Choice, ...], is_hidden: bool) -> None:
    zone = session.zone()
    if case.screenings:
        review.show(case)
    details.notes(case.screenings, is_hidden)
    beside.select(case, choices)
    told.show()
    with st.container(key="case-onwards", horizontal=True):
        report.show(case, is_hidden, zone)
        export.show(case, is_hidden, zone)
        gathered.show(case)
    others.show(case.study, case.others, zone)
    details.show(case.screenings, is_hidden, zone)
    again.show(case)
    teach.show(case)


def _state(case: Case) -> None:
    if case.study.state is ScreeningState.NOT_SCREENED:
        waiting.not_screened(case.study, session.is_identity_hidden())
    else:
        waiting.progress(case.study)


st.html(CSS)
page(st.query_params.get("study", ""))
