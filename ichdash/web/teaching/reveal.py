"""What stands beside the image once a case is answered: the truth, the answer, the model."""

from __future__ import annotations

import streamlit as st

from ichdash.lessons import CONFIDENCES, AiResult, Answer, TeachingFile
from ichdash.teaching.figures import is_located
from ichdash.teaching.marks import HIT_MM
from ichdash.web import parts


def show(file: TeachingFile, answer: Answer) -> None:
    """Truth and answer together; the image shows outline, mark and, on H, the heatmap."""
    st.markdown(f"**{verdict(answer)}**")
    st.markdown(
        f"Key: **{', '.join(answer.truth) or 'no hemorrhage'}** (amber in the image)  \n"
        f"You: **{', '.join(answer.findings) or 'no hemorrhage'}** · a hemorrhage: "
        f"{sure_words(answer.confidence)} · {parts.span(answer.seconds)}"
    )
    st.markdown(mark_words(answer))
    for paragraph in filter(str.strip, file.lesson.explanation.splitlines()):
        st.markdown(parts.plain(paragraph))
    if file.ai:
        show_ai(file.ai)
    st.caption(parts.plain(file.lesson.title))


def verdict(answer: Answer) -> str:
    """What the answer is worth at a glance; a bleed called by another name is still one called."""
    if set(answer.findings) == set(answer.truth):
        return "✓ As the key has it"
    if answer.is_right:
        return "✓ A hemorrhage, but of another kind"
    return "✗ Missed" if answer.truth else "✗ There is none"


def sure_words(confidence: int) -> str:
    """The step that was chosen, or the percentage of an answer older than the steps."""
    return CONFIDENCES.get(confidence, f"{confidence} % sure")


def mark_words(answer: Answer) -> str:
    """How far the mark is from the truth."""
    if not answer.truth:
        return "There is nothing to mark."
    if not answer.is_placed:
        return "The key does not say where."
    if answer.spot is None or answer.distance_mm is None:
        return "You marked nothing; the place is amber in the image."
    if answer.distance_mm == 0:
        return "Your mark (blue) is **inside** it."
    found = "found" if is_located(answer) else f"not found (within {HIT_MM:.0f} mm counts)"
    return f"Your mark (blue) is **{answer.distance_mm:.0f} mm** away: {found}."


def show_ai(ai: AiResult) -> None:
    """What the model said, with its cut."""
    shown = parts.Mark.FLAGGED if ai.flagged else parts.Mark.NOT_FLAGGED
    st.markdown(
        f"Model: {parts.mark_text(shown)} {parts.probability_text(ai.probability)} "
        f"(operating point {ai.threshold:.2f}); key H shows where it looked"
    )
    st.caption(parts.plain(ai.model_id))
