"""A teaching file on a page of its own: what it shows, what is said of it, and changing that.

A change is a new version; an answer keeps the key of the version that it was given to. Places are
changed in the image and kept with the words beside it. What was not saved is asked about on the way
back, and is gone with the page, however it was left.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from ichdash.errors import InputError
from ichdash.lessons import Lesson, Spot, TeachingFile
from ichdash.web import parts, session, viewer
from ichdash.web.teaching import address, fields, stage
from ichdash.web.teaching.fields import Given
from ichdash.web.viewer import spotted

KEPT = "Answers that were given before keep the key and the words that they were given to."

HOW = (
    "A click in the image marks another one. Drag a ring to move it; its square sizes it, its "
    "cross takes it away. *Save* keeps them, unless the key is no hemorrhage."
)
SEEN = "teaching file seen"
TO_FILES = "‹ all files"
NOT_SAVED = "What you changed in this file is not saved."


def show(file_id: str) -> None:
    if _is_left(file_id):
        forget()
    with session.open_store() as store:
        file = store.teaching.file(file_id)
    # The version that image and fields were filled from: another tutor's is never overwritten.
    seen: TeachingFile = st.session_state.setdefault(_seen_key(file_id), file)
    way_back = st.container(key="way-back", horizontal=True, vertical_alignment="center")
    image, words = st.columns([1.6, 1], gap="medium")
    with image, parts.faults_told():
        _image(seen)
    with words:
        _state(file)
        with st.container(key="file-fields"):
            given = _fields(seen)
    with way_back:
        _back(seen, is_changed=_is_changed(seen, given))


def forget() -> None:
    """Where no file is open, the next one is filled in from its newest version."""
    for key in [each for each in st.session_state if str(each).startswith(SEEN)]:
        del st.session_state[key]


def _is_left(file_id: str) -> bool:
    """Whether another page was shown meanwhile: the fields were not there, and are empty again."""
    seen: TeachingFile | None = st.session_state.get(_seen_key(file_id))
    return seen is not None and fields.title_key(_key(seen)) not in st.session_state


def _back(seen: TeachingFile, *, is_changed: bool) -> None:
    """Back to the files; what was not saved is asked about first, on the same line."""
    asked_key = f"{SEEN} asked {seen.file_id} {seen.version}"
    if not (is_changed and st.session_state.get(asked_key)):
        if st.button(TO_FILES, key="leave", type="tertiary"):
            if not is_changed:
                address.leave()
            st.session_state[asked_key] = True
            st.rerun()
        return
    st.markdown(NOT_SAVED, width="content")
    if st.button("Leave without saving", key="leave unsaved", type="tertiary"):
        address.leave()
    if st.button("Stay here", key="stay", type="tertiary"):
        del st.session_state[asked_key]
        st.rerun()


def _seen_key(file_id: str) -> str:
    return f"{SEEN} {file_id}"


def _image(seen: TeachingFile) -> None:
    with session.open_store() as store:
        pictures = store.teaching.pictures(seen.file_id)
    name = f"file {seen.file_id}"
    scene = stage.open_scene(name, seen, pictures, None, is_edited=not seen.is_synthetic)
    viewer.show(scene, key=name, on_spot=partial(_note_places, seen, name, pictures.meta))


def _note_places(seen: TeachingFile, name: str, meta: Mapping[str, Any]) -> None:
    """The places as they stand in the image; they are kept with the fields."""
    found = spotted.places(st.session_state[name].get("spot"), name, meta)
    if found is not None and not seen.is_synthetic:
        st.session_state[_places_key(seen)] = found


def _is_changed(seen: TeachingFile, given: Given) -> bool:
    """Whether saving would keep something new, or refuse it."""
    try:
        return given.lesson(_places(seen)) != seen.lesson
    except InputError:
        return True


def _places(seen: TeachingFile) -> tuple[Spot, ...]:
    """The places as they are to be saved."""
    found: tuple[Spot, ...] = st.session_state.get(_places_key(seen), seen.lesson.spots)
    return found


def _places_key(seen: TeachingFile) -> str:
    return f"{SEEN} places {seen.file_id} {seen.version}"


def places_words(places: tuple[Spot, ...]) -> str:
    """How many places are marked, and on which slices."""
    slices = sorted({spot.slice_index + 1 for spot in places})
    if not slices:
        return "No place is marked."
    count = "1 place is" if len(places) == 1 else f"{len(places)} places are"
    on = f"slices {', '.join(map(str, slices))}" if len(slices) > 1 else f"slice {slices[0]}"
    return f"{count} marked, on {on}."


def _state(file: TeachingFile) -> None:
    kind = "synthetic" if file.is_synthetic else "copy of a case"
    words, act = st.columns([2, 1], vertical_alignment="center")
    is_retired = file.retired_at is not None
    state = " · **retired**: new readers are not shown it" if is_retired else ""
    words.markdown(f"Version {file.version} by {parts.plain(file.author)} · {kind}{state}")
    if act.button(
        "Bring back" if is_retired else "Retire", key=f"state {file.file_id}", width="stretch"
    ):
        change(file)


def change(file: TeachingFile) -> None:
    """Retire a file that is offered, offer one that is retired."""
    with parts.faults_told():
        with session.open_store() as store:
            if file.retired_at is None:
                store.teaching.retire(file.file_id, session.signature(), session.now())
            else:
                store.teaching.bring_back(file.file_id)
        st.rerun()


def _key(seen: TeachingFile) -> str:
    return f"edit {seen.file_id} {seen.version}"


def _fields(seen: TeachingFile) -> Given:
    """The fields, which tell at once what is changed in them: no form, which would hold it back."""
    key, places = _key(seen), _places(seen)
    given = fields.ask(key, seen.lesson, is_drawn=seen.is_synthetic)
    if not seen.is_synthetic:
        st.caption(f"{places_words(places)} {HOW}")
    st.caption(KEPT)
    if st.button("Save", key=f"{key} save", type="primary"):
        with parts.faults_told():
            _save(seen, given.lesson(places))
    if said := st.session_state.pop(f"saved {seen.file_id}", ""):
        st.success(said)
    return given


def _save(seen: TeachingFile, lesson: Lesson) -> None:
    if lesson == seen.lesson:
        st.info("Nothing is different. No version was added.")
        return
    with session.open_store() as store:
        store.teaching.revise(
            seen.file_id, lesson, seen.version, session.signature(), session.now()
        )
    del st.session_state[_seen_key(seen.file_id)]
    st.session_state[f"saved {seen.file_id}"] = f"Kept as version {seen.version + 1}."
    st.rerun()
