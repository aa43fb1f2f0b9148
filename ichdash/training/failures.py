"""A picture of every study judged wrongly: where blood was missed, and what was taken for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ichdash.domain import Volume
from ichdash.errors import InputError
from ichdash.imaging import preprocess
from ichdash.training import archive, pictures
from ichdash.training.judging import Judged
from ichdash.training.metrics import BoolArray
from ichdash.training.pictures import Picture

SIDE = 256
MOST_WEBP = 16_383  # pixels of a side


def write(
    output: Path, studies: Path, judged: Sequence[Judged], slices: Mapping[str, BoolArray]
) -> int:
    """Write the picture and return how many studies stand in it, missed ones first.

    Of each the slice with the highest score; of a missed one among those that show blood, where
    `slices` (by study UID, (slices,)) tells; no picture where nothing was judged wrongly. Raises
    InputError where they are too many for the picture's format.
    """
    wrong = [each for each in judged if not each.is_right]
    if not wrong:
        return 0
    wrong.sort(key=lambda each: (not each.truth, each.probability * (1 - 2 * each.truth)))
    with archive.opened(studies) as found:
        volumes = ((each, archive.volume(found[each.study_uid])) for each in wrong)
        shown = [
            _picture(each, volume, slices.get(each.study_uid))
            for each, volume in volumes
            if not isinstance(volume, str)
        ]
    starts = range(0, len(shown), pictures.COLUMNS)
    rows = [shown[start : start + pictures.COLUMNS] for start in starts]
    sheet = pictures.assembled(rows, SIDE)
    if output.suffix.lower() == ".webp" and sheet.height > MOST_WEBP:
        raise InputError(
            f"{len(shown)} studies were judged wrongly: too many for {output.name}. No picture was "
            "written. Name one that ends in .png."
        )
    sheet.save(output, quality=80)
    return len(shown)


def _picture(judged: Judged, volume: Volume, has_blood: BoolArray | None) -> Picture:
    scores = judged.slices if len(judged.slices) else np.zeros(len(volume))
    if judged.truth and has_blood is not None:
        scores = np.where(has_blood, scores, -np.inf)
    place = int(np.argmax(scores))
    prepared = preprocess.prepare(volume, SIDE)
    fault = "missed" if judged.truth else "false alarm"
    caption = f"{fault} …{judged.study_uid[-8:]}, {place + 1} of {len(volume)}"
    return prepared.hu[prepared.slab_of_slice[place]].copy(), caption
