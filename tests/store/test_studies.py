"""On the way in: one study however often it is sent, and never screened before it is whole."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ichdash.domain import Refusal, StudyAttributes
from ichdash.errors import NotFoundError
from ichdash.records import ReviewState, ScreeningState
from ichdash.store import Store, WorklistQuery
from tests.samples import JANE, NOW, claimed, queued, screened, settled, stored


def test_received_study_waits_until_it_is_queued(store: Store) -> None:
    store.receive("1.2", JANE, "upload", NOW)
    assert store.study("1.2").state is ScreeningState.RECEIVED
    assert store.claim("worker", NOW) is None
    store.queue("1.2", NOW)
    assert store.study("1.2").state is ScreeningState.QUEUED


def test_study_comes_back_with_all_that_was_told_of_it(store: Store) -> None:
    queued(store, "1.2", is_stat=True)
    row = store.study("1.2")
    assert (row.attributes, row.source, row.received_at) == (JANE, "upload", NOW)
    assert (row.series, row.instances, row.is_stat) == (1, 1, True)
    assert row.review is ReviewState.UNREAD


def test_times_without_a_zone_are_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="must carry its time zone"):
        store.receive("1.2", JANE, "upload", NOW.replace(tzinfo=None))


def test_same_study_twice_is_one_study_and_keeps_its_outcome(store: Store) -> None:
    settled(store, "1.2", 0.9)
    queued(store, "1.2", NOW + timedelta(hours=1))
    row = store.study("1.2")
    assert (row.state, row.instances, row.received_at) == (ScreeningState.SCREENED, 1, NOW)
    assert store.worklist(WorklistQuery()).total == 1


def test_second_sending_fills_in_what_the_first_left_empty(store: Store) -> None:
    store.receive("1.2", StudyAttributes(patient_id="00231"), "upload", NOW)
    store.receive("1.2", JANE, "folder", NOW)
    assert store.study("1.2").attributes == JANE
    assert store.worklist(WorklistQuery(text="jane")).total == 1


def test_new_instances_queue_a_screened_study_again_and_make_it_unread(store: Store) -> None:
    settled(store, "1.2", 0.9)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=1)
    assert store.add_instances("1.2", [stored("1.2.1.0"), stored("1.2.1.1")], NOW) == 1
    assert store.study("1.2").state is ScreeningState.RECEIVED
    store.queue("1.2", NOW)
    row = store.study("1.2")
    assert (row.state, row.review, row.instances) == (
        ScreeningState.QUEUED,
        ReviewState.UNREAD,
        2,
    )
    assert len(store.screenings("1.2")) == len(store.reviews("1.2")) == 1


def test_instance_with_another_content_is_the_same_instance_and_queues_its_study_again(
    store: Store,
) -> None:
    settled(store, "1.2", 0.9)
    store.add_review("1.2", "reader", ReviewState.AGREED, "", NOW, screening_id=1)
    mended = replace(stored("1.2.1.0", "1.2.1"), size=200, sha256="1" * 64)
    assert store.add_instances("1.2", [mended], NOW) == 1
    assert store.add_instances("1.2", [mended], NOW) == 0
    row = store.study("1.2")
    assert (row.state, row.review, row.instances) == (
        ScreeningState.RECEIVED,
        ReviewState.UNREAD,
        1,
    )
    assert len(store.screenings("1.2")) == len(store.reviews("1.2")) == 1


@pytest.mark.parametrize(
    ("is_whole", "state"), [(True, ScreeningState.QUEUED), (False, ScreeningState.RECEIVED)]
)
def test_instances_that_come_while_screening_have_it_screened_again(
    store: Store, is_whole: bool, state: ScreeningState
) -> None:
    queued(store, "1.2")
    claim = claimed(store)
    store.add_instances("1.2", [stored("1.2.1.9")], NOW)
    if is_whole:
        store.queue("1.2", NOW)
    assert store.study("1.2").state is ScreeningState.SCREENING
    store.record(screened("1.2", 0.9), claim, NOW)
    assert store.study("1.2").state is state
    assert store.study("1.2").probability == 0.9


def test_study_whose_sender_went_silent_is_queued_after_a_minute(store: Store) -> None:
    store.receive("1.2", JANE, "upload", NOW)
    assert store.queue_quiet(NOW + timedelta(seconds=59)) == 0
    assert store.queue_quiet(NOW + timedelta(seconds=60)) == 1
    assert store.study("1.2").state is ScreeningState.QUEUED


def test_study_can_be_screened_again_and_shows_the_old_outcome_meanwhile(store: Store) -> None:
    settled(store, "1.2", 0.9)
    assert store.screen_again("1.2", NOW) is True
    assert store.screen_again("1.2", NOW) is False
    row = store.study("1.2")
    assert (row.state, row.probability, row.flagged) == (ScreeningState.QUEUED, 0.9, True)


def test_studies_are_found_by_the_model_that_made_their_result(store: Store) -> None:
    settled(store, "1.3", 0.9, NOW)
    settled(store, "1.2", 0.1, NOW + timedelta(seconds=1))
    settled(store, "1.4", None)
    assert store.screened_by("constant") == ("1.3", "1.2")
    assert store.screened_by("other") == ()
    assert store.models() == ("constant",)


def test_position_in_the_queue_is_that_of_the_claims_to_come(store: Store) -> None:
    queued(store, "1.1", NOW)
    queued(store, "1.2", NOW + timedelta(seconds=1))
    queued(store, "1.3", NOW + timedelta(seconds=2), is_stat=True)
    assert [store.queue_position(uid) for uid in ("1.3", "1.1", "1.2")] == [1, 2, 3]
    assert claimed(store).study_uid == "1.3"
    assert store.queue_position("1.3") is None


def test_unknown_study_is_told_by_its_uid(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r"There is no study 1\.9 here"):
        store.study("1.9")
    with pytest.raises(NotFoundError, match=r"no study 1\.9"):
        store.add_instances("1.9", [stored("1.9.1")], NOW)


def test_intakes_are_listed_newest_first_with_what_they_refused(store: Store) -> None:
    queued(store, "1.2")
    from_clutter = [("report.pdf", "report.pdf is not a DICOM file."), ("a", "empty")]
    refusals = [Refusal(name, reason) for name, reason in from_clutter]
    store.intakes.note("upload", ["1.2"], refusals, NOW)
    store.intakes.note("folder", [], [], NOW)
    newest, oldest = store.intakes.latest()
    assert (newest.source, newest.studies, newest.refused) == ("folder", (), ())
    assert (oldest.studies, list(oldest.refused), oldest.taken_at) == (("1.2",), refusals, NOW)
