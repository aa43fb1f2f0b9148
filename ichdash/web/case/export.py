"""What can be taken along of a case: its files, its key images, and an anonymised copy.

Nothing is built before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from functools import partial

import numpy as np
import streamlit as st

from ichdash import exports
from ichdash.domain import WINDOWS
from ichdash.errors import IchdashError, InputError
from ichdash.imaging import display
from ichdash.imaging.window import to_unit
from ichdash.performance.words import NOT_FOR_DIAGNOSIS, model_text
from ichdash.web import session, viewer
from ichdash.web.case import banner
from ichdash.web.case.subject import Case

WINDOW = "brain"
ZIP = "application/zip"
FAULT = "why there is nothing here.txt"


def show(case: Case, is_hidden: bool, zone: tzinfo | None) -> None:
    """The downloads, folded; those that name the patient are not there where identity is hidden."""
    if not case.study.instances:
        return
    uid = case.study.study_uid
    with st.popover("Export", type="tertiary"):
        if not is_hidden:
            _download("Study (DICOM)", partial(as_it_came, uid), uid, "study")
        if case.images is not None and case.shown is not None and case.shown.slice_scores:
            _download("Key images (PNG)", partial(key_images, case, is_hidden, zone), uid, "key")
        _download("Anonymised case", partial(anonymised, uid, session.reader()), uid, "anonymised")
        st.caption(
            "Anonymised: new UIDs; names, numbers, dates, texts and comments gone (DICOM PS3.15 "
            "Basic Profile). A face can be drawn from a head's slices: pass it on with care."
        )


def _download(label: str, made: Callable[[], bytes], uid: str, kind: str) -> None:
    st.download_button(
        label,
        data=made,
        file_name=f"ichdash-{kind}.zip" if kind == "anonymised" else f"ichdash-{kind}-{uid}.zip",
        mime=ZIP,
        key=f"export {kind} {uid}",
        on_click="ignore",
        type="tertiary",
    )


# These run beside the page, which cannot say a fault: it becomes the archive's only file.


def as_it_came(study_uid: str) -> bytes:
    """The files of a study, or why there are none."""
    with _faults_packed() as packed, session.open_store() as store:
        packed.append(exports.as_it_came(store, study_uid))
    return packed[0]


def anonymised(study_uid: str, reader: str) -> bytes:
    """The case without its patient, with the reviews that `reader` may see now."""
    with _faults_packed() as packed, session.open_store() as store:
        packed.append(exports.anonymised(store, study_uid, reader))
    return packed[0]


@contextmanager
def _faults_packed() -> Iterator[list[bytes]]:
    packed: list[bytes] = []
    try:
        yield packed
    except IchdashError as error:
        packed.append(exports.zipped([(FAULT, str(error).encode())]))


def key_images(case: Case, is_hidden: bool, zone: tzinfo | None) -> bytes:
    """The slices to look at first, each plain and under the heatmap, named and lettered."""
    from ichdash.web.case import slice_pictures  # noqa: PLC0415  its libraries take a second

    shown, images = case.shown, case.images
    if shown is None or images is None:
        raise InputError("There are no images of this case. Screen the study again.")
    hu = display.decode(images.display)
    _, row_mm, column_mm = images.display.meta["spacing_mm"]
    size_mm = hu.shape[1] * row_mm, hu.shape[2] * column_mm
    name, quiet = banner.patient_words(case.study, is_hidden, zone)
    notice = f"{NOT_FOR_DIAGNOSIS} · {model_text(shown.model_id or '', shown.restriction)}"
    files = []
    for index in viewer.most_evidence(shown.slice_scores):
        gray = to_unit(hu[index], WINDOWS[WINDOW])
        heat = np.asarray(images.heatmap[index], np.float32)
        place = f"slice {index + 1} of {len(hu)} · slice score {shown.slice_scores[index]:.2f}"
        for kind, drawn, more in (
            ("plain", slice_pictures.plain(gray), ()),
            (
                "heatmap",
                slice_pictures.heated(gray, heat),
                ("where the model looked, not a lesion outline",),
            ),
        ):
            above = (name, " · ".join(quiet), f"{place} · {WINDOW} window")
            png = slice_pictures.lettered(drawn, size_mm, above, (*more, notice))
            files.append((f"slice {index + 1:03d} {kind}.png", png))
    return exports.zipped(files)
