"""The demo fills an empty folder once, and leaves what is there alone."""

from pathlib import Path

import pydicom
import pytest

from ichdash.demo import fill, has_store, write
from ichdash.errors import ModelError
from ichdash.phantom import DemoStudy, HeadSpec, StudyLabel
from ichdash.screening import Detector
from ichdash.settings import Settings
from ichdash.store import Store, WorklistQuery
from tests.samples import NOW, ConstantDetector


def head(seed: int, omitted: tuple[int, ...] = ()) -> DemoStudy:
    spec = HeadSpec(seed=seed, rows=96, columns=96, slices=10, slice_mm=12)
    return DemoStudy(spec, StudyLabel(f"P{seed}", f"A{seed}", NOW), omitted)


WHOLE, TORN = head(1), head(2, omitted=(4, 5))


def constant(settings: Settings) -> Detector:
    return ConstantDetector(0.7)


def unusable(settings: Settings) -> Detector:
    raise ModelError("There is no model card. Screening is off; the worklist still opens.")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def states(settings: Settings) -> list[tuple[str, str]]:
    with Store.open(settings.data_dir) as store:
        rows = store.worklist(WorklistQuery()).rows
    return [(row.attributes.accession_number, str(row.state)) for row in rows]


def test_an_empty_folder_gets_the_studies_screened(settings: Settings) -> None:
    assert not has_store(settings.data_dir)
    assert fill(settings, [WHOLE, TORN], constant) == (
        "2 synthetic studies are on the worklist: 1 flagged, 1 not screened, 0 not flagged."
    )
    assert has_store(settings.data_dir)
    assert states(settings) == [("A1", "screened"), ("A2", "not screened")]


def test_a_second_time_adds_nothing_and_needs_no_model(settings: Settings) -> None:
    first = fill(settings, [WHOLE], constant)
    assert fill(settings, [WHOLE], unusable) == first
    with Store.open(settings.data_dir) as store:
        (row,) = store.worklist(WorklistQuery()).rows
        assert len(store.screenings(row.study_uid)) == 1


def test_without_a_model_the_studies_wait_in_the_queue(settings: Settings) -> None:
    with pytest.raises(ModelError, match="There is no model card"):
        fill(settings, [WHOLE], unusable)
    assert states(settings) == [("A1", "queued")]


def test_the_heads_can_be_written_as_dicom_only(tmp_path: Path) -> None:
    write(tmp_path / "heads", [WHOLE])
    files = sorted((tmp_path / "heads" / "A1").iterdir())
    assert len(files) == 10
    assert pydicom.dcmread(files[0]).AccessionNumber == "A1"
    assert [path.name for path in tmp_path.iterdir()] == ["heads"]
