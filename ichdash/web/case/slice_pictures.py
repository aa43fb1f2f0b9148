"""Slices as pictures outside the viewer, in the report and as key images: plain, and as the viewer
draws the heatmap over them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

HEAT_FLOOR, HEAT_FADE, HEAT_OPACITY = 0.15, 0.15, 0.6
"""As the viewer draws the heatmap: nothing below the floor, fading in above it."""

LONGER_SIDE = 1024  # pixels of a key image
LETTERS, BAND = 22, 34  # pixels: height of letters, and of a line of them

Gray = npt.NDArray[np.float32]


def plain(gray: Gray) -> Image.Image:
    """A slice (rows, columns) in [0, 1]."""
    return Image.fromarray((gray * 255).astype(np.uint8)).convert("RGB")


def heated(gray: Gray, heat: Gray) -> Image.Image:
    """The same under its heatmap (h, w) in [0, 1]."""
    rows, columns = gray.shape
    fine = np.asarray(Image.fromarray(heat).resize((columns, rows), Image.Resampling.BILINEAR))
    alpha = HEAT_OPACITY * np.clip((fine - HEAT_FLOOR) / HEAT_FADE, 0, 1)[..., np.newaxis]
    colour = mpl.colormaps["inferno"](np.clip(fine, 0, 1))[..., :3]
    mixed = gray[..., np.newaxis] * (1 - alpha) + colour * alpha
    return Image.fromarray((mixed * 255).astype(np.uint8))


def lettered(
    picture: Image.Image, size_mm: tuple[float, float], above: Sequence[str], below: Sequence[str]
) -> bytes:
    """A PNG of the patient's proportions (height, width), with lines above and below the slice and
    its sides beside it."""
    scale = LONGER_SIDE / max(size_mm)
    height, width = (round(mm * scale) for mm in size_mm)
    top, bottom = BAND * len(above), BAND * len(below)
    canvas = Image.new("RGB", (width, top + height + bottom))
    canvas.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (0, top))
    draw = ImageDraw.Draw(canvas)
    fonts = Path(mpl.get_data_path(), "fonts", "ttf")
    font = ImageFont.truetype(fonts / "DejaVuSans.ttf", LETTERS)
    lines = [(line, BAND * i) for i, line in enumerate(above)]
    lines += [(line, top + height + BAND * i) for i, line in enumerate(below)]
    for line, y in lines:
        draw.text((10, y + 4), line, "#DCE3E8", font)
    for letter, x, anchor in (("R", 10, "lm"), ("L", width - 10, "rm")):
        draw.text((x, top + height // 2), letter, "#DCE3E8", font, anchor)
    buffer = io.BytesIO()
    canvas.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
