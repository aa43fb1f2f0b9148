"""The report of a case as PDF: what stands on its page, and what does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from pypdf import PdfReader

from ichdash.imaging import display
from ichdash.records import MeasureKind, Measurement, ReviewState
from ichdash.store import Store, WorklistQuery
from ichdash.web.case import printed, report, slice_pictures, subject
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


def made(case: Case, is_hidden: bool = False) -> bytes:
    assert case.shown is not None
    return report.made(case, case.shown, is_hidden, UTC)


def read(content: bytes) -> tuple[str, list[bytes]]:
    """The text of the only page and the pictures on it."""
    (page,) = PdfReader(BytesIO(content)).pages
    return " ".join(page.extract_text().split()), [each.data for each in page.images]


def test_one_page_tells_result_patient_reviews_and_what_it_is_not_for(case: Case) -> None:
    text, _ = read(made(case))
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
    text, _ = read(made(case, is_hidden=True))
    assert "identity hidden" in text
    for name in ("Doe", "Jane", "00231", "A10231", "CT HEAD", "HEAD 5.0", case.study.study_uid):
        assert name not in text


def test_where_identity_is_hidden_what_it_rests_on_quotes_no_text_of_the_sender(
    case: Case,
) -> None:
    assert case.shown is not None
    warned = replace(case.shown, warnings=('The protocol "DOE JANE" speaks of contrast.',))
    case = replace(case, screenings=(warned,))
    assert "DOE JANE" in read(made(case))[0]
    hidden, _ = read(made(case, is_hidden=True))
    assert "The protocol speaks of contrast." in hidden and "DOE" not in hidden


def test_slices_stand_plain_and_with_the_heatmap(case: Case) -> None:
    volume = seeding.head_volume(STUDY)
    hu = volume.hu + np.arange(seeding.SLICES, dtype=np.int16)[:, None, None]  # none like another
    assert case.images is not None
    images = replace(case.images, display=display.encode(replace(volume, hu=hu)))
    _, pictures = read(made(replace(case, images=images)))
    assert len(pictures) == 6


def test_a_heatmap_colours_where_it_is_and_nothing_else() -> None:
    gray = np.full((40, 40), 0.5, np.float32)
    heat = np.zeros((4, 4), np.float32)
    heat[:, 3] = 1.0
    mixed = np.asarray(slice_pictures.heated(gray, heat), np.int16)
    assert np.ptp(mixed[:, :15], axis=2).max() == 0
    assert np.ptp(mixed[:, -2:], axis=2).min() > 30


def heights(content: bytes) -> list[tuple[float, str]]:
    """How far from the page's top in mm each piece of text stands."""
    (page,) = PdfReader(BytesIO(content)).pages
    found: list[tuple[float, str]] = []

    def note(text: str, matrix: list[float], at: list[float], *_: object) -> None:
        if text.strip():
            found.append((297 - (at[5] or matrix[5]) * 25.4 / 72, text))

    page.extract_text(visitor_text=note)
    return found


def test_long_lists_end_above_the_foot_and_say_what_is_left_out(case: Case) -> None:
    assert case.shown is not None
    findings = {f"a finding with a long name {n}": 0.5 for n in range(9)}
    warnings = tuple(f"{'word ' * 80}{n}" for n in range(9))
    shown = replace(case.shown, warnings=warnings, findings=findings)
    with Store.open(Path(os.environ["ICHDASH_DATA"])) as store:
        for _ in range(9):
            store.add_review(
                STUDY, "reader", ReviewState.AGREED, "long " * 60, seeding.NOW, screening_id=1
            )
    content = made(replace(case, screenings=(shown,)))
    text, _ = read(content)
    assert text.count("more on the case page.") == 2
    assert "Not a medical device" in text
    foot = [height for height, said in heights(content) if "screened 23 Nov" in said]
    above = [height for height, said in heights(content) if "more on the case" in said]
    assert foot
    assert max(above) < min(foot) - 3


def measure(reader: str, count: int = 1, kind: MeasureKind = MeasureKind.DISTANCE) -> None:
    """Keep lines of 20 mm, or ellipses with that diameter within the bleed."""
    x, y = 61.0, 43.0
    points = (x, y, seeding.BLEED_SLICE), (x + 10, y + 10 * (kind is MeasureKind.REGION), 13)
    added = [
        Measurement(f"{reader} {kind} {n}", kind, points, reader, seeding.NOW) for n in range(count)
    ]
    with Store.open(Path(os.environ["ICHDASH_DATA"])) as store:
        store.measurements.add(STUDY, f"{STUDY}.1", seeding.SLICES, added)


