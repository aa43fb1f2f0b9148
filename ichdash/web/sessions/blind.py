"""A case as a session may see it: before its result is revealed, nothing of it is in the page.

That is more than scores and heatmap: a display volume is packed from the slice with most evidence
on, and a viewer opens there. Here it is packed from the middle, before the result is revealed and
after, so that revealing it sends the evidence alone.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ichdash.domain import FloatArray
from ichdash.errors import NotFoundError
from ichdash.imaging.display import DisplayVolume, starting_at
from ichdash.performance.words import NOT_FOR_DIAGNOSIS
from ichdash.records import ScreeningRow, newest_result
from ichdash.store import SessionCase, Store
from ichdash.web import parts, session, viewer
from ichdash.web.sessions import moves

KEPT = 6  # volumes; a room goes back and forth between a few cases


def shown_screening(store: Store, study_uid: str) -> ScreeningRow | None:
    """The newest screening that gave a result, and with it the images."""
    return newest_result(store.screenings(study_uid))


def scene(
    store: Store,
    case: SessionCase,
    screening: ScreeningRow,
    identity: tuple[str, ...],
    stage_height: str,
) -> viewer.Scene:
    """The case for the viewer; raises NotFoundError where the images are gone."""
    display = _from_the_middle(
        session.settings().data_dir, screening.study_uid, screening.screening_id
    )
    is_revealed = case.is_revealed
    place = screening.study_uid, screening.screening_id
    return viewer.Scene(
        name=moves.scene_name(case.case_id, screening.screening_id),
        display=display,
        slice_scores=screening.slice_scores if is_revealed else (),
        heatmap=heatmap(store, *place) if is_revealed else None,
        subtypes=store.files.subtypes(*place) if is_revealed else None,
        identity=identity,
        notice=parts.not_for_diagnosis([screening]) if is_revealed else NOT_FOR_DIAGNOSIS,
        stage_height=stage_height,
        start=display.meta["slices"] // 2,
    )


def heatmap(store: Store, study_uid: str, screening_id: int) -> FloatArray | None:
    """Where the model looked; None where it is no longer stored: the images are shown without."""
    try:
        return store.files.heatmap(study_uid, screening_id)
    except NotFoundError:
        return None


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _from_the_middle(data_dir: Path, study_uid: str, screening_id: int) -> DisplayVolume:
    # Of the whole process: all who sit in the room get the same one.
    with Store.open(data_dir) as store:
        payload = store.files.display(study_uid, screening_id)
        meta = store.files.display_meta(study_uid, screening_id)
    return starting_at(DisplayVolume(payload, meta), meta["slices"] // 2)
