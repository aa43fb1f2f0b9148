"""The report of a case as PDF: what stands on its page, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from ichdash.domain import ReviewState
from ichdash.imaging import display
from ichdash.store import Store, WorklistQuery
from ichdash.web.case import printed, report, subject
from ichdash.web.case.subject import Case
from tests.web import seeding
from tests.web.cards import CARD

STUDY = "1.2.840.1"


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    """A flagged study that one reader agreed to."""
    monkeypatch.setenv("ICHDASH_DATA", str(tmp_path))
    with Store.open(tmp_path) as store:
        seeding.screened(store, STUDY, 0.93)
        screening = store.screenings(STUDY)[0].screening_id
        store.add_review(
            STUDY,
            "reader 2",
            ReviewState.AGREED,
            "Thin, left.",
            seeding.NOW,
            screening_id=screening,
        )
        yield subject.read(store, STUDY, WorklistQuery(), seeding.NOW, CARD)


def read(content: bytes) -> tuple[str, list[bytes]]:
    """The text of the only page and the pictures on it."""
    (page,) = PdfReader(BytesIO(content)).pages
    return " ".join(page.extract_text().split()), [each.data for each in page.images]


def test_one_page_tells_result_patient_reviews_and_what_it_is_not_for(case: Case) -> None:
    text, _ = read(report.made(case, False, UTC))
    for told in (
        "Not for diagnostic use",
        "Doe, Jane",
        "ID 00231",
        "accession A10231",
        "◆ flagged",
        "operating point 0.42: sensitivity 0.93, specificity 0.88 in validation",
        "subdural",
        "agreed · reader 2",
        "Thin, left.",
        f"slice {seeding.BLEED_SLICE + 1} of {seeding.SLICES}",
        "ich-test",
        "Not a medical device",
    ):
        assert told in text


def test_where_identity_is_hidden_nothing_names_the_patient(case: Case) -> None:
    text, _ = read(report.made(case, True, UTC))
    assert "identity hidden" in text
    for name in ("Doe", "Jane", "00231", "A10231", "CT HEAD", "HEAD 5.0"):
        assert name not in text


def test_slices_stand_plain_and_with_the_heatmap(case: Case) -> None:
    volume = seeding.head_volume(STUDY)
    hu = volume.hu + np.arange(seeding.SLICES, dtype=np.int16)[:, None, None]  # none like another
    assert case.images is not None
    images = replace(case.images, display=display.encode(replace(volume, hu=hu)))
    _, pictures = read(report.made(replace(case, images=images), False, UTC))
    assert len(pictures) == 6


def test_a_heatmap_colours_where_it_is_and_nothing_else() -> None:
    gray = np.full((40, 40), 0.5, np.float32)
    heat = np.zeros((4, 4), np.float32)
    heat[:, 3] = 1.0
    mixed = np.asarray(printed._heated(gray, heat), np.int16)
    assert np.ptp(mixed[:, :15], axis=2).max() == 0
    assert np.ptp(mixed[:, -2:], axis=2).min() > 30


def test_long_lists_stay_on_one_page_and_say_what_is_left_out(case: Case) -> None:
    assert case.shown is not None
    shown = replace(case.shown, warnings=tuple(f"{'word ' * 80}{n}" for n in range(9)))
    text, _ = read(report.made(replace(case, screenings=(shown,)), False, UTC))
    assert "7 more on the case page." in text
    assert "word 8" not in text
    assert "Not a medical device" in text


def test_without_images_the_result_is_printed_all_the_same(case: Case) -> None:
    text, pictures = read(report.made(replace(case, images=None), False, UTC))
    assert "flagged" in text
    assert pictures == []


def test_a_review_of_an_earlier_result_is_not_of_this_one(case: Case) -> None:
    assert case.shown is not None
    again = replace(case.shown, screening_id=99)
    text, _ = read(report.made(replace(case, screenings=(again,)), False, UTC))
    assert "Nobody has reviewed this result yet." in text


def test_times_are_those_of_the_readers_zone(case: Case) -> None:
    made = printed.Report(
        study=case.study,
        screening=case.screenings[0],
        images=None,
        scored_alike=None,
        reviews=(),
        is_hidden=True,
        zone=UTC,
        printed_at=datetime(2026, 11, 24, 8, 5, tzinfo=UTC) + timedelta(minutes=2),
    )
    text, _ = read(printed.page(made))
    assert "printed 24 Nov 2026 08:07" in text