def test_what_was_measured_stands_with_its_value_slice_and_reader(case: Case) -> None:
    measure("Ada")
    measure("Bo", kind=MeasureKind.REGION)
    text, _ = read(made(case, is_hidden=True))
    assert "Measurements region 70.0 ± 0.0 HU (70 to 70), 3.14 cm² · on slice 14 · Bo" in text
    assert "distance 20.0 mm · on slice 14 · Ada" in text


def test_a_hematomas_volume_stands_before_what_was_measured_earlier(case: Case) -> None:
    measure("Ada", count=12)
    on = seeding.BLEED_SLICE
    ends = ((55.0, 43.0), (67.0, 43.0), (61.0, 38.0), (61.0, 48.0), (61.0, 43.0), (61.0, 43.0))
    points = tuple((x, y, on) for x, y in ends)
    volume = Measurement("Bo volume", MeasureKind.VOLUME, points, "Bo", seeding.NOW)
    with Store.open(Path(os.environ["ICHDASH_DATA"])) as store:
        store.measurements.add(STUDY, f"{STUDY}.1", seeding.SLICES, [volume])
    text, _ = read(made(case))
    assert "Measurements volume" in text


def test_without_measurements_no_title_stands_over_nothing(case: Case) -> None:
    assert "Measurements" not in read(made(case))[0]


def test_measurements_that_do_not_fit_are_counted_and_leave_room_for_the_reviews(
    case: Case,
) -> None:
    measure("Ada", count=12)
    text, _ = read(made(case))
    shown = text.count("distance 20.0 mm")
    assert shown >= 2
    assert f"{12 - shown} more on the case page." in text
    assert "agreed · reader 2" in text


def test_a_blind_second_readers_report_holds_nothing_that_the_first_one_measured(
    case: Case,
) -> None:
    measure("reader 2")
    with Store.open(Path(os.environ["ICHDASH_DATA"])) as store:
        store.second_reads.ask(STUDY, 1, "reader 2", seeding.NOW)
    assert case.shown is not None
    of_first, of_second = (
        read(report.made(case, case.shown, False, UTC, reader))[0] for reader in ("reader 2", "Bo")
    )
    assert "distance 20.0 mm" in of_first
    assert "Measurements" not in of_second
    assert "20.0 mm" not in of_second


@pytest.mark.parametrize("name", ["山田, 太郎", "محمد, علي", "כהן, דוד"])
def test_a_name_in_letters_that_cannot_be_printed_says_where_it_is_shown(
    case: Case, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    named = replace(case.study, attributes=replace(case.study.attributes, patient_name=name))
    text, _ = read(made(replace(case, study=named)))
    assert text.count("(other letters: see ichdash)") == 1 and "�" not in text
    assert "ID 00231" in text
    assert caplog.text == ""


def test_a_comment_in_other_letters_keeps_what_can_be_printed_of_it(case: Case) -> None:
    with Store.open(Path(os.environ["ICHDASH_DATA"])) as store:
        comment = "thin, 左側 18 mm"
        store.add_review(STUDY, "Ελένη", ReviewState.AGREED, comment, seeding.NOW, screening_id=1)
    text, _ = read(made(case))
    assert "Ελένη" in text and "thin, (other letters: see ichdash) 18 mm" in text.replace("\n", " ")


def test_slices_keep_the_patients_proportions() -> None:
    assert printed._size(100.0, 50.0) == pytest.approx((29.0, 58.0))
    assert printed._size(100.0, 200.0) == pytest.approx((58.0, 29.0))


def test_without_images_the_result_is_printed_all_the_same(case: Case) -> None:
    text, pictures = read(made(replace(case, images=None)))
    assert "flagged" in text
    assert pictures == []


def test_a_review_of_an_earlier_result_is_not_of_this_one(case: Case) -> None:
    assert case.shown is not None
    again = replace(case.shown, screening_id=99)
    text, _ = read(made(replace(case, screenings=(again,))))
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
