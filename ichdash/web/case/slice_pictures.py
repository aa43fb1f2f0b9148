"""Slices as pictures outside the viewer, in the report and as key images: plain, and as the viewer
draws the heatmap over them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ichdash.domain import WINDOWS
from ichdash.imaging import display
from ichdash.imaging.display import DisplayVolume
from ichdash.imaging.window import to_unit
from ichdash.web import viewer
from ichdash.web.case.subject import Images

WINDOW = "brain"
HEAT_FLOOR, HEAT_FADE, HEAT_OPACITY = 0.15, 0.15, 0.6
"""As the viewer draws the heatmap: nothing below the floor, fading in above it."""

LONGER_SIDE = 1024  # pixels of a key image
LETTERS, BAND = 22, 34  # pixels: height of letters, and of a line of them

Gray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pictured:
    """A slice that is worth a look, as pictures."""

    index: int
    place: str  # which slice it is, and its score
    plain: Image.Image
    heated: Image.Image


def with_most_evidence(images: Images, slice_scores: tuple[float, ...]) -> Iterator[Pictured]:
    """The slices to look at first; no other is unpacked."""
    indices = viewer.most_evidence(slice_scores)
    count = images.display.meta["slices"]
    for index, hu in zip(indices, display.decode(images.display, indices), strict=True):
        gray = to_unit(hu, WINDOWS[WINDOW])
        heat = np.asarray(images.heatmap[index], np.float32)
        place = f"slice {index + 1} of {count} · slice score {slice_scores[index]:.2f}"
        yield Pictured(index, place, plain(gray), heated(gray, heat))


def size_mm(shown: DisplayVolume) -> tuple[float, float]:
    """Height and width of a slice."""
    _, row_mm, column_mm = shown.meta["spacing_mm"]
    return shown.meta["rows"] * row_mm, shown.meta["columns"] * column_mm


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
