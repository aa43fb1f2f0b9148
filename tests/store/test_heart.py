"""The heartbeat: there before the first claim, quick to tell, gone with its worker."""

import time
from datetime import datetime

from ichdash.store import Heart, Store
from tests.samples import NOW


def clock() -> datetime:
    return NOW


def test_worker_is_known_from_entering_to_leaving(store: Store) -> None:
    with Heart(store.files.data_dir, "mine", clock):
        assert [worker.owner for worker in store.workers(NOW)] == ["mine"]
    assert store.workers(NOW) == ()


def test_what_is_told_is_seen_long_before_the_next_regular_beat(store: Store) -> None:
    with Heart(store.files.data_dir, "mine", clock) as heart:
        heart.tell(study_uid="1.2", problem="The disk is full.")
        deadline = time.monotonic() + 2
        while store.workers(NOW)[0].study_uid is None and time.monotonic() < deadline:
            time.sleep(0.01)
        (worker,) = store.workers(NOW)
        assert (worker.study_uid, worker.problem) == ("1.2", "The disk is full.")
