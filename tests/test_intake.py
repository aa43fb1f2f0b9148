"""Taking in: studies whole and once, clutter named, what cannot be screened kept all the same."""

import re
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

from ichdash.errors import NotFoundError, StoreError
from ichdash.intake import take_in
from ichdash.records import ReviewState, ScreeningState
from ichdash.screening import screen_claimed
from ichdash.store import Store, WorklistQuery
from tests.samples import NOW, ConstantDetector, claimed, screened, write_head


@pytest.fixture
def head(tmp_path: Path) -> Path:
    write_head(tmp_path / "head")
    return tmp_path / "head"


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "data") as opened:
        yield opened


STUDY = "2.25.1001"


def test_study_is_kept_with_all_its_files_and_queued(head: Path, store: Store) -> None:
    intake = take_in([head], store, "upload", NOW)
    assert (intake.studies, intake.refused) == ((STUDY,), ())
    row = store.study(STUDY)
    assert (row.state, row.instances, row.series) == (ScreeningState.QUEUED, 10, 1)
    assert (row.source, row.attributes.accession_number) == ("upload", "A1001")
    kept = {path.read_bytes() for path in store.files.originals(STUDY)}
    assert kept == {path.read_bytes() for path in head.iterdir()}


def test_clutter_is_refused_by_name_and_remembered(head: Path, store: Store) -> None:
    (head / "report.pdf").write_bytes(b"%PDF-1.7 nothing to see")
    intake = take_in([head], store, "upload", NOW)
    assert [refusal.name for refusal in intake.refused] == ["report.pdf"]
    assert "report.pdf is not a DICOM file" in intake.refused[0].reason
    noted = store.intakes.latest()[0]
    assert (noted.studies, noted.refused, noted.source) == ((STUDY,), intake.refused, "upload")


def test_nothing_to_read_is_an_intake_with_refusals_only(tmp_path: Path, store: Store) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    intake = take_in([tmp_path / "notes.txt"], store, "upload", NOW)
    assert (intake.studies, len(intake.refused)) == ((), 1)
    assert store.worklist(WorklistQuery()).total == 0


def test_zip_is_taken_in_and_its_unpacked_copy_does_not_stay(head: Path, store: Store) -> None:
    archive = Path(shutil.make_archive(str(head), "zip", head))
    assert zipfile.is_zipfile(archive)
    assert take_in([archive], store, "upload", NOW).studies == (STUDY,)
    assert len(store.files.originals(STUDY)) == 10
    assert list(store.files.scratch.iterdir()) == []


