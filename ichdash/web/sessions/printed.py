"""The minutes of a session on A4, as many pages as it takes; each says what it is not for."""

from __future__ import annotations

from fpdf import FPDF

from ichdash.performance.words import NOT_A_DEVICE, NOT_FOR_DIAGNOSIS
from ichdash.web import paper
from ichdash.web.case import words
from ichdash.web.paper import QUIET
from ichdash.web.sessions import agenda, minutes
from ichdash.web.sessions.minutes import Item, Minutes

END = 270.0  # mm from the top of what is written; the foot stands below


def pages(told: Minutes) -> bytes:
    """The minutes as PDF."""
    pdf = paper.document("ichdash session minutes")
    _new_page(pdf, told)
    _head(pdf, told)
    for number, item in enumerate(told.items, start=1):
        _keep_together(pdf, told, _lines(number, item, told))
    _foot(pdf, told)
    return bytes(pdf.output())


Line = tuple[str, float, str, int]  # text, size, style, gray


def _head(pdf: FPDF, told: Minutes) -> None:
    held = told.session
    lines: list[Line] = [(held.name, 13, "B", paper.DARK)]
    made = words.moment(held.created_at, told.zone)
    cases = "1 case" if len(told.items) == 1 else f"{len(told.items)} cases"
    lines.append((f"Chair {held.chair} · {made} · {cases}", 9, "", QUIET))
    for each in told.events[1:]:
        when = words.moment(each.told_at, told.zone)
        lines.append((f"{each.what} by {each.reader}, {when}", 8, "", QUIET))
    if not held.is_closed:
        lines.append(("The session is open: these minutes are not final.", 9, "B", paper.DARK))
    _keep_together(pdf, told, lines)
    paper.rule(pdf)


def _lines(number: int, item: Item, told: Minutes) -> list[Line]:
    title, sub = agenda.title_of(item.study, told.is_hidden, told.zone)
    lines: list[Line] = [
        (f"{number}  {title}", 10, "B", paper.DARK),
        (" · ".join(filter(None, (sub, _uid(item, told)))), 8, "", QUIET),
    ]
    if item.case.note:
        lines.append((f"Note: {item.case.note}", 9, "", paper.DARK))
    lines.append((f"Decision: {_decision(item, told)}", 9, "B", paper.DARK))
    for each in item.decisions[:-1]:
        text = f"replaced: {minutes.decision_text(each, told.zone)}"
        lines.append((text, 8, "", QUIET))
    result = " · ".join(filter(None, (minutes.result_text(item), minutes.model(item))))
    lines.append((f"AI result: {result}", 9, "", paper.DARK))
    return [line for line in lines if line[0]]


def _uid(item: Item, told: Minutes) -> str:
    return "" if told.is_hidden else f"study {item.case.study_uid}"


def _decision(item: Item, told: Minutes) -> str:
    return agenda.decision_words(item.case, told.zone) or "none"


def _keep_together(pdf: FPDF, told: Minutes, lines: list[Line]) -> None:
    """A case on one page, as far as it fits on one."""
    needed = sum(_height(pdf, line) for line in lines) + 3
    if pdf.get_y() + needed > END and pdf.get_y() > 60:
        _foot(pdf, told)
        _new_page(pdf, told)
    for line in lines:
        if pdf.get_y() + _height(pdf, line) > END:
            _foot(pdf, told)
            _new_page(pdf, told)
        _write(pdf, line)
    pdf.ln(3)


def _height(pdf: FPDF, line: Line) -> float:
    text, size, style, _ = line
    return paper.height(pdf, text, size, style)


def _write(pdf: FPDF, line: Line) -> None:
    text, size, style, gray = line
    paper.line(pdf, text, size, style, gray)


def _new_page(pdf: FPDF, told: Minutes) -> None:
    pdf.add_page()
    paper.head(pdf, "ichdash session minutes", NOT_FOR_DIAGNOSIS)


def _foot(pdf: FPDF, told: Minutes) -> None:
    pdf.set_y(-paper.MARGIN - 6)
    printed = words.moment(told.made_at, told.zone)
    who = "identity left out · " if told.is_hidden else ""
    paper.line(pdf, f"page {pdf.page_no()} · {who}printed {printed}", 7, gray=QUIET)
    paper.line(pdf, NOT_A_DEVICE, 7, gray=QUIET)
