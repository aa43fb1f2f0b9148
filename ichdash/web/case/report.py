"""The button that makes the report of a case."""

from __future__ import annotations

from datetime import tzinfo
from functools import partial

import streamlit as st

from ichdash.imaging import measuring
from ichdash.records import Measurement, ScreeningRow
from ichdash.store import Store
from ichdash.web import session
from ichdash.web.case import second, words
from ichdash.web.case.subject import Case


def show(case: Case, is_hidden: bool, zone: tzinfo | None) -> None:
    """The button, where there is a result; the report is drawn when it is pressed."""
    if case.shown is None:
        return
    st.download_button(
        "Report (PDF)",
        data=partial(made, case, case.shown, is_hidden, zone, session.reader()),
        file_name="ichdash-report.pdf" if is_hidden else f"ichdash-{case.study.study_uid}.pdf",
        mime="application/pdf",
        key=f"report {case.study.study_uid}",
        help="One page: result, slices with most evidence, measurements, reviews. "
        + ("Identity is left out." if is_hidden else "It names the patient."),
        on_click="ignore",
        type="tertiary",
    )


def made(
    case: Case, result: ScreeningRow, is_hidden: bool, zone: tzinfo | None, reader: str = ""
) -> bytes:
    """The report of a result, with what `reader` may see now of reviews and measurements.

    It runs beside the page, which may be gone.
    """
    from ichdash.web.case import printed  # noqa: PLC0415  its libraries take a second to load

    now = session.now()
    with session.open_store() as store:
        reading = store.second_reads.of(result.screening_id)
        reviews = store.reviews(case.study.study_uid)
        measured = _measured(store, case, result, reader)
    return printed.page(
        printed.Report(
            study=case.study,
            screening=result,
            images=case.images,
            scored_alike=case.scored_alike,
            reviews=reading.visible(reviews, reader) if reading else reviews,
            measured=measured,
            settled="" if reading is None else words.settled(reading, zone),
            is_hidden=is_hidden,
            zone=zone,
            printed_at=now,
        )
    )


def _measured(
    store: Store, case: Case, result: ScreeningRow, reader: str
) -> tuple[tuple[Measurement, str], ...]:
    """What was measured on the slices, with its value; the newest first, as reviews are."""
    if case.images is None:
        return ()
    shown = case.images.display
    found = second.measurements(store, result, shown.meta["slices"], reader)[::-1]
    return tuple(zip(found, measuring.values(found, shown), strict=True))
