"""One study, one worker: claims are exclusive, end with their worker, and give up on poison."""

import subprocess
import sys
from datetime import timedelta

import pytest

from ichdash.errors import ClaimLostError
from ichdash.records import ScreeningState
from ichdash.store import Store
from tests.samples import NOW, claimed, not_screened, queued, screened, settled, stored

LONG = timedelta(seconds=121)


def dead_process() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_claim_goes_to_stat_first_and_then_to_the_longest_waiting(store: Store) -> None:
    queued(store, "1.1", NOW)
    queued(store, "1.2", NOW - timedelta(minutes=5))
    queued(store, "1.3", NOW, is_stat=True)
    assert [claimed(store, owner).study_uid for owner in "abc"] == ["1.3", "1.2", "1.1"]


def test_study_without_an_answer_comes_before_all_that_are_merely_screened_again(
    store: Store,
) -> None:
    settled(store, "1.1", 0.9)
    queued(store, "1.2", is_stat=True)
    store.record(screened("1.2", 0.1), claimed(store), NOW)
    settled(store, "1.3", None)
    for minutes, uid in enumerate(("1.1", "1.2", "1.3")):
        store.screen_again(uid, NOW + timedelta(minutes=minutes))
    queued(store, "1.4", NOW + timedelta(hours=1))
    queued(store, "1.5", NOW + timedelta(hours=2), is_stat=True)
    order = ["1.5", "1.3", "1.4", "1.2", "1.1"]  # 1.3 could not be screened: it has no answer
    assert [store.queue_position(uid) for uid in order] == [1, 2, 3, 4, 5]
    assert [claimed(store, owner).study_uid for owner in "abcde"] == order


def test_study_that_could_not_be_screened_again_still_has_its_answer(store: Store) -> None:
    settled(store, "1.1", 0.9)
    store.screen_again("1.1", NOW)
    store.record(not_screened("1.1"), claimed(store), NOW)
    store.screen_again("1.1", NOW)
    queued(store, "1.2", NOW + timedelta(hours=1))
    assert claimed(store).study_uid == "1.2"


@pytest.mark.parametrize("is_screening", [False, True])
def test_study_that_grew_has_no_answer_for_what_it_holds(store: Store, is_screening: bool) -> None:
    settled(store, "1.1", 0.9)
    settled(store, "1.2", 0.9)
    store.screen_again("1.2", NOW)
    claim = claimed(store) if is_screening else None
    store.screen_again("1.1", NOW)
    store.add_instances("1.2", [stored("1.2.1.9")], NOW)
    store.queue("1.2", NOW + timedelta(hours=1))
    if claim:
        store.record(screened("1.2", 0.9), claim, NOW)
    assert claimed(store).study_uid == "1.2"


def test_study_that_is_screened_again_keeps_its_place_when_its_worker_dies(store: Store) -> None:
    settled(store, "1.1", 0.9)
    store.screen_again("1.1", NOW)
    store.beat("dead", NOW, pid=dead_process())
    assert store.claim("dead", NOW) is not None
    queued(store, "1.2", NOW + timedelta(hours=1))
    assert [claimed(store, owner).study_uid for owner in "ab"] == ["1.2", "1.1"]


def test_claimed_study_is_screening_and_nobody_else_gets_it(store: Store) -> None:
    queued(store, "1.2")
    claimed(store, "a")
    assert store.study("1.2").state is ScreeningState.SCREENING
    store.beat("b", NOW)
    assert store.claim("b", NOW) is None


def test_claim_of_a_killed_process_is_taken_again_at_once(store: Store) -> None:
    queued(store, "1.2")
    store.beat("dead", NOW, pid=dead_process())
    lost = store.claim("dead", NOW)
    again = claimed(store, "b")
    assert lost is not None
    assert (again.study_uid, again.screening_id > lost.screening_id) == ("1.2", True)


