"""Slices side by side in one picture file, to judge by eye."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from ichdash.domain import Window
from ichdash.errors import InputError
from ichdash.imaging.window import to_unit

WINDOW = Window(45, 90)
CAPTION = 14  # pixels
FORMATS = (".png", ".webp")
COLUMNS = 6

Picture = tuple[npt.NDArray[np.floating], str]
"""A slice in HU (rows, columns) and what stands above it."""


def check(output: Path) -> None:
    """Raise InputError where the name is not a picture's."""
    if output.suffix.lower() not in FORMATS:
        raise InputError(f"{output.name} is no picture: it must end in {' or '.join(FORMATS)}.")


def assembled(rows: Sequence[Sequence[Picture]], side: int) -> Image.Image:
    """Pictures of `side` pixels in rows of COLUMNS, each under its caption."""
    sheet = Image.new("L", (COLUMNS * side, len(rows) * (side + CAPTION)))
    pen = ImageDraw.Draw(sheet)
    for top, row in zip(range(0, sheet.height, side + CAPTION), rows, strict=True):
        for left, (hu, caption) in zip(range(0, sheet.width, side), row, strict=False):
            grey = (to_unit(np.asarray(hu, np.float32), WINDOW) * 255).astype(np.uint8)
            sheet.paste(Image.fromarray(grey), (left, top + CAPTION))
            pen.text((left + 3, top + 1), caption, fill=255)
    return sheet
