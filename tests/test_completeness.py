"""Parts that come under a wrong name, a UID taken already, or another patient: never the whole."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from ichdash.intake import take_in
from ichdash.records import ScreeningState
from ichdash.store import Store, StoredInstance
from tests.samples import NOW, cut_header, screen_next, write_head

STUDY = "2.25.1001"


@pytest.fixture
def head(tmp_path: Path) -> Path:
    write_head(tmp_path / "head")
    return tmp_path / "head"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "data") as opened:
        yield opened


def change(path: Path, **elements: object) -> None:
    """Set elements of a file, its SOP instance UID also where the file meta information has it."""
    ds = pydicom.dcmread(path)
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.save_as(path)


def write_series(folder: Path, number: int = 9, **elements: object) -> list[Path]:
    """The head's slices by another kernel: a further series of its study, with UIDs of its own."""
    write_head(folder)
    paths = sorted(folder.iterdir())
    for index, path in enumerate(paths):
        uid = f"{STUDY}.{number}"
        own = {"SeriesInstanceUID": uid, "SOPInstanceUID": f"{uid}.{index}"}
        pixels = (pydicom.dcmread(path).pixel_array + 1).tobytes()
        change(path, **own | {"SeriesNumber": number, "PixelData": pixels} | elements)
    return paths


