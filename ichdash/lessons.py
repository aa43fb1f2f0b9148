"""What is kept for teaching: files with their key, quizzes, and what learners said.

Nothing here names a study or a patient: a teaching file is a copy that knows nothing of its source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

SUBTYPES = ("epidural", "intraparenchymal", "intraventricular", "subarachnoid", "subdural")
"""The findings that a key names and a learner chooses from; none of them: no hemorrhage."""

NO_HEMORRHAGE = "no hemorrhage"
"""What a key or an answer without a finding is called; it is chosen, not left empty."""

CONFIDENCES = {
    5: "definitely not",
    20: "probably not",
    40: "possibly not",
    60: "possibly",
    80: "probably",
    95: "definitely",
}
"""How sure a learner may be that there is a hemorrhage, in percent: an even number of steps, as in
ROC studies, so that there is no middle to rest on. Older answers may have any percentage."""

DIFFICULTIES = {1: "easy", 2: "medium", 3: "hard"}
FARTHEST = 10_000  # pixels from the slice's corner
LONGEST = {"title": 120, "explanation": 4000, "tag": 40, "name": 60}  # characters


@dataclass(frozen=True)
class Spot:
    """A place on a slice, in pixels as the viewer counts them; a mark of a reader has no radius."""

    slice_index: int
    x: float
    y: float
    radius: float = 0.0  # pixels

    def __post_init__(self) -> None:
        numbers = (self.x, self.y, self.radius)
        is_sound = all(math.isfinite(n) and abs(n) < FARTHEST for n in numbers)
        if not is_sound or self.slice_index < 0 or self.radius < 0:
            raise ValueError("a spot lies on a slice, at finite pixels, with no negative radius")


@dataclass(frozen=True)
class Lesson:
    """What the maker of a teaching file says of it: the key and the words around it."""

    title: str
    findings: tuple[str, ...] = ()  # of SUBTYPES; none: no hemorrhage
    spots: tuple[Spot, ...] = ()  # where
    tags: tuple[str, ...] = ()
    difficulty: int = 2
    explanation: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip() or len(self.title) > LONGEST["title"]:
            raise ValueError(f"a title has 1 to {LONGEST['title']} characters")
        if not set(self.findings) <= set(SUBTYPES):
            raise ValueError(f"the findings of a key are of {', '.join(SUBTYPES)}")
        if self.difficulty not in DIFFICULTIES:
            raise ValueError("difficulty is 1, 2 or 3")
        if len(self.explanation) > LONGEST["explanation"]:
            raise ValueError(f"an explanation has at most {LONGEST['explanation']} characters")
        if any(len(tag) > LONGEST["tag"] for tag in self.tags):
            raise ValueError(f"a tag has at most {LONGEST['tag']} characters")

    @property
    def has_hemorrhage(self) -> bool:
        return bool(self.findings)


@dataclass(frozen=True)
class AiResult:
    """What a model said of the volume of a teaching file."""

    probability: float
    threshold: float
    findings: dict[str, float]
    slice_scores: tuple[float, ...]
    model_id: str
    restriction: str = ""

    @property
    def flagged(self) -> bool:
        return self.probability >= self.threshold


@dataclass(frozen=True)
class TeachingFile:
    """A teaching file in its newest version."""

    file_id: str  # random
    version: int
    lesson: Lesson
    is_synthetic: bool
    ai: AiResult | None  # None: no model was there
    author: str  # of this version
    made_at: datetime
    retired_at: datetime | None = None


@dataclass(frozen=True)
class Quiz:
    """Teaching files to be read blind, in an order."""

    quiz_id: str  # random
    name: str
    file_ids: tuple[str, ...]
    is_shuffled: bool
    shows_ai: bool
    tutor: str
    made_at: datetime


@dataclass(frozen=True)
class Reading:
    """A learner at a case: what stands there before it is submitted."""

    served_at: datetime
    shown_at: datetime | None = None  # when the image was drawn in the browser
    findings: tuple[str, ...] = ()
    confidence: int | None = None  # None: not given yet
    spot: Spot | None = None
    is_nothing: bool = False  # a hemorrhage that the learner cannot place
    is_none: bool = False  # "no hemorrhage"

    def seconds(self, now: datetime) -> float:
        """How long the image has been there."""
        return max(0.0, (now - (self.shown_at or self.served_at)).total_seconds())


@dataclass(frozen=True)
class Answer:
    """What a learner said of a case, with the key of that moment; it never changes."""

    quiz_id: str
    file_id: str
    learner: str
    version: int  # of the teaching file
    findings: tuple[str, ...]
    confidence: int  # that there is a hemorrhage, 0 to 100
    spot: Spot | None  # None: no hemorrhage, or not placed
    truth: tuple[str, ...]  # the findings of the key
    is_placed: bool  # whether the key says where
    distance_mm: float | None  # from the mark to the nearest place of the key
    with_ai: bool
    seconds: float
    answered_at: datetime

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 100:
            raise ValueError("confidence is 0 to 100")

    @property
    def is_right(self) -> bool:
        """Whether hemorrhage or none was called as the key has it."""
        return bool(self.findings) == bool(self.truth)
