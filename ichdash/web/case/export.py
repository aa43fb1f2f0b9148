"""What can be taken along of a case: its files, its key images, and an anonymised copy.

Nothing is built before it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from functools import partial

import streamlit as st

from ichdash import exports
from ichdash.errors import IchdashError, InputError
from ichdash.performance.words import NOT_FOR_DIAGNOSIS, model_text
from ichdash.web import session
from ichdash.web.case import banner
from ichdash.web.case.subject import Case

ZIP = "application/zip"
FAULT = "why there is nothing here.txt"


def show(case: Case, is_hidden: bool, zone: tzinfo | None) -> None:
    """The downloads, folded; those that name the patient are not there where identity is hidden."""
    if not case.study.instances:
        return
    uid = case.study.study_uid
    with st.popover("Export", type="tertiary"):
        if not is_hidden:
            _download("Study (DICOM)", partial(as_it_came, uid), uid, f"study-{uid}")
        if case.images is not None and case.shown is not None and case.shown.slice_scores:
            name = "key" if is_hidden else f"key-{uid}"
            _download("Key images (PNG)", partial(key_images, case, is_hidden, zone), uid, name)
        _download("Anonymised case", partial(anonymised, uid, session.reader()), uid, "anonymised")
        st.caption(
            "Anonymised: new UIDs; names, numbers, dates, texts and comments gone (DICOM PS3.15 "
            "Basic Profile). A face can be drawn from a head's slices: pass it on with care."
        )


def _download(label: str, made: Callable[[], bytes], uid: str, name: str) -> None:
    st.download_button(
        label,
        data=made,
        file_name=f"ichdash-{name}.zip",
        mime=ZIP,
        key=f"export {label} {uid}",
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
    size_mm = slice_pictures.size_mm(images.display)
    name, quiet = banner.patient_words(case.study, is_hidden, zone)
    notice = f"{NOT_FOR_DIAGNOSIS} · {model_text(shown.model_id or '', shown.restriction)}"
    files = []
    for each in slice_pictures.with_most_evidence(images, shown.slice_scores):
        above = name, " · ".join(quiet), f"{each.place} · {slice_pictures.WINDOW} window"
        for kind, drawn, below in (
            ("plain", each.plain, (notice,)),
            ("heatmap", each.heated, ("where the model looked, not a lesion outline", notice)),
        ):
            png = slice_pictures.lettered(drawn, size_mm, above, below)
            files.append((f"slice {each.index + 1:03d} {kind}.png", png))
    return exports.zipped(files)
