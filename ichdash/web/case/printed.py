"""The report of a case: one A4 page with the result, the slices to look at, and what readers said.

It is told like on the case page, from the same words, and says on its head what it is not for.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from fpdf import FPDF
from PIL import Image

from ichdash.domain import WINDOWS
from ichdash.imaging import display
from ichdash.imaging.window import to_unit
from ichdash.model.card import Bin
from ichdash.performance.words import NOT_A_DEVICE, NOT_FOR_DIAGNOSIS, model_text
from ichdash.records import ReviewRow, ScreeningRow, StudyRow
from ichdash.web import parts, viewer
from ichdash.web.case import banner, words
from ichdash.web.case.subject import Images

MARGIN, WIDTH = 15.0, 180.0  # mm, of A4
PICTURE, GAP = 58.0, 3.0  # mm
WINDOW = "brain"
PIXELS = 512, 512  # of a printed slice

HEAT_FLOOR, HEAT_FADE, HEAT_OPACITY = 0.15, 0.15, 0.6
"""As the viewer draws the heatmap: nothing below the floor, fading in above it."""

NOTES_END, REVIEWS_END = 245.0, 268.0  # mm from the top; what does not fit is counted
MOST_LETTERS = 160
"""What is told of an entry at most; the case page has all."""

FONT = "DejaVu"
LINE = 4.5  # mm from line to line of plain text
QUIET, DARK = 90, 20  # gray levels
UNPRINTABLE = "(name in letters that this report cannot print)"

logging.getLogger("fpdf").setLevel(logging.CRITICAL)  # it logs letters of names without a glyph


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


def page(report: Report) -> bytes:
    """The report as PDF."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margins(MARGIN, MARGIN)
    pdf.c_margin = 0
    fonts = Path(mpl.get_data_path(), "fonts", "ttf")
    pdf.add_font(FONT, "", fonts / "DejaVuSans.ttf")
    pdf.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
    pdf.set_title("ichdash screening report")
    pdf.add_page()
    _head(pdf, report)
    _result(pdf, report)
    _pictures(pdf, report)
    _findings(pdf, report.screening)
    _notes(pdf, report)
    _reviews(pdf, report)
    _foot(pdf, report)
    return bytes(pdf.output())


def _line(pdf: FPDF, text: str, size: float = 9, style: str = "", gray: int = DARK) -> None:
    """A paragraph over the whole width."""
    pdf.set_font(FONT, style, size)
    pdf.set_text_color(gray)
    pdf.multi_cell(WIDTH, size * 0.5, text, new_x="LMARGIN", new_y="NEXT", align="L")


def _title(pdf: FPDF, text: str) -> None:
    pdf.ln(2)
    _line(pdf, text, 10, "B")


def _head(pdf: FPDF, report: Report) -> None:
    pdf.set_font(FONT, "B", 13)
    pdf.set_text_color(DARK)
    pdf.cell(WIDTH / 2, 8, "ichdash screening report")
    pdf.cell(WIDTH / 2, 8, NOT_FOR_DIAGNOSIS, align="R", new_x="LMARGIN", new_y="NEXT")
    name, quiet = banner.patient_words(report.study, report.is_hidden, report.zone)
    _line(pdf, name if _can_print(pdf, name) else UNPRINTABLE, 11, "B")
    _line(pdf, " · ".join(quiet), 9, gray=QUIET)
    pdf.ln(1)
    pdf.line(MARGIN, pdf.get_y(), MARGIN + WIDTH, pdf.get_y())
    pdf.ln(2)


def _can_print(pdf: FPDF, text: str) -> bool:
    glyphs = pdf.fonts[FONT.lower()].cmap  # type: ignore[union-attr]  # a font of a file has one
    return all(ord(letter) in glyphs for letter in text)


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
    _title(pdf, f"Slices with most evidence ({WINDOW} window)")
    hu = display.decode(report.images.display)
    width, height = _size(hu.shape[1:], report.images.display.meta["spacing_mm"])
    pdf.ln(1)
    top, lowest = pdf.get_y(), pdf.get_y()
    for column, index in enumerate(viewer.most_evidence(scores)):
        gray = to_unit(hu[index], WINDOWS[WINDOW])
        heat = np.asarray(report.images.heatmap[index], np.float32)
        x = MARGIN + column * (PICTURE + GAP)
        pdf.set_xy(x, top)
        pdf.set_font(FONT, "", 8)
        pdf.cell(PICTURE, 4, f"slice {index + 1} of {len(hu)} · slice score {scores[index]:.2f}")
        for row, picture in enumerate((_plain(gray), _heated(gray, heat))):
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


def _size(shape: tuple[int, ...], spacing_mm: list[float]) -> tuple[float, float]:
    """Width and height in mm of a printed slice, of the patient's proportions."""
    height_mm, width_mm = shape[0] * spacing_mm[1], shape[1] * spacing_mm[2]
    scale = PICTURE / max(height_mm, width_mm)
    return width_mm * scale, height_mm * scale


def _plain(gray: npt.NDArray[np.float32]) -> Image.Image:
    return Image.fromarray((gray * 255).astype(np.uint8)).convert("RGB")


def _heated(gray: npt.NDArray[np.float32], heat: npt.NDArray[np.float32]) -> Image.Image:
    rows, columns = gray.shape
    fine = np.asarray(Image.fromarray(heat).resize((columns, rows), Image.Resampling.BILINEAR))
    alpha = HEAT_OPACITY * np.clip((fine - HEAT_FLOOR) / HEAT_FADE, 0, 1)[..., np.newaxis]
    colour = mpl.colormaps["inferno"](np.clip(fine, 0, 1))[..., :3]
    mixed = gray[..., np.newaxis] * (1 - alpha) + colour * alpha
    return Image.fromarray((mixed * 255).astype(np.uint8))


def _findings(pdf: FPDF, screening: ScreeningRow) -> None:
    told = [f"{name} {parts.probability_text(p)}" for name, p in words.subtypes(screening.findings)]
    if told:
        _title(pdf, "Findings")
        _line(pdf, " · ".join(told))


def _notes(pdf: FPDF, report: Report) -> None:
    notes = [*report.screening.warnings]
    for each in (series for series in report.screening.series if series.used):
        name = f" “{each.description}”" if each.description and not report.is_hidden else ""
        notes.append(f"Series{name}, {each.slices} slices: {each.reason}")
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
        if pdf.get_y() + 3 * LINE > end:  # two lines of this one, and the one that counts
            _line(pdf, f"{len(entries) - done} more on the case page.", gray=QUIET)
            return
        _line(pdf, entry if len(entry) <= MOST_LETTERS else f"{entry[: MOST_LETTERS - 1]}…")


def _foot(pdf: FPDF, report: Report) -> None:
    screening, zone = report.screening, report.zone
    model = model_text(screening.model_id or "", screening.restriction)
    weights = f", weights {screening.model_sha256[:12]}" if screening.model_sha256 else ""
    pdf.set_y(-MARGIN - 9)
    _line(
        pdf,
        f"{model}{weights} · screened {words.moment(screening.started_at, zone)} · "
        f"printed {words.moment(report.printed_at, zone)} · study {report.study.study_uid}",
        7,
        gray=QUIET,
    )
    _line(pdf, NOT_A_DEVICE, 7, gray=QUIET)
