"""What every printed page of ichdash shares: paper, letters, lines, and what cannot be printed."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Container
from pathlib import Path
from typing import cast

import matplotlib as mpl
from fpdf import FPDF
from fpdf.enums import MethodReturnValue

MARGIN, WIDTH = 15.0, 180.0  # mm, of A4
FONT = "DejaVu"
QUIET, DARK = 90, 20  # gray levels
OTHER_LETTERS = "(other letters: see ichdash)"
_GAP = "\ufffd"
_GAPS = re.compile(rf"{_GAP}(?:[\s,]*{_GAP})*")
_FROM_THE_RIGHT = ("R", "AL")  # bidirectional classes; fpdf2 would print them apart and backwards

logging.getLogger("fpdf").setLevel(logging.CRITICAL)  # it logs letters of names without a glyph


def document(title: str) -> FPDF:
    """An A4 document in our letters, without a page."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margins(MARGIN, MARGIN)
    pdf.c_margin = 0
    fonts = Path(mpl.get_data_path(), "fonts", "ttf")
    pdf.add_font(FONT, "", fonts / "DejaVuSans.ttf")
    pdf.add_font(FONT, "B", fonts / "DejaVuSans-Bold.ttf")
    pdf.set_title(title)
    return pdf


def head(pdf: FPDF, title: str, at_the_right: str) -> None:
    """The first line of a page."""
    pdf.set_font(FONT, "B", 13)
    pdf.set_text_color(DARK)
    pdf.cell(WIDTH / 2, 8, title)
    pdf.cell(WIDTH / 2, 8, at_the_right, align="R", new_x="LMARGIN", new_y="NEXT")


def rule(pdf: FPDF) -> None:
    """A line across the page, with air around it."""
    pdf.ln(1)
    pdf.line(MARGIN, pdf.get_y(), MARGIN + WIDTH, pdf.get_y())
    pdf.ln(2)


def line(pdf: FPDF, text: str, size: float = 9, style: str = "", gray: int = DARK) -> None:
    """A paragraph over the whole width."""
    pdf.set_font(FONT, style, size)
    pdf.set_text_color(gray)
    pdf.multi_cell(
        WIDTH, size * 0.5, printable(pdf, text), new_x="LMARGIN", new_y="NEXT", align="L"
    )


def height(pdf: FPDF, text: str, size: float = 9, style: str = "") -> float:
    """How many mm a paragraph will take."""
    pdf.set_font(FONT, style, size)
    told = pdf.multi_cell(
        WIDTH, size * 0.5, printable(pdf, text), dry_run=True, output=MethodReturnValue.HEIGHT
    )
    return cast(float, told)


def printable(pdf: FPDF, text: str) -> str:
    """The text, where words in letters that cannot be printed say where they are shown."""
    glyphs = pdf.fonts[FONT.lower()].cmap  # type: ignore[union-attr]  # a font of a file has one
    marked = "".join(letter if _has_glyph(letter, glyphs) else _GAP for letter in text)
    return _GAPS.sub(OTHER_LETTERS, marked)


def _has_glyph(letter: str, glyphs: Container[int]) -> bool:
    is_from_the_right = unicodedata.bidirectional(letter) in _FROM_THE_RIGHT
    return letter.isspace() or (ord(letter) in glyphs and not is_from_the_right)
