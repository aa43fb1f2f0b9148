"""What readers say of a study: agree, disagree or cannot tell, with a comment, kept with its time.

Nothing is overwritten: who changes their mind adds a review, the newest one counts, and the
earlier one stays, struck. While a second reader is wanted, nobody who may be that reader sees what
others said: the server does not send it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape

import streamlit as st

from ichdash.records import (
    ReviewRow,
    ReviewState,
    ScreeningState,
    SecondRead,
    StudyRow,
)
from ichdash.web import parts, session
from ichdash.web.case import second, words
from ichdash.web.case.subject import Case

REFRESH_S = 5


@dataclass(frozen=True)
class Choice:
    """One button: what it is called, what it says, and its key."""

    label: str
    meaning: str
    shortcut: str


OF_RESULT = {
    ReviewState.AGREED: Choice("Agree", "You come to the same result as the model", "alt+a"),
    ReviewState.DISAGREED: Choice("Disagree", "You come to the other result", "alt+d"),
    ReviewState.IN_REVIEW: Choice("Cannot tell", "Undecided; the study stays in review", "alt+u"),
}
OF_NO_RESULT = {
    ReviewState.IN_REVIEW: Choice("In review", "You look after this study", "alt+a"),
}
OF_FINDING = {
    "agree": ReviewState.AGREED,
    "disagree": ReviewState.DISAGREED,
    "cannot tell": ReviewState.IN_REVIEW,
}
ICONS = {ReviewState.AGREED: "✓", ReviewState.DISAGREED: "✗", ReviewState.IN_REVIEW: "?"}


@st.fragment(run_every=REFRESH_S)
def show(seen: Case) -> None:
    """The review of the study on the page; looks every few seconds for what others did.

    Where the study was screened again since, the whole page is drawn anew.
    """
    st.markdown("#### Review")
    form, said = st.container(), st.container()  # a fault said later must not move the form
    with said, parts.faults_told():
        _store_pressed(seen)
    with form:
        _form(seen)
    with said, parts.faults_told():
        study_uid = seen.study.study_uid
        with session.open_store() as store:
            reviews = store.reviews(study_uid)
            study = store.study(study_uid)
            reading = store.second_reads.of(_screening_id(seen))
        if _standing(study) != _standing(seen.study):
            st.rerun()
        shown = reading.visible(reviews, session.reader()) if reading else reviews
        if second.is_kept_from(reading, session.reader()):
            st.caption(second.BLIND)
        else:
            st.html(history(shown, _screening_id(seen), session.now()))
        second.show(study, reading, reviews, _screening_id(seen))


def _standing(study: StudyRow) -> tuple[ScreeningState, SecondRead, datetime | None]:
    """What the page must not be behind of: the state, the second read, the newest screening."""
    return study.state, study.second_read, study.screened_at


def _store_pressed(seen: Case) -> None:
    """Store what was pressed, if anything; only then is the comment's box emptied, by a new key."""
    study_uid = seen.study.study_uid
    for state in _choices(seen):
        if not st.session_state.get(_button_key(seen, state)):
            continue
        comment = st.session_state.get(_comment_key(study_uid), "")
        with session.open_store() as store:
            store.add_review(
                study_uid,
                session.signature(),
                state,
                comment,
                session.now(),
                screening_id=_screening_id(seen),
                seen=_newest_id(seen),
                findings=_judged(seen),
            )
        st.session_state[_counter(study_uid)] = st.session_state.get(_counter(study_uid), 0) + 1


def _form(seen: Case) -> None:
    # A form: what was typed and what was pressed arrive together. Enter would press the first
    # button, and nobody agrees by ending a comment.
    study_uid = seen.study.study_uid
    with st.form(f"review-{study_uid}", enter_to_submit=False, border=False):
        st.text_input(
            "Comment",
            key=_comment_key(study_uid),
            placeholder=f"comment, as {reader}" if (reader := session.reader()) else "comment",
            label_visibility="collapsed",
        )
        _findings(seen)
        with st.container(horizontal=True, gap="xsmall", key="case-review"):
            for state, choice in _choices(seen).items():
                st.form_submit_button(
                    choice.label,
                    key=_button_key(seen, state),
                    help=f"{choice.meaning} (key {choice.shortcut.title()})",
                    shortcut=choice.shortcut,
                )


def _findings(seen: Case) -> None:
    """Each finding with its three answers, folded; one that is left alone is not said."""
    if seen.shown is None or not (found := words.subtypes(seen.shown.findings)):
        return
    with st.expander("By finding"):
        for name, probability in found:
            st.segmented_control(
                f"{parts.plain(name)} {parts.plain(parts.probability_text(probability))}",
                list(OF_FINDING),
                key=_finding_key(seen, name),
            )


def _judged(seen: Case) -> dict[str, ReviewState]:
    found = words.subtypes(seen.shown.findings) if seen.shown else []
    said = {name: st.session_state.get(_finding_key(seen, name)) for name, _ in found}
    return {name: OF_FINDING[answer] for name, answer in said.items() if answer}


# The keys name study and screening: what was typed or pressed on one must never arrive at the one
# that the page went on to.


def _comment_key(study_uid: str) -> str:
    return f"review-comment {study_uid} {st.session_state.get(_counter(study_uid), 0)}"


def _finding_key(seen: Case, name: str) -> str:
    count = st.session_state.get(_counter(seen.study.study_uid), 0)
    return f"review-finding {name} {seen.study.study_uid} {_screening_id(seen)} {count}"


def _button_key(seen: Case, state: ReviewState) -> str:
    return f"review-{state} {seen.study.study_uid} {_newest_id(seen)}"


def _counter(study_uid: str) -> str:
    return f"reviews given {study_uid}"


def _screening_id(seen: Case) -> int | None:
    return seen.shown.screening_id if seen.shown else None


def _newest_id(seen: Case) -> int | None:
    """Of the newest screening, whether it gave a result or not: it tells what the page knows of."""
    return seen.screenings[0].screening_id if seen.screenings else None


def _choices(seen: Case) -> dict[ReviewState, Choice]:
    return OF_RESULT if seen.shown else OF_NO_RESULT


def history(reviews: tuple[ReviewRow, ...], screening_id: int | None, now: datetime) -> str:
    """Every review in the given order (the store gives the newest first), as safe HTML.

    One that is not of the result on the page, `screening_id`, says so.
    """
    if not reviews:
        return '<div class="case-reviews"><p>Nobody has reviewed this study yet.</p></div>'
    entries = "".join(_entry(r, r.screening_id == screening_id, now) for r in reviews)
    return f'<div class="case-reviews">{entries}</div>'


def _entry(review: ReviewRow, is_of_result: bool, now: datetime) -> str:
    of_which = "" if is_of_result else " (of an earlier result)"
    if review.is_revised:
        of_which += " (revised)"
    told = escape(words.findings_said(review.findings))
    findings = f"<br><span>{told}</span>" if told else ""
    comment = f"<q>{escape(review.comment)}</q>" if review.comment else ""
    exact = f"{review.reviewed_at:%Y-%m-%d %H:%M:%S %Z}"
    said = words.REVIEW_WORDS[review.state]
    style = ' class="revised"' if review.is_revised else ""
    return (
        f"<p{style}><b>{ICONS.get(review.state, '')} {said}</b>{of_which} · "
        f"{escape(review.reader)} · "
        f'<time title="{exact}">{parts.ago(review.reviewed_at, now)}</time>{findings}{comment}</p>'
    )
