"""What readers measured: kept once, shown to all, removed without being lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ichdash.domain import StudyAttributes
from ichdash.errors import NotFoundError
from ichdash.records import MeasureKind, Measurement
from ichdash.store import Store
from ichdash.store.store import DATABASE

NOW = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
STUDY, SERIES, SLICES = "1.2", "1.2.1", 30
LINE = Measurement(
    "a" * 32, MeasureKind.DISTANCE, ((10.5, 20.0, 4), (30.25, 20.0, 4)), "reader 1", NOW
)


@pytest.fixture
def kept(store: Store) -> Store:
    store.receive(STUDY, StudyAttributes(), "upload", NOW)
    store.measurements.add(STUDY, SERIES, SLICES, [LINE])
    return store


def test_a_measurement_reads_back_as_it_was(kept: Store) -> None:
    assert kept.measurements.of(STUDY, SERIES, SLICES) == (LINE,)


def test_told_twice_it_is_kept_once_and_as_it_was_first(kept: Store) -> None:
    later = Measurement(LINE.measure_id, LINE.kind, LINE.points, "reader 2", NOW)
    kept.measurements.add(STUDY, SERIES, SLICES, [later])
    assert kept.measurements.of(STUDY, SERIES, SLICES) == (LINE,)


@pytest.mark.parametrize("place", [("1.3", SERIES, 30), (STUDY, "1.2.2", 30), (STUDY, SERIES, 31)])
def test_it_belongs_to_its_series_of_so_many_slices(
    kept: Store, place: tuple[str, str, int]
) -> None:
    assert kept.measurements.of(*place) == ()


def test_one_that_is_removed_is_shown_no_longer_and_stays_in_the_database(
    kept: Store, tmp_path: Path
) -> None:
    kept.measurements.remove(STUDY, LINE.measure_id, "reader 2", NOW + timedelta(minutes=1))
    kept.measurements.add(STUDY, SERIES, SLICES, [LINE])  # told again by a page left open
    assert kept.measurements.of(STUDY, SERIES, SLICES) == ()
    with Store.open(tmp_path / "data") as again:
        (row,) = again._connection.rows("SELECT * FROM measurements")
    assert (row["reader"], row["remover"]) == ("reader 1", "reader 2")
    assert (tmp_path / "data" / DATABASE).exists()


def test_a_measurement_of_another_study_is_not_removed(kept: Store) -> None:
    kept.measurements.remove("1.3", LINE.measure_id, "reader 2", NOW)
    assert kept.measurements.of(STUDY, SERIES, SLICES) == (LINE,)


def test_an_unknown_study_has_none(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.measurements.add("9.9", SERIES, SLICES, [LINE])


def test_what_was_measured_in_a_sessions_room_is_the_studys_and_can_be_told_apart(
    kept: Store,
) -> None:
    held = kept.sessions.create("Tuesday", "chair", "chair", NOW)
    kept.session_cases.add(held.session_id, (STUDY,), "chair", NOW)
    (case,) = kept.session_cases.of(held.session_id)
    in_room = Measurement("0b8e6f3c", LINE.kind, LINE.points, "reader 2", NOW)
    kept.measurements.add(STUDY, SERIES, SLICES, [in_room], case.case_id)
    assert kept.measurements.of(STUDY, SERIES, SLICES) == (LINE, in_room)
    assert kept.measurements.of(STUDY, SERIES, SLICES, case.case_id) == (in_room,)
    assert kept.measurements.ids(STUDY) == {LINE.measure_id, in_room.measure_id}
