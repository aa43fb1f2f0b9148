"""Waiting times worked out by hand, and what must hold of any simulated queue."""

from dataclasses import replace

import numpy as np
import pytest

from ichdash.training import queue_simulation
from ichdash.training.queue_simulation import Queue, Waiting, simulate, waits
from tests.training.judgements import judged

SURE = (judged("1.1", True, 0.9), judged("1.2", False, 0.1))
WRONG = (judged("1.1", True, 0.1), judged("1.2", False, 0.9))


def waited(arrivals: list[float], priority: list[float]) -> list[float]:
    return waits(np.array(arrivals), np.array(priority), 10.0).tolist()


def group(queue: Queue | None, name: str) -> Waiting:
    assert queue is not None
    (found,) = [each for each in queue.waiting if each.group == name]
    return found


def test_equal_studies_are_read_in_order_of_arrival() -> None:
    assert waited([0, 1, 2], [0, 0, 0]) == [0, 9, 18]


def test_the_highest_priority_is_read_first() -> None:
    assert waited([0, 1, 2], [0, 0, 1]) == [0, 19, 8]


def test_what_is_being_read_is_not_interrupted() -> None:
    assert waited([0, 9], [0, 1]) == [0, 1]


def test_a_reader_without_studies_waits_for_the_next() -> None:
    assert waited([0, 30, 31], [0, 0, 0]) == [0, 0, 9]


def test_a_study_that_arrives_as_another_ends_is_in_the_choice() -> None:
    assert waited([0, 1, 10], [0, 0, 1]) == [0, 19, 0]


def test_good_triage_saves_time_where_there_is_hemorrhage() -> None:
    found = group(simulate(SURE, repetitions=30), "with hemorrhage")
    assert found.triage.p90_minutes < found.first_come.p90_minutes / 2
    assert found.saved.p90_minutes == found.first_come.p90_minutes - found.triage.p90_minutes
    assert found.saved.median_minutes == (
        found.first_come.median_minutes - found.triage.median_minutes
    )


def test_triage_the_wrong_way_round_costs_time() -> None:
    assert group(simulate(WRONG, repetitions=30), "with hemorrhage").saved.p90_minutes < 0


def test_missed_studies_are_told_apart() -> None:
    """Where all are missed, their group is that of all with hemorrhage."""
    queue = simulate(WRONG, repetitions=3)
    missed = group(queue, "of these, not flagged")
    assert replace(missed, group="with hemorrhage") == group(queue, "with hemorrhage")


def test_a_detector_that_says_the_same_of_all_saves_nothing() -> None:
    same = judged("1.1", True, 0.6), judged("1.2", False, 0.6)
    assert group(simulate(same, repetitions=5), "with hemorrhage").saved.p90_minutes == 0


def test_flagged_studies_come_first_whatever_their_probability() -> None:
    """Held out, each fold has a cut of its own: 0.6 may be flagged and 0.7 not."""
    other = replace(judged("1.2", False, 0.7), flagged=False)
    queue = simulate((judged("1.1", True, 0.6), other), repetitions=30)
    assert group(queue, "with hemorrhage").saved.p90_minutes > 0


def test_prevalence_and_rate_are_as_stated() -> None:
    queue = simulate(SURE, repetitions=200)
    positive = group(queue, "with hemorrhage").studies
    total = positive + group(queue, "without hemorrhage").studies
    assert total / 200 == pytest.approx(60, rel=0.05)
    assert positive / total == pytest.approx(queue_simulation.PREVALENCE, rel=0.1)


def test_a_group_without_studies_is_not_told() -> None:
    queue = simulate(SURE, repetitions=5)
    assert queue is not None
    assert [each.group for each in queue.waiting] == ["with hemorrhage", "without hemorrhage"]


def test_same_seed_gives_the_same_waiting_times() -> None:
    assert simulate(SURE, repetitions=3, seed=5) == simulate(SURE, repetitions=3, seed=5)
    assert simulate(SURE, repetitions=3, seed=5) != simulate(SURE, repetitions=3, seed=6)


@pytest.mark.parametrize("truth", [True, False])
def test_of_one_class_alone_there_is_no_queue(truth: bool) -> None:
    assert simulate([judged("1.1", truth, 0.9)], repetitions=3) is None


@pytest.mark.parametrize(
    "stated", ["5 an hour", "12 hours", "10% have", "10 minutes", "1,000 shifts", "seed 0"]
)
def test_assumptions_are_stated(stated: str) -> None:
    queue = simulate(SURE, repetitions=1)
    assert queue is not None
    assert stated in " ".join(queue.assumptions)