def test_same_study_twice_is_not_screened_again(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    store.record(screened(STUDY, 0.9), claimed(store), NOW)
    take_in([head], store, "upload", NOW + timedelta(hours=1))
    row = store.study(STUDY)
    assert (row.state, row.instances, row.received_at) == (ScreeningState.SCREENED, 10, NOW)
    assert len(store.intakes.latest()) == 2


def test_new_slices_of_a_known_study_are_added_and_screened_again(
    head: Path, tmp_path: Path, store: Store
) -> None:
    late = tmp_path / "late"
    late.mkdir()
    for path in sorted(head.iterdir())[:3]:
        path.rename(late / path.name)
    take_in([head], store, "upload", NOW)
    store.record(screened(STUDY, 0.9), claimed(store), NOW)
    take_in([late], store, "upload", NOW)
    row = store.study(STUDY)
    assert (row.state, row.instances) == (ScreeningState.QUEUED, 10)
    assert len(store.screenings(STUDY)) == 1


def test_other_content_under_a_known_uid_is_told_and_the_first_kept(
    head: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    path = min(head.iterdir())
    before = path.read_bytes()
    path.write_bytes(before[:-2] + b"\x11\x11")
    refused = take_in([path], store, "upload", NOW).refused
    assert len(refused) == 1
    assert "is kept already, but another content. The first one was kept" in refused[0].reason
    assert before in {kept.read_bytes() for kept in store.files.originals(STUDY)}
    assert store.study(STUDY).instances == 10


def cut(path: Path, left_out: int = 1000) -> bytes:
    """Shorten `path` by so many bytes of its pixel data; returns what it held."""
    whole = path.read_bytes()
    path.write_bytes(whole[:-left_out])
    return whole


def contents(store: Store) -> list[bytes]:
    return [path.read_bytes() for path in store.files.originals(STUDY)]


def screen_next(store: Store) -> None:
    screen_claimed(store, ConstantDetector(), claimed(store), lambda: NOW)


def test_damaged_slice_sent_again_whole_is_used_and_its_study_screened(
    head: Path, store: Store
) -> None:
    path = sorted(head.iterdir())[4]
    whole = cut(path)
    damaged = path.read_bytes()
    take_in([head], store, "upload", NOW)
    screen_next(store)
    assert "Send the series again." in store.study(STUDY).reason
    store.add_review(STUDY, "reader", ReviewState.IN_REVIEW, "", NOW, seen=1)
    path.write_bytes(whole)
    assert take_in([head], store, "upload", NOW).refused == ()
    row = store.study(STUDY)
    assert (row.state, row.review, row.instances) == (
        ScreeningState.QUEUED,
        ReviewState.UNREAD,
        10,
    )
    assert sorted(contents(store)) == sorted(file.read_bytes() for file in head.iterdir())
    screen_next(store)
    states = [screening.state for screening in store.screenings(STUDY)]
    assert states == [ScreeningState.SCREENED, ScreeningState.NOT_SCREENED]
    folder = store.files.originals_folder(STUDY)
    assert damaged in {kept.read_bytes() for kept in folder.iterdir()}, "what was sent was lost"


def test_damaged_slice_never_takes_the_place_of_a_whole_one(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    screen_next(store)
    whole = cut(sorted(head.iterdir())[4])
    refused = take_in([head], store, "upload", NOW).refused
    assert len(refused) == 1
    assert "another content. The first one was kept" in refused[0].reason
    assert whole in contents(store)
    assert store.study(STUDY).state is ScreeningState.SCREENED


def test_damaged_slice_never_takes_the_place_of_another_damaged_one(
    head: Path, store: Store
) -> None:
    path = sorted(head.iterdir())[4]
    cut(path)
    first = path.read_bytes()
    take_in([head], store, "upload", NOW)
    cut(path, left_out=500)
    assert len(take_in([path], store, "upload", NOW).refused) == 1
    assert first in contents(store)


def test_mending_that_was_cut_off_is_completed_by_the_next_sending(
    head: Path, store: Store
) -> None:
    def stop_at_the_last(study_uid: str, files: int, of: int) -> None:
        if files == of:
            raise StoreError("the disk is full")

    path = sorted(head.iterdir())[4]
    whole = cut(path)
    take_in([head], store, "upload", NOW)
    screen_next(store)
    path.write_bytes(whole)
    with pytest.raises(StoreError):
        take_in([head], store, "upload", NOW, stop_at_the_last)
    assert len(contents(store)) == 10
    take_in([head], store, "upload", NOW)
    assert whole in contents(store)
    assert store.study(STUDY).state is ScreeningState.QUEUED


def test_series_of_another_modality_is_kept_with_its_study(head: Path, store: Store) -> None:
    ds = pydicom.dcmread(min(head.iterdir()))
    ds.Modality, ds.SeriesInstanceUID, ds.SOPInstanceUID = "MR", f"{STUDY}.2", f"{STUDY}.2.0"
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.save_as(head / "MR0001")
    take_in([head], store, "upload", NOW)
    row = store.study(STUDY)
    assert (row.series, row.instances) == (2, 11)


def test_nifti_is_kept_as_it_came(tmp_path: Path, store: Store) -> None:
    hu = np.full((20, 20, 6), -1000, np.int16)
    hu[5:15, 5:15] = 40
    hu[5:6] = 900
    path = tmp_path / "head.nii.gz"
    nibabel.save(nibabel.Nifti1Image(hu, np.diag([8.0, 8.0, 5.0, 1.0])), path)
    studies = take_in([path], store, "upload", NOW).studies
    assert len(studies) == 1
    kept = store.files.originals(studies[0])
    assert [file.name.endswith(".nii.gz") for file in kept] == [True]
    assert kept[0].read_bytes() == path.read_bytes()


def test_hostile_uids_cannot_leave_the_data_folder(
    head: Path, tmp_path: Path, store: Store
) -> None:
    ds = pydicom.dcmread(min(head.iterdir()))
    with pydicom.config.disable_value_validation():
        ds.StudyInstanceUID = "../../../out"
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "../../../out"
        ds.save_as(tmp_path / "hostile")
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "data")}
    studies = take_in([tmp_path / "hostile"], store, "upload", NOW).studies
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "data")}
    assert after == before
    assert all(store.study(uid).instances == 1 for uid in studies)


def test_progress_is_told_file_by_file(head: Path, store: Store) -> None:
    told = []
    take_in([head], store, "upload", NOW, lambda uid, files, of: told.append((uid, files, of)))
    assert told == [(STUDY, number, 10) for number in range(1, 11)]


def test_cut_off_intake_leaves_nothing_that_looks_complete(head: Path, store: Store) -> None:
    def stop_at_four(study_uid: str, files: int, of: int) -> None:
        if files == 4:
            raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        take_in([head], store, "upload", NOW, stop_at_four)
    with pytest.raises(NotFoundError):
        store.study(STUDY)
    assert store.files.originals(STUDY) == ()
    assert take_in([head], store, "upload", NOW).studies == (STUDY,)


def make_vast(folder: Path, store: Store) -> None:
    with min(folder.iterdir()).open("r+b") as file:
        file.truncate(store.files.free_bytes())  # a hole: it takes no space itself


def test_study_larger_than_the_free_space_is_refused_before_it_is_copied(
    head: Path, store: Store
) -> None:
    make_vast(head, store)
    with pytest.raises(StoreError) as caught:
        take_in([head], store, "upload", NOW)
    assert re.fullmatch(
        r"1 of 1 studies could not be stored: 2\.25\.1001\. Study 2\.25\.1001 needs [\d,]+ MB on "
        r"the disk of .*/data, [\d,]+ MB are free\. Nothing of it was kept\. Free space there and "
        r"send it again\.",
        str(caught.value),
    )
    assert store.files.originals(STUDY) == ()


def test_studies_after_one_that_could_not_be_stored_are_kept_and_all_is_remembered(
    head: Path, tmp_path: Path, store: Store
) -> None:
    write_head(tmp_path / "second", number=2)
    write_head(tmp_path / "third", number=3)
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 nothing to see")
    make_vast(head, store)
    make_vast(tmp_path / "third", store)
    folders = [head, tmp_path / "second", tmp_path / "third", tmp_path / "report.pdf"]
    named = (
        r"2 of 3 studies could not be stored: 2\.25\.1001, 2\.25\.1003\. Study 2\.25\.1001 needs"
    )
    with pytest.raises(StoreError, match=named):
        take_in(folders, store, "upload", NOW)
    assert store.study("2.25.1002").instances == 10
    noted = store.intakes.latest()[0]
    assert noted.studies == ("2.25.1002",)
    assert [refusal.name for refusal in noted.refused] == ["report.pdf"]