def test_image_under_the_uid_of_a_kept_one_keeps_its_series_from_passing_as_whole(
    head: Path, tmp_path: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED
    top = write_series(tmp_path / "more")[-1]
    change(top, SOPInstanceUID=f"{STUDY}.1.9")
    (refusal,) = take_in([tmp_path / "more"], store, "upload", NOW).refused
    assert refusal.reason == (
        f"{top.name} has the SOP Instance UID of an image that is kept already, but is another "
        "image."
    )
    assert store.study(STUDY).instances == 19
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert refusal.reason in store.study(STUDY).reason
    change(top, SOPInstanceUID=f"{STUDY}.9.9")
    assert take_in([top], store, "upload", NOW).refused == ()
    assert screen_next(store) is ScreeningState.SCREENED


def test_slice_of_another_place_under_the_uid_of_a_kept_one_is_not_let_go_unnoticed(
    head: Path, store: Store
) -> None:
    first, *rest = sorted(head.iterdir())
    content = first.read_bytes()
    first.unlink()
    take_in([head], store, "upload", NOW)
    first.write_bytes(content)
    change(first, SOPInstanceUID=pydicom.dcmread(rest[0]).SOPInstanceUID)
    assert len(take_in([first], store, "upload", NOW).refused) == 1
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert f"{first.name} has the SOP Instance UID of an image" in store.study(STUDY).reason


def test_image_of_another_series_never_takes_the_place_of_a_lost_one(
    head: Path, tmp_path: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    store.files.originals(STUDY)[-1].unlink()
    screen_next(store)
    lost = next(each for each in store.instances(STUDY) if each.is_lost)
    path = write_series(tmp_path / "more")[-1]
    change(path, SOPInstanceUID=lost.sop_instance_uid)
    assert len(take_in([path], store, "upload", NOW).refused) == 1
    assert lost in store.instances(STUDY)


def test_same_image_with_changed_words_is_refused_and_its_study_stays_screened(
    head: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    screen_next(store)
    change(max(head.iterdir()), SeriesDescription="HEAD 5 mm, exported again")
    (refusal,) = take_in([head], store, "upload", NOW).refused
    assert "another content. The first one was kept" in refusal.reason
    assert store.study(STUDY).state is ScreeningState.SCREENED


def test_file_of_the_same_name_in_another_series_makes_no_refused_one_good(
    head: Path, tmp_path: Path, store: Store
) -> None:
    top = max(head.iterdir())
    cut_header(top)
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert top.name in {path.name for path in write_series(tmp_path / "more")}
    assert take_in([tmp_path / "more"], store, "upload", NOW).refused == ()
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert f"{top.name} has no SOP Instance UID" in store.study(STUDY).reason


def test_refused_files_of_one_name_in_two_series_each_wait_for_their_own(
    head: Path, tmp_path: Path, store: Store
) -> None:
    tops = max(head.iterdir()), write_series(tmp_path / "more")[-1]
    contents = [cut_header(top) for top in tops]
    for folder in (head, tmp_path / "more"):
        take_in([folder], store, "upload", NOW)
    states = []
    for top, content in zip(tops, contents, strict=True):
        top.write_bytes(content)
        take_in([top], store, "upload", NOW)
        states.append(screen_next(store))
    assert states == [ScreeningState.NOT_SCREENED, ScreeningState.SCREENED]


def test_file_that_names_no_series_is_made_good_by_the_whole_study_alone(
    head: Path, store: Store
) -> None:
    top = max(head.iterdir())
    whole = cut_header(top)
    ds = pydicom.dcmread(top)
    del ds.SeriesInstanceUID
    ds.save_as(top, enforce_file_format=False)
    take_in([head], store, "upload", NOW)
    screen_next(store)
    top.write_bytes(whole)
    take_in([top], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED


def test_file_refused_by_an_older_version_and_once_more_waits_once(
    head: Path, store: Store
) -> None:
    """An older version did not keep its series."""
    top = max(head.iterdir())
    whole = cut_header(top)
    take_in([head], store, "upload", NOW)
    (refusal,) = store.unplaced(STUDY)
    store.set_unplaced(STUDY, [replace(refusal, series_uid="")], NOW)
    take_in([head], store, "upload", NOW)
    assert store.unplaced(STUDY) == (refusal,)
    top.write_bytes(whole)
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED


@pytest.mark.parametrize(
    "renamed", [{"SeriesInstanceUID": f"{STUDY}.77"}, {"InstanceNumber": 77}], ids=str
)
def test_images_that_an_archive_renamed_leave_their_study_screened(
    head: Path, store: Store, renamed: dict[str, object]
) -> None:
    take_in([head], store, "upload", NOW)
    screen_next(store)
    for path in head.iterdir():
        change(path, **renamed)
    refused = take_in([head], store, "upload", NOW).refused
    assert len(refused) == 10
    assert "another content. The first one was kept" in refused[0].reason
    assert store.study(STUDY).state is ScreeningState.SCREENED


def test_an_image_that_comes_in_two_series_at_once_is_screened(
    head: Path, tmp_path: Path, store: Store
) -> None:
    write_head(tmp_path / "again")
    for path in (tmp_path / "again").iterdir():
        change(path, SeriesInstanceUID=f"{STUDY}.77")
    take_in([head, tmp_path / "again"], store, "upload", NOW)
    assert store.unplaced(STUDY) == ()
    assert screen_next(store) is ScreeningState.SCREENED


ANOTHER = (
    "IM0010 names another patient than the files kept of its study. Those stay as they are, this "
    "one was not stored. Check in the PACS whose study it is, and send it again with the patient "
    "ID of the others."
)


def test_series_of_another_patient_is_refused_and_what_is_kept_stays_as_it_is(
    head: Path, tmp_path: Path, store: Store
) -> None:
    for path in head.iterdir():
        change(path, PatientSex="")
    take_in([head], store, "upload", NOW)
    screen_next(store)
    paths = write_series(tmp_path / "more", PatientID="P2", PatientSex="F")
    refused = take_in([tmp_path / "more"], store, "upload", NOW).refused
    assert (len(refused), refused[-1].reason) == (10, ANOTHER)
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert "10 files of the study cannot be placed" in store.study(STUDY).reason
    assert store.study(STUDY).attributes.sex == "", "that is the other patient's"
    assert [each.is_lost for each in store.instances(STUDY)] == [False] * 10
    for path in paths:
        change(path, PatientID="P1")
    assert take_in([tmp_path / "more"], store, "upload", NOW).refused == ()
    assert screen_next(store) is ScreeningState.SCREENED


def test_kept_images_sent_again_for_another_patient_leave_their_study_screened(
    head: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    screen_next(store)
    for path in head.iterdir():
        change(path, PatientID="P2")
    refused = take_in([head], store, "upload", NOW).refused
    assert (len(refused), refused[-1].reason) == (10, ANOTHER)
    assert store.study(STUDY).state is ScreeningState.SCREENED


def test_file_of_another_patient_never_takes_the_place_of_a_lost_one(
    head: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    store.files.originals(STUDY)[-1].unlink()
    screen_next(store)
    for path in head.iterdir():
        change(path, PatientID="P2")
    take_in([head], store, "upload", NOW)
    assert len(store.files.originals(STUDY)) == 9


def test_kept_file_of_another_patient_is_told_as_such_and_not_as_lost(
    head: Path, tmp_path: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    path = write_series(tmp_path / "more", PatientID="P2")[0]
    uid = f"{STUDY}.9.0"
    file = store.files.put_original(STUDY, uid, path)  # as a store took it in until now
    kept = StoredInstance(uid, f"{STUDY}.9", file.path, file.size, file.sha256)
    store.add_instances(STUDY, [kept], NOW)
    store.queue(STUDY, NOW)
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert f"{uid}.dcm names another patient" in store.study(STUDY).reason
    assert kept in store.instances(STUDY)
