"""Where a learner is in a quiz: one case of it, under the name that the quiz was begun with."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from ichdash.lessons import Quiz, Reading, TeachingFile
from ichdash.store.teaching import Pictures
from ichdash.web import session
from ichdash.web.sessions import told


@dataclass(frozen=True, eq=False)
class Seat:
    """A learner at a case."""

    quiz: Quiz
    number: int  # of the case, from 1, in the learner's order
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
    def shows_ai(self) -> bool:
        return self.quiz.shows_ai and self.file.ai is not None

    def key(self, what: str) -> str:
        """The key of a widget that belongs to this learner at this case."""
        return f"{what} {self.name} {self.learner}"

    def reading(self) -> Reading:
        """What stands there before it is submitted; begun now where nothing does."""
        with session.open_store() as store:
            return store.quizzes.serve(*self.ids, session.now())

    def change(self, change: Callable[[Reading], Reading]) -> None:
        """Keep what the learner has said so far; called before the page is drawn."""
        with told.kept(), session.open_store() as store:
            store.quizzes.keep(*self.ids, change(store.quizzes.serve(*self.ids, session.now())))


def order_of(quiz: Quiz, learner: str) -> list[str]:
    """The cases as this learner gets them: a shuffle stays the same for the same learner."""
    ids = list(quiz.file_ids)
    if quiz.is_shuffled:
        random.Random(f"{quiz.quiz_id} {learner}").shuffle(ids)
    return ids
