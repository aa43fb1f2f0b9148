"""Screening: an outcome for every study, and never one that looks like a negative by mistake."""

import tempfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ichdash.dicom.reading import Study, read
from ichdash.domain import NotScreened, Prediction, Screened, Volume
from ichdash.errors import ClaimLostError, InputError, NotScreenableError
from ichdash.imaging import slabs
from ichdash.imaging.display import DisplayVolume, decode
from ichdash.intake import take_in
from ichdash.records import ScreeningState
from ichdash.screening import screen, screen_claimed, series_display
from ichdash.store import Store
from tests.samples import JANE, NOW, ConstantDetector, claimed, cut_header, write_head

STUDY = "2.25.1001"
SERIES = f"{STUDY}.1"


def clock() -> datetime:
    return NOW


@pytest.fixture
def head(tmp_path: Path) -> Path:
    write_head(tmp_path / "head")
    return tmp_path / "head"


def study_in(folder: Path) -> Study:
    (study,) = read([folder], folder).studies
    return study


def change(head: Path, edit: Callable[[pydicom.Dataset], None]) -> None:
    for path in head.iterdir():
        ds = pydicom.dcmread(path)
        edit(ds)
        ds.save_as(path)


def test_head_is_screened_with_its_volume_and_verdicts(head: Path) -> None:
    outcome = screen(study_in(head), ConstantDetector(0.7))
    assert isinstance(outcome, Screened)
    assert (outcome.study_uid, len(outcome.volume)) == (STUDY, 10)
    assert outcome.prediction.probability == 0.7
    assert [verdict.used for verdict in outcome.series] == [True]
    assert outcome.seconds > 0


def test_another_modality_is_not_screened_with_the_reason(head: Path) -> None:
    def make_mr(ds: pydicom.Dataset) -> None:
        ds.Modality = "MR"

    change(head, make_mr)
    outcome = screen(study_in(head), ConstantDetector())
    assert isinstance(outcome, NotScreened)
    assert "MR" in outcome.reason
    assert [verdict.used for verdict in outcome.series] == [False]


def test_missing_slice_is_not_screened_and_its_series_not_called_used(head: Path) -> None:
    sorted(head.iterdir())[4].unlink()
    outcome = screen(study_in(head), ConstantDetector())
    assert isinstance(outcome, NotScreened)
    assert "missing" in outcome.reason
    assert [verdict.used for verdict in outcome.series] == [False]


def test_pixels_that_show_no_head_are_not_screened(head: Path) -> None:
    def make_air(ds: pydicom.Dataset) -> None:
        ds.PixelData = np.full((ds.Rows, ds.Columns), 24, "<u2").tobytes()  # -1000 HU

    change(head, make_air)
    outcome = screen(study_in(head), ConstantDetector())
    assert isinstance(outcome, NotScreened)
    assert "head" in outcome.reason


def test_a_head_that_moved_is_screened_and_its_motion_told(head: Path, store: Store) -> None:
    def shift(ds: pydicom.Dataset) -> None:
        if ds.ImagePositionPatient[2] > middle:
            ds.PixelData = np.roll(ds.pixel_array, 3, axis=1).tobytes()

    heights = [pydicom.dcmread(path).ImagePositionPatient[2] for path in head.iterdir()]
    middle = float(np.median(heights))
    at_rest = screen(study_in(head), ConstantDetector())
    assert isinstance(at_rest, Screened)
    assert at_rest.reason == "", "slices 12 mm apart differ more, which is no motion"
    change(head, shift)
    outcome = screen(study_in(head), ConstantDetector())
    assert isinstance(outcome, Screened)
    assert outcome.reason == (
        "The head moved between slices 5 and 6 of 10 (by about 7 mm): blood near there can be "
        "missed or mimicked."
    )
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert row.warnings == (outcome.reason,)


def test_detector_that_declines_a_volume_gives_the_reason(head: Path) -> None:
    class Declining:
        def predict(self, volume: Volume) -> Prediction:
            raise NotScreenableError("One slice is too few for this model.")

    outcome = screen(study_in(head), Declining())
    assert isinstance(outcome, NotScreened)
    assert outcome.reason == "One slice is too few for this model."


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "data") as opened:
        yield opened


