"""The worker amid faults: what is no fault of a study ends neither the worker nor the study."""

import tempfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from ichdash import worker
from ichdash.domain import Prediction, Volume
from ichdash.records import ScreeningState
from ichdash.settings import Settings
from ichdash.store import Store
from tests.samples import ConstantDetector, claimed, full_disk
from tests.test_worker import fill, settled, states


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", model=tmp_path / "ich.json")


def test_worker_lives_on_where_a_fault_meets_a_claim_that_was_lost(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    faults: list[str] = []

    class Slow:
        def predict(self, volume: Volume) -> Prediction:
            with Store.open(settings.data_dir) as store:
                claimed(store, "next", worker.now() + timedelta(seconds=121))
            faults.append(volume.study_uid)
            raise RuntimeError

    fill(settings, tmp_path)
    worker.run(settings, lambda: bool(faults), load=lambda _: Slow())
    assert "screening 1 was taken over by another worker" in caplog.text
    assert states(settings) == [ScreeningState.SCREENING], "the other worker's"


def test_study_whose_fault_a_full_disk_kept_from_being_recorded_is_screened_later(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    faults: list[str] = []
    disk = ExitStack()

    class Faulty:
        def predict(self, volume: Volume) -> Prediction:
            faults.append(volume.study_uid)
            disk.enter_context(full_disk())
            raise RuntimeError

    def is_faulty() -> bool:
        disk.close()
        return bool(faults)

    fill(settings, tmp_path)
    with disk:
        worker.run(settings, is_faulty, load=lambda _: Faulty())
    assert "ichdash.db cannot be used" in caplog.text
    worker.run(settings, settled(settings), load=lambda _: ConstantDetector())
    assert states(settings) == [ScreeningState.SCREENED]


def test_study_is_screened_where_the_temporary_folder_of_the_system_is_full(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is none"))
    fill(settings, tmp_path)
    worker.run(settings, settled(settings), load=lambda _: ConstantDetector())
    assert states(settings) == [ScreeningState.SCREENED]


def test_studies_wait_where_the_data_folder_takes_no_temporary_files(
    settings: Settings, tmp_path: Path
) -> None:
    def blocked(stage: str) -> None:
        if stage == "claimed":
            (settings.data_dir / ".partial").rmdir()
            (settings.data_dir / ".partial").touch()

    problems: list[str] = []

    def is_told() -> bool:
        with Store.open(settings.data_dir) as store:
            problems.extend(seen.problem for seen in store.workers(worker.now()) if seen.problem)
        return bool(problems)

    fill(settings, tmp_path)
    worker.run(settings, is_told, load=lambda _: ConstantDetector(), on_stage=blocked)
    assert problems == [
        f"No temporary folder can be made in {settings.data_dir}/.partial: File exists. Nothing "
        "was read or changed. Free space there, or check who owns it."
    ]
    (settings.data_dir / ".partial").unlink()
    worker.run(settings, settled(settings), load=lambda _: ConstantDetector())
    with Store.open(settings.data_dir) as store:
        assert [each.state for each in store.screenings("2.25.1001")] == [ScreeningState.SCREENED]
