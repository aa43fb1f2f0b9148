"""What the model says of a study: mark, probability, what that is worth, and each finding."""

from __future__ import annotations

from html import escape

import streamlit as st

from ichdash.model.card import Bin
from ichdash.performance.words import restricted
from ichdash.records import ScreeningRow
from ichdash.web import parts
from ichdash.web.case import words


def show(screening: ScreeningRow, scored_alike: Bin | None) -> None:
    """The result of one screening, with its operating point and its meaning in words."""
    if screening.probability is None or screening.operating_point is None:
        return
    point = screening.operating_point
    number = parts.probability_text(screening.probability).replace(">", r"\>")  # no quotation
    flagged = words.is_flagged(screening)
    shown = parts.Mark.FLAGGED if flagged else parts.Mark.NOT_FLAGGED
    st.markdown(f"### {parts.mark_text(shown)} {number}")
    if scored_alike is not None:
        rests_on = words.basis(scored_alike)
        st.markdown(f"{words.scored_alike(scored_alike)} :small[({rests_on})].")
    st.markdown(f"{number} · {shown} ({words.operating_point(point)})")
    st.caption(words.meaning(flagged, point))
    if screening.restriction:
        told = restricted(screening.model_id or "", screening.restriction)
        st.caption(f"**{parts.plain(told)}**")
    if table := findings_table(screening.findings):
        st.html(table)


def findings_table(findings: dict[str, float]) -> str:
    """Every finding beside `hemorrhage` with its probability as a bar, as safe HTML."""
    rows = "".join(
        f"<span>{escape(name)}</span>"
        f'<i><b style="width:{100 * value:.0f}%"></b></i>'
        f"<span>{escape(parts.probability_text(value))}</span>"
        for name, value in words.subtypes(findings)
    )
    return f'<div class="case-findings">{rows}</div>' if rows else ""
