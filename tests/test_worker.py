"""The worker: kill it anywhere and nothing is lost, doubled or stuck; two never do the same."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ichdash import registry, worker
from ichdash.domain import Prediction, Volume
from ichdash.errors import ModelError
from ichdash.intake import take_in
from ichdash.model.card import ModelCard
from ichdash.records import ScreeningState
from ichdash.settings import ROOT, Settings
from ichdash.store import Store, WorklistQuery
from tests.samples import NOW, ConstantDetector, queued, write_head
from tests.tiny_model import write_model

STAGES = ["claimed", "read", "predicted", "files written", "recorded"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", model=tmp_path / "ich.json")


def fill(settings: Settings, tmp_path: Path, studies: int = 1) -> None:
    for number in range(1, studies + 1):
        write_head(tmp_path / "heads" / str(number), number)
    with Store.open(settings.data_dir) as store:
        take_in([tmp_path / "heads"], store, "upload", NOW)


def states(settings: Settings) -> list[ScreeningState]:
    with Store.open(settings.data_dir) as store:
        rows = store.worklist(WorklistQuery(page_size=1000)).rows
    return [row.state for row in rows]


def settled(settings: Settings) -> Callable[[], bool]:
    """Stops a worker once every study has its outcome."""
    return lambda: set(states(settings)) <= {"screened", "not screened"}


def calls(count: int) -> Callable[[], bool]:
    """Stops a worker when it asked `count` times whether to."""
    left = iter(range(count))
    return lambda: next(left, None) is None


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@contextmanager
def worker_process(settings: Settings, stage: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.worker_process", str(settings.data_dir), stage]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def results(settings: Settings) -> list[str]:
    return sorted(path.name for path in settings.data_dir.glob("results/*/*"))


def test_queued_studies_are_screened_and_the_worker_signs_off(
    settings: Settings, tmp_path: Path
) -> None:
    fill(settings, tmp_path, studies=2)
    worker.run(settings, settled(settings), load=lambda _: ConstantDetector())
    assert states(settings) == [ScreeningState.SCREENED] * 2
    with Store.open(settings.data_dir) as store:
        assert store.workers(NOW) == ()


@pytest.mark.parametrize("stage", STAGES)
def test_worker_killed_at_any_stage_loses_doubles_and_blocks_nothing(
    settings: Settings, tmp_path: Path, stage: str
) -> None:
    fill(settings, tmp_path)
    with worker_process(settings, stage) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{stage}\n"
        process.send_signal(signal.SIGKILL)
    worker.run(settings, settled(settings), load=lambda _: ConstantDetector())
    assert states(settings) == [ScreeningState.SCREENED]
    with Store.open(settings.data_dir) as store:
        screenings = store.screenings("2.25.1001")
        assert len(store.files.originals("2.25.1001")) == 10
    assert results(settings) == [str(screening.screening_id) for screening in screenings]
    assert len(screenings) == 1


def test_two_workers_never_screen_the_same_study(settings: Settings) -> None:
    # Without files a study takes no time to screen, so that the two meet as often as can be.
    uids = [f"1.2.{number}" for number in range(40)]
    with Store.open(settings.data_dir) as store, store.batch():
        for uid in uids:
            queued(store, uid)
    with (
        worker_process(settings, "never") as first,
        worker_process(settings, "never") as second,
    ):
        assert (first.wait(120), second.wait(120)) == (0, 0)
    with Store.open(settings.data_dir) as store:
        histories = [store.screenings(uid) for uid in uids]
    assert [len(history) for history in histories] == [1] * 40


def test_worker_asked_to_end_between_stages_gives_its_study_back(
    settings: Settings, tmp_path: Path
) -> None:
    fill(settings, tmp_path)
    stages: list[str] = []

    def is_read() -> bool:
        return "read" in stages

    worker.run(settings, is_read, load=lambda _: ConstantDetector(), on_stage=stages.append)
    assert stages == ["claimed", "read"]
    assert states(settings) == [ScreeningState.QUEUED]


def test_missing_model_leaves_studies_queued_and_tells_why(
    settings: Settings, tmp_path: Path
) -> None:
    fill(settings, tmp_path)
    problems: list[str] = []

    def missing(_: Settings) -> ConstantDetector:
        raise ModelError("models/ich.json is missing. Screening is off.")

    def is_told() -> bool:
        with Store.open(settings.data_dir) as store:
            problems.extend(seen.problem for seen in store.workers(NOW) if seen.problem)
        return bool(problems)

    worker.run(settings, is_told, load=missing)
    assert problems == ["models/ich.json is missing. Screening is off."]
    assert states(settings) == [ScreeningState.QUEUED]


def test_fault_of_one_study_is_told_by_reference_and_the_next_is_screened(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    header_value = "^".join(("DOE", "JANE"))

    class Faulty:
        def predict(self, volume: Volume) -> Prediction:
            if volume.study_uid == "2.25.1001":
                raise RuntimeError(header_value)
            return ConstantDetector().predict(volume)

    fill(settings, tmp_path, studies=2)
    with caplog.at_level(logging.ERROR):
        worker.run(settings, settled(settings), load=lambda _: Faulty())
    with Store.open(settings.data_dir) as store:
        faulty, other = store.study("2.25.1001"), store.study("2.25.1002")
    assert faulty.state is ScreeningState.NOT_SCREENED
    reference = faulty.reason.removeprefix("Internal fault, reference ")[:8]
    assert faulty.reason == (
        f"Internal fault, reference {reference}. Kept, not screened. Read the images as usual, "
        "and give the reference to who runs ichdash."
    )
    assert f"Study 2.25.1001, fault {reference}: RuntimeError" in caplog.text
    assert "DOE" not in caplog.text + faulty.reason
    assert other.state is ScreeningState.SCREENED


def test_new_model_card_is_loaded_without_a_restart(settings: Settings, tmp_path: Path) -> None:
    loaded: list[float] = []

    def load(given: Settings) -> ConstantDetector:
        loaded.append(given.model.stat().st_mtime)
        os.utime(given.model, (5, 5))
        return ConstantDetector()

    fill(settings, tmp_path)
    settings.model.write_text("{}")
    os.utime(settings.model, (1, 1))
    worker.run(settings, calls(6), load=load)
    assert loaded == [1.0, 5.0]


def test_a_model_activated_meanwhile_screens_the_next_study_without_a_restart(
    settings: Settings, tmp_path: Path
) -> None:
    settings = replace(settings, model=None, engine="torch")
    cards = {}
    for seed, name in enumerate(("tiny-1", "tiny-2"), 1):
        card = write_model(tmp_path / name, model_id=name, seed=seed, licence="CC BY-NC 4.0")
        cards[name] = ModelCard.load(card)
        registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    fill(settings, tmp_path)
    is_screened = settled(settings)

    def is_screened_by_both() -> bool:
        if not is_screened():
            return False
        if registry.chosen_id(settings) == "tiny-2":
            return True
        registry.activate(settings, "tiny-2")
        with Store.open(settings.data_dir) as store:
            return not store.screen_again("2.25.1001", NOW)

    worker.run(settings, is_screened_by_both)
    with Store.open(settings.data_dir) as store:
        made = [(each.model_id, each.model_sha256) for each in store.screenings("2.25.1001")]
        row = store.study("2.25.1001")
    assert made == [(name, cards[name].sha256) for name in ("tiny-2", "tiny-1")]
    assert (row.model_id, row.model_sha256) == made[0]
    assert row.restriction == "non-commercial research and education only"


def test_worker_is_started_once_where_none_beats_and_ends_with_its_parent(
    settings: Settings,
) -> None:
    code = (
        "import sys, pathlib; from ichdash.settings import Settings; from ichdash import worker;"
        "settings = Settings(data_dir=pathlib.Path(sys.argv[1]), model=pathlib.Path('none.json'));"
        "print(worker.ensure_worker(settings), worker.ensure_worker(settings))"
    )
    command = [sys.executable, "-c", code, str(settings.data_dir)]
    parent = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert parent.stdout == "True False\n"
    with Store.open(settings.data_dir) as store:
        wait_until(lambda: store.workers(worker.now()) == ())


def test_living_worker_keeps_another_from_being_started(settings: Settings) -> None:
    with Store.open(settings.data_dir) as store:
        store.beat("mine", worker.now())
    assert worker.ensure_worker(settings) is False


def test_worker_that_gets_sigterm_ends_by_itself(settings: Settings) -> None:
    environ = {**os.environ, "ICHDASH_DATA": str(settings.data_dir)}
    command = [sys.executable, "-m", "ichdash.worker", "--owner", "mine"]
    with (
        Store.open(settings.data_dir) as store,
        subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as process,
    ):
        wait_until(lambda: bool(store.workers(worker.now())))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert store.workers(worker.now()) == ()


def test_setting_that_cannot_be_used_ends_the_worker_with_a_sentence() -> None:
    environ = {**os.environ, "ICHDASH_WORKERS": "many"}
    command = [sys.executable, "-m", "ichdash.worker"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "ICHDASH_WORKERS='many' is not a number of workers" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_started_worker_that_dies_is_seen_as_dead(settings: Settings) -> None:
    assert worker.ensure_worker(settings) is True
    with Store.open(settings.data_dir) as store:
        (started,) = store.workers(worker.now())
        assert started.is_alive
        os.kill(process_of(settings), signal.SIGKILL)
        wait_until(lambda: not store.workers(worker.now())[0].is_alive)


def process_of(settings: Settings) -> int:
    with Store.open(settings.data_dir) as store:
        (started,) = store.workers(worker.now())
    return started.pid
