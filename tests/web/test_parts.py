"""Names, times and texts as the pages write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from ichdash.domain import StudyAttributes
from ichdash.web import parts

JANE = StudyAttributes(
    "00231", "Doe, Jane A", "1955-11-24", "F", "A10231", "CT HEAD", datetime(2026, 11, 23, 9, 41)
)


def test_age_is_in_full_years_at_acquisition() -> None:
    assert parts.identity(JANE, is_hidden=False).person == "70 F"
    assert parts.identity(replace(JANE, birth_date="1955-11-23"), False).person == "71 F"


def test_an_unreadable_birth_date_leaves_the_age_out() -> None:
    assert parts.identity(replace(JANE, birth_date="1955"), False).person == "F"


def test_a_study_without_a_name_is_shown_by_its_patient_id() -> None:
    assert parts.identity(replace(JANE, patient_name=""), False).name == "00231"


def test_a_hidden_identity_keeps_age_and_sex_only() -> None:
    assert parts.identity(JANE, is_hidden=True) == parts.Identity(
        "hidden", "hidden", "70 F", "hidden", ""
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4, "4 s"), (59, "59 s"), (60, "1 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 d")],
)
def test_a_time_span_is_in_its_largest_unit(seconds: float, text: str) -> None:
    assert parts.span(seconds) == text


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "<0.01"), (0.01, "0.01"), (0.914, "0.91"), (0.99, "0.99"), (0.998, ">0.99")],
)
def test_a_probability_is_never_rounded_to_certainty(probability: float, text: str) -> None:
    assert parts.probability_text(probability) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (21, "21st")],
)
def test_places_in_the_queue_are_ordinals(number: int, text: str) -> None:
    assert parts.ordinal(number) == text


def test_a_name_can_hold_no_image_and_no_link() -> None:
    shown = parts.plain("![x](http://evil.example/a.png) <script> :red[y]\n# z")
    assert shown == (r"\!\[x\]\(http\://evil\.example/a\.png\) \<script\> \:red\[y\] \# z")
