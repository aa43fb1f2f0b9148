"""A learner at a quiz: each case read blind, submitted once, and revealed at once.

The reveal is read from the store only once the answer is there: before, nothing of the truth or,
in a quiz without AI, of the model is in the page. `case` in the address counts from 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ichdash.lessons import Answer, Quiz, TeachingFile
from ichdash.teaching.figures import right
from ichdash.web import parts, session
from ichdash.web.teaching import address, begin, form, results, reveal, stage
from ichdash.web.teaching.seat import Seat, order_of

CASE, END = "case", "end"


@dataclass(frozen=True, eq=False)
class Course:
    """A learner's way through a quiz."""

    quiz: Quiz
    learner: str
    files: tuple[TeachingFile, ...]  # in the learner's order
    answers: dict[str, Answer]  # by file

    def is_open(self, file: TeachingFile) -> bool:
        return file.retired_at is None and file.file_id not in self.answers

    @property
    def open_files(self) -> list[TeachingFile]:
        return [file for file in self.files if self.is_open(file)]

    @property
    def retired(self) -> int:
        """Cases that are left out."""
        return sum(f.retired_at is not None and f.file_id not in self.answers for f in self.files)

    def asked(self) -> TeachingFile | None:
        """The case that the address names, else the next open one; None at the end."""
        number = st.query_params.get(CASE, "")
        if number.isdecimal() and 0 < int(number[:6]) <= len(self.files):
            file = self.files[int(number) - 1]
            if self.is_open(file) or file.file_id in self.answers:
                return file
        return self.open_files[0] if self.open_files and number != END else None

    def number(self, file: TeachingFile) -> int:
        return self.files.index(file) + 1


def show(quiz: Quiz) -> None:
    """The name, then the next case, or the one that was just answered, or the end."""
    learner = session.learner()
    if not learner:
        begin.show(quiz)
        return
    with session.open_store() as store:
        answers = {a.file_id: a for a in store.quizzes.answers(quiz.quiz_id, learner)}
        files = tuple(store.teaching.file(file_id) for file_id in order_of(quiz, learner))
    course = Course(quiz, learner, files, answers)
    _head(course)
    begin.told(learner)
    file = course.asked()
    if file is None:
        _end(course)
        return
    _case(course, file)


def _head(course: Course) -> None:
    quiz = course.quiz
    left_out = f" · {course.retired} retired since, left out" if course.retired else ""
    with_ai = " · AI is shown" if quiz.shows_ai else ""
    st.markdown(
        f"**{parts.plain(quiz.name)}** · {len(course.answers)} of "
        f"{len(course.files) - course.retired} answered by **{parts.plain(course.learner)}**"
        f"{with_ai}{left_out}"
    )


def _case(course: Course, file: TeachingFile) -> None:
    answer, number = course.answers.get(file.file_id), course.number(file)
    with session.open_store() as store:
        pictures = store.teaching.pictures(file.file_id)
        if answer:
            file = store.teaching.file(file.file_id, answer.version)
    seat = Seat(course.quiz, number, file, course.learner, pictures)
    image, words = st.columns([2.55, 1], gap="medium")
    with image:
        if answer:
            stage.revealed(seat, answer)
        else:
            stage.blind(seat, seat.reading())
    with words:
        if answer:
            reveal.show(file, answer)
            _onward(course, number)
        else:
            form.show(seat)


def _onward(course: Course, number: int) -> None:
    rest = course.open_files
    label = "Next case" if rest else "Finish"
    if st.button(label, key=f"next {number}", type="primary"):
        address.go(case=str(course.number(rest[0])) if rest else END)


def _end(course: Course) -> None:
    """What the quiz came to, and a way back to each reveal."""
    answers = [course.answers[f.file_id] for f in course.files if f.file_id in course.answers]
    if not answers:
        st.warning(
            "No case of this quiz is offered any more: all were retired. Ask your tutor to bring "
            "them back, or for another quiz."
        )
        return
    st.markdown(f"**All done.** As the key has it: {results.share(right(answers))}.")
    st.caption("Figures over all your quizzes are under *‹ all quizzes*, *My results*.")
    numbers = {n: f for n, f in enumerate(course.files, 1) if f.file_id in course.answers}
    chosen = st.pills(
        "Look again at a case",
        list(numbers),
        format_func=lambda n: f"{n} {'✓' if course.answers[numbers[n].file_id].is_right else '✗'}",
        key=f"look again {course.quiz.quiz_id}",
    )
    if chosen is not None:
        address.go(case=str(chosen))
