"""How a learner does, and a class: always with and without AI apart, always with counts."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ichdash.lessons import SUBTYPES, Answer
from ichdash.performance import charts
from ichdash.performance.words import figure_text
from ichdash.teaching.figures import (
    LEAST_OF_EACH,
    Figures,
    Share,
    as_csv,
    by_case,
    by_learner,
    figures,
    right,
)
from ichdash.teaching.marks import HIT_MM
from ichdash.web import parts, session

NO_NAME = "Type your name at the top right, the one that you answered under, to see how you do."
NO_ANSWERS = "No answers yet. Choose a quiz under *Quizzes* and read a case."


def learner() -> None:
    """The page of whoever reads in this tab."""
    if not (name := session.reader()):
        st.info(NO_NAME)
        return
    with session.open_store() as store:
        answers = store.quizzes.answers(learner=name)
    told = "1 answer" if len(answers) == 1 else f"{len(answers)} answers"
    st.markdown(f"**{parts.plain(name)}** · {told}")
    if not answers:
        st.info(NO_ANSWERS)
        return
    columns = st.columns(2)
    for column, with_ai in zip(columns, (False, True), strict=True):
        with column:
            _part([a for a in answers if a.with_ai is with_ai], with_ai)


def _part(answers: Sequence[Answer], with_ai: bool) -> None:
    st.subheader("With AI shown" if with_ai else "Without AI", anchor=False)
    found = figures(answers)
    if not answers:
        st.caption("No answers of this kind yet.")
        return
    st.markdown("  \n".join(lines(found)))
    if found.auc is not None:
        st.plotly_chart(
            charts.roc(found.roc, None, found.auc.value),
            key=f"roc {with_ai}",
            config={"displayModeBar": False},
        )
    rows = [
        {"Subtype": s, "hemorrhage called": share(found.seen[s]), "named": share(found.named[s])}
        for s in SUBTYPES
        if found.seen[s].of
    ]
    if rows:
        st.table(rows)


def lines(found: Figures) -> list[str]:
    """The figures in words, with what they rest on."""
    area = (
        f"AUC of confidence: {figure_text(found.auc)}"
        if found.auc
        else f"AUC: needs at least {LEAST_OF_EACH} cases with and {LEAST_OF_EACH} without a "
        f"hemorrhage; so far {found.positive} and {found.negative}"
    )
    time = parts.span(found.median_s) if found.median_s is not None else "–"
    return [
        area,
        f"Sensitivity: {share(found.sensitivity)} · specificity: {share(found.specificity)}",
        f"Place found (within {HIT_MM:.0f} mm): {share(found.located)}",
        f"Median time a case: {time}",
    ]


def share(given: Share) -> str:
    """ "0.80 (4 of 5)", or a dash where there is nothing to tell."""
    return f"{given.value:.2f} ({given.count} of {given.of})" if given.of else "–"


def group() -> None:
    """The page of the tutor: by learner, by case, and every answer as CSV."""
    with session.open_store() as store:
        answers = store.quizzes.answers()
        names = {quiz.quiz_id: quiz.name for quiz in store.quizzes.all()}
        titles = {a.file_id: store.teaching.file(a.file_id).lesson.title for a in answers}
    if not answers:
        st.info("No answers yet. Pass the link of a quiz on to the class.")
        return
    st.table(
        [
            {"Learner": parts.plain(name), "AI": "shown" if with_ai else "not shown"}
            | _columns(part)
            for name, own in by_learner(answers).items()
            for with_ai in (False, True)
            if (part := [a for a in own if a.with_ai is with_ai])
        ]
    )
    st.table(
        [
            {"Case, hardest first": parts.plain(titles[file_id]), "right": share(right(own))}
            | {"median time": parts.span(figures(own).median_s or 0)}
            for file_id, own in by_case(answers).items()
        ]
    )
    st.download_button(
        "All answers (CSV)",
        as_csv(answers, names, titles),
        "ichdash-answers.csv",
        "text/csv",
        key="answers csv",
        on_click="ignore",
    )


def _columns(answers: Sequence[Answer]) -> dict[str, str]:
    found = figures(answers)
    return {
        "answers": str(found.answers),
        "AUC": figure_text(found.auc) if found.auc else "too few",
        "sensitivity": share(found.sensitivity),
        "specificity": share(found.specificity),
        "place found": share(found.located),
        "median time": parts.span(found.median_s or 0),
    }
