"""What leaves the case page as a ZIP: the original files, or the case without its patient."""

from __future__ import annotations

import io
import json
import zipfile
from functools import partial

import streamlit as st

from ichdash.records import ReviewRow
from ichdash.web import session
from ichdash.web.case import second
from ichdash.web.case.subject import Case


def show(case: Case, is_hidden: bool) -> None:
    """The buttons, folded; nothing is built before one is pressed."""
    study_uid = case.study.study_uid
    with st.expander("Export"):
        if not is_hidden:
            st.download_button(
                "Original DICOM (ZIP)",
                data=partial(originals, study_uid),
                file_name=f"ichdash-{study_uid}.zip",
                mime="application/zip",
                key=f"export-originals {study_uid}",
                help="As they came; they name the patient.",
                on_click="ignore",
                type="tertiary",
            )
        st.download_button(
            "Anonymised case (ZIP)",
            data=partial(anonymised, case, session.reader()),
            file_name="ichdash-anonymised.zip",
            mime="application/zip",
            key=f"export-anonymised {study_uid}",
            help="DICOM without the patient, with result and reviews. The pixels stay: a face can "
            "be drawn from thin slices.",
            on_click="ignore",
            type="tertiary",
        )


def originals(study_uid: str) -> bytes:
    """The files of a study as they came."""
    packed = io.BytesIO()
    with session.open_store() as store, zipfile.ZipFile(packed, "w") as archive:
        for path in store.files.originals(study_uid):
            archive.write(path, path.name)
    return packed.getvalue()


def anonymised(case: Case, reader: str) -> bytes:
    """The case without its patient, with the reviews that `reader` may see now."""
    from ichdash.dicom import deidentify  # noqa: PLC0415  its library is needed only here

    study_uid = case.study.study_uid
    shown = case.shown.screening_id if case.shown else None
    with session.open_store() as store:
        paths = store.files.originals(study_uid)
        reading = store.second_reads.of(shown)
        reviews = second.visible(store.reviews(study_uid), reading, reader)
    left_out, packed = [], io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in deidentify.deidentified(paths):
            if each.reason:
                left_out.append(each.reason)
            else:
                archive.writestr(f"dicom/{each.name}", each.content)
        told = _told(case, reviews) | {"left_out": left_out}
        archive.writestr("case.json", json.dumps(told, indent=1))
    return packed.getvalue()


def _told(case: Case, reviews: tuple[ReviewRow, ...]) -> dict[str, object]:
    """Result and reviews; comments are free text, and readers are people: neither leaves."""
    result = case.shown
    return {
        "probability": result and result.probability,
        "threshold": result and result.operating_point and result.operating_point.threshold,
        "findings": result.findings if result else {},
        "slice_scores": result.slice_scores if result else (),
        "model_id": result and result.model_id,
        "settled": case.study.answer,
        "reviews": [
            {"said": each.state, "findings": each.findings, "revised": each.is_revised}
            for each in reviews
            if result and each.screening_id == result.screening_id
        ],
        "note": "Not for diagnostic use.",
    }