def test_claim_of_a_silent_worker_is_taken_again_in_the_end(store: Store) -> None:
    queued(store, "1.2")
    claimed(store, "a", NOW)
    store.beat("b", NOW + LONG)
    assert store.claim("b", NOW + timedelta(seconds=60)) is None  # busy, but its process lives
    assert store.claim("b", NOW + LONG) is not None


def test_what_a_worker_finds_after_it_lost_its_claim_is_dropped(store: Store) -> None:
    queued(store, "1.2")
    lost = claimed(store, "a", NOW)
    second = claimed(store, "b", NOW + LONG)
    with pytest.raises(ClaimLostError, match=r"Study 1\.2: screening 1 was taken over"):
        store.record(screened("1.2", 0.1), lost, NOW)
    store.record(screened("1.2", 0.9), second, NOW)
    assert [screening.probability for screening in store.screenings("1.2")] == [0.9]


def test_outcome_is_recorded_only_once(store: Store) -> None:
    queued(store, "1.2")
    claim = claimed(store)
    store.record(screened("1.2", 0.9), claim, NOW)
    with pytest.raises(ClaimLostError):
        store.record(screened("1.2", 0.9), claim, NOW)
    assert len(store.screenings("1.2")) == 1


def test_study_that_kills_three_workers_is_not_screened_with_the_reason(store: Store) -> None:
    queued(store, "1.2")
    for worker in ("a", "b", "c"):
        store.beat(worker, NOW, pid=dead_process())
        assert store.claim(worker, NOW) is not None
    store.beat("d", NOW)
    assert store.claim("d", NOW) is None
    row = store.study("1.2")
    assert row.state is ScreeningState.NOT_SCREENED
    assert row.reason.startswith("Screening ended without an answer 3 times")
    assert [screening.reason for screening in store.screenings("1.2")] == [row.reason]


def test_given_up_study_is_tried_again_when_someone_asks(store: Store) -> None:
    queued(store, "1.2")
    for worker in ("a", "b", "c"):
        store.beat(worker, NOW, pid=dead_process())
        store.claim(worker, NOW)
    claims = (store.claim("d", NOW), store.screen_again("1.2", NOW), store.claim("d", NOW))
    assert (claims[0], claims[2] is not None) == (None, True)


def test_released_study_waits_again_and_counts_no_death(store: Store) -> None:
    queued(store, "1.2")
    for _ in range(4):
        store.release(claimed(store))
    assert store.study("1.2").state is ScreeningState.QUEUED


def test_claim_that_could_not_be_released_does_not_outlive_the_next_one(store: Store) -> None:
    queued(store, "1.2")
    first = claimed(store, "a")
    assert claimed(store, "a").screening_id > first.screening_id


def test_files_of_a_screening_that_was_never_recorded_are_removed(store: Store) -> None:
    queued(store, "1.2")
    store.beat("dead", NOW, pid=dead_process())
    lost = store.claim("dead", NOW)
    assert lost is not None
    folder = store.files.data_dir / "results" / "1.2" / str(lost.screening_id)
    folder.mkdir(parents=True)
    claimed(store, "b")
    assert not folder.exists()


def test_workers_tell_what_they_do_and_why_they_do_nothing(store: Store) -> None:
    store.beat("a", NOW, study_uid="1.2")
    store.beat("b", NOW + timedelta(seconds=1), problem="The model is missing.")
    idle, busy = store.workers(NOW)
    assert (busy.study_uid, busy.is_alive) == ("1.2", True)
    assert (idle.problem, idle.study_uid) == ("The model is missing.", None)


def test_worker_that_ended_is_not_alive(store: Store) -> None:
    store.beat("dead", NOW, pid=dead_process())
    store.beat("silent", NOW - timedelta(minutes=3))
    assert [worker.is_alive for worker in store.workers(NOW)] == [False, False]


def test_worker_that_signed_off_is_not_listed(store: Store) -> None:
    store.beat("a", NOW)
    store.sign_off("a")
    assert store.workers(NOW) == ()
