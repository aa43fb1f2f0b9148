"""The image with its slice scores below: scrolling never asks the server."""

from __future__ import annotations

from functools import partial

import streamlit as st

from ichdash.records import ScreeningRow
from ichdash.web import parts, session, viewer
from ichdash.web.case import measures
from ichdash.web.case.subject import Images

VIEWER_KEY = "viewer"
STAGE_HEIGHT = "calc(100vh - 172px)"  # what header, banner and buttons leave


@st.fragment
def show(
    screening: ScreeningRow,
    images: Images,
    identity: tuple[str, ...],
    second: viewer.Beside | None = None,
    *,
    is_waited_for: bool,
) -> None:
    """The viewer; a fragment, so that what is measured is kept without drawing the page again.

    A page that has left parts out until the image is drawn (`is_waited_for`) runs again then.
    """
    slices = images.display.meta["slices"]
    place = measures.Place(VIEWER_KEY, _name(screening), screening, slices)
    kept, fault = measures.kept(place)
    is_drawn = viewer.show(
        viewer.Scene(
            name=place.scene_name,
            display=images.display,
            slice_scores=screening.slice_scores,
            heatmap=images.heatmap,
            subtypes=images.subtypes,
            identity=identity,
            notice=parts.not_for_diagnosis([screening]),
            stage_height=STAGE_HEIGHT,
            measurements=kept,
            heard=measures.heard(place),
            reader=session.reader(),
            beside=second,
        ),
        key=VIEWER_KEY,
        on_measured=partial(measures.keep, place),
    )
    if is_drawn and is_waited_for:
        st.rerun()
    measures.tell(fault)


def is_settled() -> bool:
    """Whether the viewer has drawn its first image, or is known to fail, in this visit."""
    return viewer.is_settled(VIEWER_KEY)


def _name(screening: ScreeningRow) -> str:
    return f"{screening.study_uid} {screening.screening_id}"
