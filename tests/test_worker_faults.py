"""The worker amid faults: what is no fault of a study ends neither the worker nor the study."""

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
