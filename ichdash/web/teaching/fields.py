"""The fields of a teaching file, where one is made of a case and where one is changed."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ichdash.errors import InputError
from ichdash.lessons import DIFFICULTIES, LONGEST, NO_HEMORRHAGE, SUBTYPES, Lesson, Spot

MOST_TAGS = 12
NEW = Lesson("untitled")


@dataclass(frozen=True)
class Given:
    """What the fields hold, as it was typed."""

    title: str
    key: tuple[str, ...]  # findings, or that there is none
    difficulty: int
    tags: str
    explanation: str

    def lesson(self, spots: tuple[Spot, ...]) -> Lesson:
        """What it says, with its places; raises InputError where it cannot be kept."""
        title, tags = " ".join(self.title.split()), tags_of(self.tags)
        if not title:
            raise InputError("The teaching file has no title. It was not kept. Type one.")
        if not self.key or (NO_HEMORRHAGE in self.key and len(self.key) > 1):
            raise InputError(
                f"The key of the teaching file is {' and '.join(self.key) or 'empty'}. It was not "
                f"kept. Choose what the case shows, or “{NO_HEMORRHAGE}” alone."
            )
        _refuse_long("The title", title, "title")
        _refuse_long("The explanation", self.explanation, "explanation")
        for tag in tags:
            _refuse_long(f"The tag {tag[:20]!r}", tag, "tag")
        if len(tags) > MOST_TAGS:
            raise InputError(
                f"The teaching file has {len(tags)} tags; at most {MOST_TAGS} are kept. It was "
                "not kept. Take some out."
            )
        findings = tuple(each for each in self.key if each != NO_HEMORRHAGE)
        places = spots if findings else ()
        explanation = self.explanation.strip()
        return Lesson(title, findings, places, tags, self.difficulty, explanation)


def tags_of(text: str) -> tuple[str, ...]:
    """What stands between the commas, each once."""
    return tuple(dict.fromkeys(filter(None, (" ".join(tag.split()) for tag in text.split(",")))))


def _refuse_long(what: str, text: str, kind: str) -> None:
    if len(text) > LONGEST[kind]:
        raise InputError(
            f"{what} has {len(text):,} characters; at most {LONGEST[kind]:,} are kept. The "
            "teaching file was not kept. Shorten it."
        )


def title_key(key: str) -> str:
    """Of the first field; it is in the session as long as the fields are on the page."""
    return f"{key} title"


def ask(key: str, begun: Lesson | None = None, *, is_drawn: bool = False) -> Given:
    """The fields, beginning with `begun`; the key of a case that was drawn is what was drawn."""
    lesson = begun or NEW
    title = st.text_input(
        "Title, without what names the patient",
        begun.title if begun else "",
        key=title_key(key),
        max_chars=LONGEST["title"],
    )
    findings = st.multiselect(
        "Key",
        (NO_HEMORRHAGE, *SUBTYPES),
        (lesson.findings or (NO_HEMORRHAGE,)) if begun else (),
        key=f"{key} key",
        disabled=is_drawn,
        placeholder="what the case shows",
        help="The key of a synthetic case is what was drawn." if is_drawn else None,
    )
    levels = list(DIFFICULTIES)
    difficulty = st.select_slider(
        "Difficulty", levels, lesson.difficulty, DIFFICULTIES.__getitem__, key=f"{key} hard"
    )
    tags = st.text_input("Tags, with commas", ", ".join(lesson.tags), key=f"{key} tags")
    explanation = st.text_area(
        "Explanation", lesson.explanation, key=f"{key} why", max_chars=LONGEST["explanation"]
    )
    return Given(title, tuple(findings), difficulty, tags, explanation)