def test_claimed_study_ends_with_files_and_row(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    stages: list[str] = []
    row = screen_claimed(store, ConstantDetector(0.7), claimed(store), clock, stages.append)
    assert stages == ["claimed", "read", "predicted", "files written", "recorded"]
    assert store.study(STUDY).state is ScreeningState.SCREENED
    shown = DisplayVolume(
        store.files.display(STUDY, row.screening_id),
        store.files.display_meta(STUDY, row.screening_id),
    )
    assert decode(shown).shape == (10, 96, 96)
    assert store.files.heatmap(STUDY, row.screening_id).shape == (10, 4, 4)


class OfSubtypes(ConstantDetector):
    def predict(self, volume: Volume) -> Prediction:
        half = np.full((len(volume), 4, 4), 0.5, np.float16)
        return replace(super().predict(volume), subtype_maps={"subdural": half})


def test_the_heatmaps_of_subtypes_are_kept_in_one_piece(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, OfSubtypes(), claimed(store), clock)
    kept = store.files.subtypes(STUDY, row.screening_id)
    assert kept is not None
    assert (kept.findings, kept.shape) == (("subdural",), (1, 10, 4, 4))
    assert zlib.decompress(kept.payload) == bytes([128]) * 160  # half of 255


def test_thin_slices_of_a_large_series_are_kept_as_slabs(
    head: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slabs, "MOST_VOXELS", 5 * 96 * 96)
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock, slab_mm=40.0)
    shown = store.files.display_meta(STUDY, row.screening_id)["slices"]
    assert 2 <= shown <= 5
    assert len(row.slice_scores) == len(store.files.heatmap(STUDY, row.screening_id)) == shown
    assert "10 slices of" in row.warnings[-1]
    assert store.study(STUDY).slices == 10, "what was sent is still told"


