"""The image of a teaching file: blind to a learner, with truth and heatmap to who may see them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from ichdash.imaging.display import DisplayVolume
from ichdash.lessons import Answer, Reading, Spot, TeachingFile
from ichdash.performance.words import NOT_FOR_DIAGNOSIS
from ichdash.store.teaching import Pictures
from ichdash.web import session, viewer
from ichdash.web.teaching.seat import Seat
from ichdash.web.viewer import spotted

STAGE_HEIGHT = "calc(100vh - 250px)"


def blind(seat: Seat, reading: Reading) -> None:
    """The case as it is read: a click marks; nothing of the truth is in the page."""
    spot = viewer.SpotScene(is_open=True, mark=reading.spot)
    scene = _scene(seat.name, seat.file, seat.pictures, spot, shows_ai=seat.quiz.shows_ai)
    key = seat.key("image")
    is_settled = viewer.show(scene, key=key, on_spot=partial(_keep_mark, seat, key))
    if is_settled and reading.shown_at is None:
        with session.open_store() as store:
            store.quizzes.note_shown(*seat.ids, session.now())


def revealed(seat: Seat, answer: Answer) -> None:
    """The same image in the same place, now with the truth; it goes to the slice of the truth."""
    scene = open_scene(seat.name, seat.file, seat.pictures, answer.spot)
    viewer.show(scene, key=seat.key("image"))


def open_scene(
    name: str,
    file: TeachingFile,
    pictures: Pictures,
    mark: Spot | None,
    *,
    is_edited: bool = False,
) -> viewer.Scene:
    """All that is known of a teaching file, opened where its truth or else the mark is."""
    places = file.lesson.spots
    spot = viewer.SpotScene(False, mark, places, pictures.truth, is_edited)
    scene = _scene(name, file, pictures, spot, shows_ai=True)
    start = _where(pictures, (*places, *filter(None, [mark])))
    # A viewer that is there already keeps its slice, and is sent to that of the truth.
    return scene if start is None else replace(scene, start=start, jump=viewer.Jump(start, 1))


def _scene(
    name: str, file: TeachingFile, pictures: Pictures, spot: viewer.SpotScene, *, shows_ai: bool
) -> viewer.Scene:
    ai = file.ai if shows_ai else None
    return viewer.Scene(
        name=name,
        display=DisplayVolume(pictures.display, dict(pictures.meta)),
        slice_scores=ai.slice_scores if ai else (),
        heatmap=pictures.heatmap if ai else None,
        notice=("SYNTHETIC · " if file.is_synthetic else "") + NOT_FOR_DIAGNOSIS,
        stage_height=STAGE_HEIGHT,
        spot=spot,
    )


def _where(pictures: Pictures, spots: tuple[Spot, ...]) -> int | None:
    truth = pictures.truth
    if truth is not None and truth.any():
        return int(truth.sum(axis=(1, 2)).argmax())
    return spots[0].slice_index if spots else None


def _keep_mark(seat: Seat, key: str) -> None:
    found = spotted.mark(st.session_state[key].get("spot"), seat.name, seat.pictures.meta)
    if found is not None:
        seat.change(lambda reading: replace(reading, spot=found, is_nothing=False))
        st.session_state[seat.key("nothing")] = False
