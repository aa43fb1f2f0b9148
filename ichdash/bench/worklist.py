"""How fast a page of a long worklist is: a store of made-up rows, read as the page reads it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ichdash.bench.timing import Stopwatch
from ichdash.domain import StudyAttributes
from ichdash.records import ReviewState, ScreeningState, StudyRow
from ichdash.store import Sort, Store, WorklistQuery

FLAGGED_FROM = 0.42
EVERY_NOT_SCREENED = 50  # one study of so many
PAGE_SIZE = 25


def measure(data_dir: Path, studies: int, repeat: int) -> dict[str, float]:
    """Median seconds for a page and the counts above it, by the kind of page.

    Each run opens its store anew, as each rerun of the page does.
    """
    now = datetime.now(UTC)
    with Store.open(data_dir) as store:
        store.add_rows(rows(studies, now))
    watch = Stopwatch()
    for _ in range(repeat):
        for name, query in _queries(studies).items():
            with watch.stage(name), Store.open(data_dir) as store:
                store.worklist(query)
                store.counts(now)
    return watch.medians()


def _queries(studies: int) -> dict[str, WorklistQuery]:
    return {
        "first page": WorklistQuery(page_size=PAGE_SIZE),
        "page in the middle": WorklistQuery(
            page=1 + studies // PAGE_SIZE // 2, page_size=PAGE_SIZE
        ),
        "search for a name": WorklistQuery(text="synthetic 4711", page_size=PAGE_SIZE),
        "sorted by patient": WorklistQuery(sort=Sort.PATIENT, page_size=PAGE_SIZE),
    }


def rows(studies: int, now: datetime) -> Iterator[StudyRow]:
    """Made-up studies as a department would have them, the same every time."""
    dice = random.Random(17)
    for number in range(studies):
        yield _row(number, dice, now - timedelta(minutes=5 * number))


def _row(number: int, dice: random.Random, received_at: datetime) -> StudyRow:
    is_screened = number % EVERY_NOT_SCREENED != 0
    probability = dice.betavariate(0.4, 2.0) if is_screened else None
    return StudyRow(
        study_uid=f"2.25.{10**20 + number}",
        attributes=_attributes(number, dice, received_at),
        source="bench",
        received_at=received_at,
        state=ScreeningState.SCREENED if is_screened else ScreeningState.NOT_SCREENED,
        reason="" if is_screened else "Slice spacing jumps from 5.0 to 15.0 mm. Not screened.",
        series=2,
        instances=70,
        slices=34 if is_screened else None,
        screened_at=received_at + timedelta(seconds=20),
        probability=probability,
        flagged=probability >= FLAGGED_FROM if probability is not None else None,
        model_id="bench" if is_screened else None,
        review=dice.choice((ReviewState.UNREAD, ReviewState.AGREED, ReviewState.DISAGREED)),
        reader=None,
    )


def _attributes(number: int, dice: random.Random, acquired_at: datetime) -> StudyAttributes:
    return StudyAttributes(
        patient_id=f"P{number:07d}",
        patient_name=f"SYNTHETIC, {dice.randrange(10_000):04d}",
        birth_date=f"{dice.randrange(1930, 2005)}-05-17",
        sex=dice.choice("FM"),
        accession_number=f"A{number:08d}",
        description="CT HEAD W/O CONTRAST",
        acquired_at=acquired_at.replace(tzinfo=None),
    )
