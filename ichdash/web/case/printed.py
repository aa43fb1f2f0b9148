"""The report of a case: one A4 page with the result, the slices to look at, and what readers
measured and said.

It is told like on the case page, from the same words, and says on its head what it is not for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from fpdf import FPDF

from ichdash.model.card import Bin
from ichdash.performance.words import NOT_A_DEVICE, NOT_FOR_DIAGNOSIS, model_text
from ichdash.records import MeasureKind, Measurement, ReviewRow, ScreeningRow, StudyRow
from ichdash.web import paper, parts, reasons
from ichdash.web.case import banner, slice_pictures, words
from ichdash.web.case.subject import Images
from ichdash.web.paper import DARK, FONT, MARGIN, QUIET
from ichdash.web.paper import line as _line

PICTURE, GAP = 58.0, 3.0  # mm
PIXELS = 512, 512  # of a printed slice

MEASURED_END, NOTES_END, REVIEWS_END = 234.0, 250.0, 271.0
"""Where a list ends, in mm from the top: what does not fit is counted."""

MOST_LETTERS = 160
"""What is told of an entry at most; the case page has all."""

LINE = 4.5  # mm from line to line of plain text


@dataclass(frozen=True, eq=False)
class Report:
    """What is printed of a case."""

    study: StudyRow
    screening: ScreeningRow
    images: Images | None
    scored_alike: Bin | None
    reviews: tuple[ReviewRow, ...]  # newest first
    is_hidden: bool  # identity is left out
    zone: tzinfo | None
    printed_at: datetime
    settled: str = ""  # the final answer, where two readers disagreed
    measured: tuple[tuple[Measurement, str], ...] = ()  # with its value


def page(report: Report) -> bytes:
    """The report as PDF."""
    pdf = paper.document("ichdash screening report")
    pdf.add_page()
    _head(pdf, report)
    _result(pdf, report)
    _pictures(pdf, report)
    _findings(pdf, report.screening)
    _measured(pdf, report)
    _notes(pdf, report)
    _reviews(pdf, report)
    _foot(pdf, report)
    return bytes(pdf.output())


def _title(pdf: FPDF, text: str) -> None:
    pdf.ln(2)
    _line(pdf, text, 10, "B")


def _head(pdf: FPDF, report: Report) -> None:
    paper.head(pdf, "ichdash screening report", NOT_FOR_DIAGNOSIS)
    name, quiet = banner.patient_words(report.study, report.is_hidden, report.zone)
    _line(pdf, name, 11, "B")
    _line(pdf, " · ".join(quiet), 9, gray=QUIET)
    paper.rule(pdf)


def _result(pdf: FPDF, report: Report) -> None:
    point, probability = report.screening.operating_point, report.screening.probability
    if point is None or probability is None:
        return
    flagged = words.is_flagged(report.screening)
    mark = parts.Mark.FLAGGED if flagged else parts.Mark.NOT_FLAGGED
    number = parts.probability_text(probability)
    _line(pdf, f"{parts.ICONS[mark]} {mark}  {number}", 15, "B")
    pdf.ln(1)
    if report.scored_alike is not None:
        alike = report.scored_alike
        _line(pdf, f"{words.scored_alike(alike)} ({words.basis(alike)}).")
    _line(pdf, f"{number} · {mark} ({words.operating_point(point)}).")
    _line(pdf, words.meaning(flagged, point), gray=QUIET)


def _pictures(pdf: FPDF, report: Report) -> None:
    """The slices with most evidence, as they are and with the heatmap below."""
    scores = report.screening.slice_scores
    if report.images is None or not scores:
        return
    _title(pdf, f"Slices with most evidence ({slice_pictures.WINDOW} window)")
    width, height = _size(*slice_pictures.size_mm(report.images.display))
    pdf.ln(1)
    top, lowest = pdf.get_y(), pdf.get_y()
    for column, each in enumerate(slice_pictures.with_most_evidence(report.images, scores)):
        x = MARGIN + column * (PICTURE + GAP)
        pdf.set_xy(x, top)
        pdf.set_font(FONT, "", 8)
        pdf.cell(PICTURE, 4, each.place)
        for row, picture in enumerate((each.plain, each.heated)):
            y = top + 5 + row * (PICTURE + GAP)
            pdf.image(
                picture.resize(PIXELS),
                x + (PICTURE - width) / 2,
                y + (PICTURE - height) / 2,
                width,
                height,
            )
            _sides(pdf, x + (PICTURE - width) / 2, y + PICTURE / 2, width)
            lowest = y + PICTURE
    pdf.set_xy(MARGIN, lowest + 1)
    _line(pdf, "Below: where the model looked, not a lesion outline.", 8, gray=QUIET)


def _sides(pdf: FPDF, x: float, y: float, width: float) -> None:
    """The patient's right is on the left, as radiologists look at it."""
    pdf.set_font(FONT, "B", 8)
    pdf.set_text_color(255)
    pdf.text(x + 1.5, y, "R")
    pdf.text(x + width - 3.5, y, "L")
    pdf.set_text_color(DARK)