def test_a_series_is_shown_as_it_is_and_in_parts(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    whole = series_display(store, STUDY, SERIES)
    part = series_display(store, STUDY, SERIES, only=slice(2, 6))
    assert np.array_equal(decode(part), decode(whole)[2:6])
    assert part.meta["positions_mm"] == whole.meta["positions_mm"][2:6]
    beyond = series_display(store, STUDY, SERIES, only=slice(8, 128))
    assert np.array_equal(decode(beyond), decode(whole)[8:])


def test_of_a_long_series_only_what_is_shown_is_decoded(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    ds = pydicom.dcmread(store.files.originals(STUDY)[-1])  # the last file is the top slice
    ds.PixelData = ds.PixelData[:8]
    ds.save_as(store.files.originals(STUDY)[-1])
    assert series_display(store, STUDY, SERIES, only=slice(2, 6)).meta["slices"] == 4
    with pytest.raises(InputError) as refused:
        series_display(store, STUDY, SERIES, only=slice(6, 10))
    assert "9 of 10 slices" not in str(refused.value)
    assert "Not screened" not in str(refused.value)


def test_a_part_after_the_last_slice_is_refused_with_what_there_is(
    head: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    with pytest.raises(InputError) as refused:
        series_display(store, STUDY, SERIES, only=slice(10, 20))
    assert str(refused.value) == (
        "The series has no more than 10 slices that lie apart, and the part that was asked for "
        "begins after them. Choose another part."
    )


def with_second_scan(head: Path, change_second: Callable[[pydicom.Dataset], None]) -> None:
    """The same slices again under the same series UID, changed."""
    for path in sorted(head.iterdir()):
        ds = pydicom.dcmread(path)
        ds.ConvolutionKernel = "H30s"
        ds.save_as(path)
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{ds.SOPInstanceUID}.2"
        change_second(ds)
        ds.save_as(path.with_name(f"second {path.name}"))


def brighter(ds: pydicom.Dataset) -> None:
    ds.ConvolutionKernel = "H60s"
    ds.RescaleIntercept += 100


def test_two_kernels_of_one_series_are_two_stacks(head: Path, store: Store) -> None:
    with_second_scan(head, brighter)
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    names = sorted(verdict.part for verdict in row.series)
    assert names == ["kernel H30s", "kernel H60s"]
    soft, bone = (decode(series_display(store, STUDY, SERIES, name)) for name in names)
    brain = (soft > 0) & (soft < 80)
    assert np.array_equal(bone[brain], soft[brain] + 100)


def test_a_localizer_of_the_same_series_does_not_keep_the_slices_from_being_seen(
    head: Path, store: Store
) -> None:
    def lay_flat(ds: pydicom.Dataset) -> None:
        ds.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        ds.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]

    with_second_scan(head, lay_flat)
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    stacks = {verdict.part: verdict.is_stackable for verdict in row.series}
    assert stacks == {"axial": True, "localizer": False}
    assert series_display(store, STUDY, SERIES, "axial").meta["slices"] == 10


def test_a_result_that_does_not_tell_the_scans_of_a_series_apart_is_asked_for_anew(
    head: Path, store: Store
) -> None:
    with_second_scan(head, brighter)
    take_in([head], store, "upload", NOW)
    with pytest.raises(InputError) as refused:
        series_display(store, STUDY, SERIES)
    assert str(refused.value) == (
        "The series holds other scans than the result tells of. Screen the study again to see each."
    )


def test_why_a_series_cannot_be_shown_quotes_no_description(head: Path, store: Store) -> None:
    def name(ds: pydicom.Dataset) -> None:
        ds.SeriesDescription = "DOE JANE"
        ds.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
        ds.ImagePositionPatient = [0, ds.InstanceNumber, 0]

    change(head, name)
    take_in([head], store, "upload", NOW)
    with pytest.raises(InputError) as refused:
        series_display(store, STUDY, SERIES)
    assert str(refused.value).endswith("slices are coronal. Only axial slices are screened.")
    assert "DOE" not in str(refused.value)


def test_a_series_of_which_no_file_is_kept_cannot_be_shown(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    with pytest.raises(InputError) as refused:
        series_display(store, STUDY, "1.2.3")
    assert str(refused.value) == "No file of this series is kept. Send the study again."


def test_a_series_is_shown_where_the_temporary_folder_of_the_system_is_full(
    head: Path, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there is none"))
    take_in([head], store, "upload", NOW)
    assert series_display(store, STUDY, SERIES).meta["slices"] == 10


def test_study_not_screened_has_a_row_and_no_files(head: Path, store: Store) -> None:
    sorted(head.iterdir())[4].unlink()
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert row.state is ScreeningState.NOT_SCREENED
    assert not (store.files.data_dir / "results").exists()


def test_originals_that_vanished_are_told_and_not_negative(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    claim = claimed(store)
    for path in store.files.originals(STUDY):
        path.unlink()
    row = screen_claimed(store, ConstantDetector(), claim, clock)
    assert row.state is ScreeningState.NOT_SCREENED
    assert row.reason.startswith("10 of 10 files kept of this study are missing")


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("lose", [Path.unlink, zero])
def test_original_that_was_lost_at_the_top_keeps_the_rest_from_passing_as_the_whole(
    head: Path, store: Store, lose: Callable[[Path], None]
) -> None:
    take_in([head], store, "upload", NOW)
    top = store.files.originals(STUDY)[-1]
    lose(top)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert row.state is ScreeningState.NOT_SCREENED
    assert row.reason == (
        "1 of 10 files kept of this study is missing from the data folder or can no longer be "
        f"read ({top.name}). Not screened. Send the study again."
    )


@pytest.mark.parametrize("lose", [Path.unlink, zero])
def test_lost_original_sent_again_is_put_back_and_its_study_screened(
    head: Path, store: Store, lose: Callable[[Path], None]
) -> None:
    take_in([head], store, "upload", NOW)
    lose(store.files.originals(STUDY)[-1])
    screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert take_in([head], store, "upload", NOW).refused == ()
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert row.state is ScreeningState.SCREENED
    kept = sorted(path.read_bytes() for path in store.files.originals(STUDY))
    assert kept == sorted(path.read_bytes() for path in head.iterdir())


def test_study_without_any_file_is_not_screened_with_the_reason(store: Store) -> None:
    store.receive(STUDY, JANE, "upload", NOW)
    store.queue(STUDY, NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert row.reason == "No file is kept of this study. Not screened. Send the study again."


def test_file_without_a_place_is_remembered_and_worker_and_terminal_say_the_same(
    head: Path, store: Store
) -> None:
    cut_header(max(head.iterdir()))
    told = screen(study_in(head), ConstantDetector())
    take_in([head], store, "upload", NOW)
    row = screen_claimed(store, ConstantDetector(), claimed(store), clock)
    assert isinstance(told, NotScreened)
    assert row.reason == told.reason
    assert f"{max(head.iterdir()).name} has no SOP Instance UID" in row.reason


def test_result_of_a_lost_claim_does_not_stay(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    slow = claimed(store, "slow")

    def take_over(stage: str) -> None:
        if stage == "predicted":
            claimed(store, "next", NOW + timedelta(seconds=121))

    with pytest.raises(ClaimLostError, match=r"was taken over by another worker"):
        screen_claimed(store, ConstantDetector(), slow, clock, take_over)
    assert list((store.files.data_dir / "results").glob("*/*")) == []
