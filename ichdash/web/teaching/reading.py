"""A learner at a quiz: each case read blind, submitted once, and revealed at once.

The reveal is read from the store only once the answer is there: before, nothing of the truth or,
in a quiz without AI, of the model is in the page.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from ichdash.imaging.display import DisplayVolume
from ichdash.lessons import SUBTYPES, Answer, Quiz, Reading, TeachingFile
from ichdash.performance.words import NOT_FOR_DIAGNOSIS
from ichdash.store.teaching import Pictures
from ichdash.teaching.marks import distance_mm
from ichdash.web import parts, session, viewer
from ichdash.web.teaching import reveal
from ichdash.web.viewer import spotted

STAGE_HEIGHT = "calc(100vh - 250px)"
NONE = "no hemorrhage"


@dataclass(frozen=True, eq=False)
class At:
    """Where a learner is."""

    quiz: Quiz
    file: TeachingFile
    learner: str
    pictures: Pictures

    @property
    def ids(self) -> tuple[str, str, str]:
        return self.quiz.quiz_id, self.file.file_id, self.learner

    @property
    def name(self) -> str:
        return f"{self.quiz.quiz_id} {self.file.file_id}"

    @property
    def viewer_key(self) -> str:
        return f"teaching {self.name} {self.learner}"


def order_of(quiz: Quiz, learner: str) -> list[str]:
    """The cases as this learner gets them: a shuffle stays the same for the same learner."""
    ids = list(quiz.file_ids)
    if quiz.is_shuffled:
        random.Random(f"{quiz.quiz_id} {learner}").shuffle(ids)
    return ids


def show(quiz: Quiz) -> None:
    """The next case, or the one that was just answered, or the end."""
    learner = session.reader()
    with session.open_store() as store:
        answers = {a.file_id: a for a in store.quizzes.answers(quiz.quiz_id, learner)}
        files = [store.teaching.file(file_id) for file_id in order_of(quiz, learner)]
    open_files = [f for f in files if f.retired_at is None and f.file_id not in answers]
    at_key = f"at {quiz.quiz_id} {learner}"
    at = next((f for f in files if f.file_id == st.session_state.get(at_key)), None)
    if at is None or (at.file_id not in answers and at not in open_files):
        at = open_files[0] if open_files else None
    _head(quiz, learner, files, answers)
    if at is None:
        st.success(f"All {len(answers)} cases are answered. See *My results*.")
    else:
        st.session_state[at_key] = at.file_id
        _case(quiz, at, learner, answers.get(at.file_id))
        rest = [f for f in open_files if f.file_id != at.file_id]
        if at.file_id in answers and rest and st.session_state.get(f"next {at.file_id}"):
            st.session_state[at_key] = rest[0].file_id
            st.rerun()


def _head(quiz: Quiz, learner: str, files: list[TeachingFile], answers: dict[str, Answer]) -> None:
    retired = sum(f.retired_at is not None and f.file_id not in answers for f in files)
    left_out = f" · {retired} retired since, left out" if retired else ""
    with_ai = " · AI is shown" if quiz.shows_ai else ""
    st.markdown(
        f"**{parts.plain(quiz.name)}** · {len(answers)} of {len(files) - retired} answered as "
        f"**{parts.plain(learner)}** (name: top right){with_ai}{left_out}"
    )


def _case(quiz: Quiz, file: TeachingFile, learner: str, answer: Answer | None) -> None:
    with session.open_store() as store:
        pictures = store.teaching.pictures(file.file_id)
        reading = store.quizzes.serve(quiz.quiz_id, file.file_id, learner, session.now())
    at = At(quiz, file, learner, pictures)
    image, words = st.columns([2.55, 1], gap="medium")
    with image:
        _image(at, reading, answer)
    with words:
        if answer is None:
            _form(at)
        else:
            reveal.show(file, answer)
            st.button("Next case", key=f"next {file.file_id}", type="primary")


def _image(at: At, reading: Reading, answer: Answer | None) -> None:
    is_revealed = answer is not None
    ai = at.file.ai if is_revealed or at.quiz.shows_ai else None
    spot = viewer.SpotScene(
        is_open=not is_revealed,
        mark=answer.spot if answer else reading.spot,
        places=at.file.lesson.spots if is_revealed else (),
        truth=at.pictures.truth if is_revealed else None,
    )
    is_settled = viewer.show(
        viewer.Scene(
            name=at.name,
            display=DisplayVolume(at.pictures.display, dict(at.pictures.meta)),
            slice_scores=ai.slice_scores if ai else (),
            heatmap=at.pictures.heatmap if ai else None,
            notice=("SYNTHETIC · " if at.file.is_synthetic else "") + NOT_FOR_DIAGNOSIS,
            stage_height=STAGE_HEIGHT,
            start=_where(at, answer) if answer else None,
            spot=spot,
        ),
        key=at.viewer_key + (" revealed" if is_revealed else ""),
        on_spot=partial(_keep_mark, at),
    )
    if is_settled and not is_revealed and reading.shown_at is None:
        with session.open_store() as store:
            store.quizzes.note_shown(*at.ids, session.now())


def _where(at: At, answer: Answer) -> int | None:
    """The slice that the reveal opens at: of the truth, else of the learner's mark."""
    truth, places = at.pictures.truth, at.file.lesson.spots
    if truth is not None and truth.any():
        return int(truth.sum(axis=(1, 2)).argmax())
    spots = [*places, *([answer.spot] if answer.spot else [])]
    return spots[0].slice_index if spots else None