def _size(height_mm: float, width_mm: float) -> tuple[float, float]:
    """Width and height in mm of a printed slice, of the patient's proportions."""
    scale = PICTURE / max(height_mm, width_mm)
    return width_mm * scale, height_mm * scale


def _findings(pdf: FPDF, screening: ScreeningRow) -> None:
    told = [f"{name} {parts.probability_text(p)}" for name, p in words.subtypes(screening.findings)]
    if told:
        _title(pdf, "Findings")
        _line(pdf, " · ".join(told))


def _measured(pdf: FPDF, report: Report) -> None:
    """Hematoma volumes first: where there is no room for all, they matter most."""
    volumes_first = sorted(report.measured, key=lambda pair: pair[0].kind != MeasureKind.VOLUME)
    told = [
        f"{each.kind.value} {value} · on slice {each.points[0][2] + 1} · {each.reader}"
        for each, value in volumes_first
    ]
    if told:
        _title(pdf, "Measurements")
        _list(pdf, told, MEASURED_END)


def _notes(pdf: FPDF, report: Report) -> None:
    is_hidden = report.is_hidden
    notes = [reasons.told(warning, is_hidden) for warning in report.screening.warnings]
    for each in (series for series in report.screening.series if series.used):
        name = f" “{each.description}”" if each.description and not is_hidden else ""
        why = reasons.told(each.reason, is_hidden)
        notes.append(f"Series{name}, {each.slices} slices: {why}")
    if notes:
        _title(pdf, "What it rests on")
        _list(pdf, notes, NOTES_END)


def _reviews(pdf: FPDF, report: Report) -> None:
    _title(pdf, "Review")
    told = [
        f"{words.REVIEW_WORDS[each.state]} · {each.reader} · "
        f"{words.moment(each.reviewed_at, report.zone)}"
        + (" (revised)" if each.is_revised else "")
        + (f" · {words.findings_said(each.findings)}" if each.findings else "")
        + (f" · {each.comment}" if each.comment else "")
        for each in report.reviews
        if each.screening_id == report.screening.screening_id
    ]
    told = [report.settled, *told] if report.settled else told
    _list(pdf, told or ["Nobody has reviewed this result yet."], REVIEWS_END)


def _list(pdf: FPDF, entries: list[str], end: float) -> None:
    """Entries one below the other, down to `end`; long ones are cut, those left out counted."""
    for done, entry in enumerate(entries):
        left = len(entries) - done
        told = entry if len(entry) <= MOST_LETTERS else f"{entry[: MOST_LETTERS - 1]}…"
        if pdf.get_y() + paper.height(pdf, told) + (left > 1) * LINE > end:
            _line(pdf, f"{left} more on the case page.", gray=QUIET)
            return
        _line(pdf, told)


def _foot(pdf: FPDF, report: Report) -> None:
    screening, zone = report.screening, report.zone
    model = model_text(screening.model_id or "", screening.restriction)
    weights = f", weights {screening.model_sha256[:12]}" if screening.model_sha256 else ""
    study = "" if report.is_hidden else f" · study {report.study.study_uid}"
    pdf.set_y(-MARGIN - 9)
    _line(
        pdf,
        f"{model}{weights} · screened {words.moment(screening.started_at, zone)} · "
        f"printed {words.moment(report.printed_at, zone)}{study}",
        7,
        gray=QUIET,
    )
    _line(pdf, NOT_A_DEVICE, 7, gray=QUIET)
