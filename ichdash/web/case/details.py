"""What lies behind a result: notes on the images, series used and left out, earlier screenings."""

from __future__ import annotations

from datetime import tzinfo
from html import escape

import streamlit as st

from ichdash.domain import SeriesVerdict
from ichdash.performance.words import model_text
from ichdash.records import ScreeningRow, ScreeningState
from ichdash.web import reasons
from ichdash.web.case import words


def notes(screenings: tuple[ScreeningRow, ...], is_hidden: bool) -> None:
    """What limits the newest screening, in the open."""
    for note in screenings[0].warnings if screenings else ():
        st.html(f'<p class="case-note">▲ {escape(reasons.told(note, is_hidden))}</p>')


def show(screenings: tuple[ScreeningRow, ...], is_hidden: bool, zone: tzinfo | None) -> None:
    """Series and screenings, folded."""
    if not screenings:
        return
    series = screenings[0].series
    if series:
        with st.expander(series_title(series)):
            st.html(series_list(series, is_hidden))
    with st.expander(f"Screenings: {len(screenings)}"):
        st.html(screenings_list(screenings, is_hidden, zone))


def series_title(series: tuple[SeriesVerdict, ...]) -> str:
    """How many series the study has and how many of them were used."""
    used = sum(verdict.used for verdict in series)
    return f"Series: {used} used, {len(series) - used} left out"


def series_list(series: tuple[SeriesVerdict, ...], is_hidden: bool) -> str:
    """Every series with the reason for its use or refusal, the used one first, as safe HTML."""
    ordered = sorted(series, key=lambda verdict: not verdict.used)
    rows = "".join(_verdict(verdict, is_hidden) for verdict in ordered)
    return f'<ul class="case-list">{rows}</ul>'


def _verdict(verdict: SeriesVerdict, is_hidden: bool) -> str:
    number = "no number" if verdict.number is None else str(verdict.number)
    is_named = verdict.description and not is_hidden
    name = f" “{escape(verdict.description)}”" if is_named else ""
    word = "used" if verdict.used else "left out"
    return (
        f"<li><b>{word}</b> · series {number}{name} · {verdict.slices} slices"
        f"<br><span>{escape(reasons.told(verdict.reason, is_hidden))}</span></li>"
    )


def screenings_list(
    screenings: tuple[ScreeningRow, ...], is_hidden: bool, zone: tzinfo | None
) -> str:
    """Every screening, newest first, as safe HTML."""
    rows = "".join(_screening(row, is_hidden, zone) for row in screenings)
    return f'<ul class="case-list">{rows}</ul>'


def _screening(row: ScreeningRow, is_hidden: bool, zone: tzinfo | None) -> str:
    when = f"{words.moment(row.started_at, zone)} · {row.seconds:.1f} s"
    if row.state is not ScreeningState.SCREENED or row.probability is None:
        reason = escape(reasons.told(row.reason, is_hidden))
        return f"<li><b>not screened</b> · {when}<br><span>{reason}</span></li>"
    word = "flagged" if words.is_flagged(row) else "not flagged"
    model = escape(model_text(row.model_id or "", row.restriction))
    return f"<li><b>{row.probability:.2f} {word}</b> · {when}<br><span>{model}</span></li>"