def _keep_mark(at: At) -> None:
    found = spotted.mark(st.session_state[at.viewer_key].get("spot"), at.name, at.pictures.meta)
    if found is not None:
        _change(at, lambda reading: replace(reading, spot=found, is_nothing=False))
        st.session_state[_key("nothing", at)] = False


def _change(at: At, change: Callable[[Reading], Reading]) -> None:
    with session.open_store() as store:
        store.quizzes.keep(*at.ids, change(store.quizzes.serve(*at.ids, session.now())))


def _key(what: str, at: At) -> str:
    return f"{what} {at.name} {at.learner}"


@st.fragment
def _form(at: At) -> None:
    with session.open_store() as store:
        reading = store.quizzes.serve(*at.ids, session.now())
    keys = {w: _key(w, at) for w in ("findings", "sure", "nothing")}
    chosen = [*reading.findings] or ([NONE] if reading.is_nothing else [])
    st.session_state.setdefault(keys["findings"], chosen)
    st.session_state.setdefault(
        keys["sure"], 50 if reading.confidence is None else reading.confidence
    )
    st.session_state.setdefault(keys["nothing"], reading.is_nothing)
    keep = partial(_keep_form, at, keys)
    if at.quiz.shows_ai and at.file.ai:
        reveal.show_ai(at.file.ai)
    st.markdown("**Mark the spot**: click on it in the image; click again to move the mark.")
    st.checkbox("Nothing to mark", key=keys["nothing"], on_change=keep)
    st.pills(
        "Findings", [NONE, *SUBTYPES], selection_mode="multi", key=keys["findings"], on_change=keep
    )
    st.slider(
        "How sure are you that there is a hemorrhage? (%)", 0, 100, key=keys["sure"], on_change=keep
    )
    if st.button("Submit", key=_key("submit", at), type="primary"):
        with parts.faults_told():
            _submit(at, keys)


def _keep_form(at: At, keys: dict[str, str]) -> None:
    given = {what: st.session_state.get(key) for what, key in keys.items()}
    findings = tuple(f for f in given["findings"] or () if f != NONE)
    _change(
        at,
        lambda reading: replace(
            reading,
            findings=findings,
            confidence=int(given["sure"] or 0),
            is_nothing=bool(given["nothing"]),
        ),
    )


def fault_of(chosen: list[str], has_mark: bool, is_nothing: bool) -> str:
    """Why an answer cannot be submitted yet; empty where it can."""
    if not chosen:
        return "No finding is chosen. Nothing was submitted. Choose at least one, or no hemorrhage."
    if NONE in chosen and len(chosen) > 1:
        return (
            "No hemorrhage and a finding are both chosen. Nothing was submitted. "
            "Choose one or the other."
        )
    if not has_mark and not is_nothing:
        return (
            "Nothing is marked in the image. Nothing was submitted. Click on the spot, or tick "
            "that there is nothing to mark."
        )
    return ""


def _submit(at: At, keys: dict[str, str]) -> None:
    now = session.now()
    with session.open_store() as store:
        reading = store.quizzes.serve(*at.ids, now)
        newest = store.teaching.file(at.file.file_id)
        chosen = list(st.session_state.get(keys["findings"]) or [])
        is_nothing = bool(st.session_state.get(keys["nothing"]))
        if fault := fault_of(chosen, reading.spot is not None, is_nothing):
            st.warning(fault)
            return
        mark = None if is_nothing else reading.spot
        lesson = newest.lesson
        places = lesson.spots
        has_place = bool(places) or (
            at.pictures.truth is not None and bool(at.pictures.truth.any())
        )
        distance = distance_mm(mark, at.pictures.meta, at.pictures.truth, places) if mark else None
        store.quizzes.answer(
            Answer(
                quiz_id=at.quiz.quiz_id,
                file_id=at.file.file_id,
                learner=at.learner,
                version=newest.version,
                findings=tuple(f for f in chosen if f != NONE),
                confidence=int(st.session_state[keys["sure"]]),
                spot=mark,
                truth=lesson.findings,
                is_placed=has_place,
                distance_mm=distance,
                with_ai=at.quiz.shows_ai and at.file.ai is not None,
                seconds=reading.seconds(now),
                answered_at=now,
            )
        )
    st.rerun()
