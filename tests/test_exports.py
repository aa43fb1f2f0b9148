"""A study taken along: as it came, or anonymised with its result."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pydicom
import pytest

from ichdash import exports
from ichdash.errors import InputError, NotFoundError, StoreError
from ichdash.intake import take_in
from ichdash.records import Answer, ReviewState, Settlement
from ichdash.screening import screen_claimed
from ichdash.store import Store
from tests.samples import NOW, ConstantDetector, claimed, write_head

STUDY = "2.25.1001"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One study, screened and reviewed."""
    write_head(tmp_path / "head")
    with Store.open(tmp_path / "data") as opened:
        screening_id = screen(opened, tmp_path / "head")
        opened.add_review(
            STUDY, "Dr. Who", ReviewState.AGREED, "Jane, left", NOW, screening_id=screening_id
        )
        yield opened


def screen(store: Store, folder: Path) -> int:
    take_in([folder], store, "upload", NOW)
    return screen_claimed(store, ConstantDetector(0.7), claimed(store), lambda: NOW).screening_id


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def result_of(store: Store) -> dict[str, object]:
    content = unzipped(exports.anonymised(store, STUDY, "Dr. Who"))[exports.RESULT]
    told: dict[str, object] = json.loads(content)
    return told


def test_a_study_leaves_as_it_came(store: Store, tmp_path: Path) -> None:
    found = unzipped(exports.as_it_came(store, STUDY))
    sent = {path.read_bytes() for path in (tmp_path / "head").iterdir()}
    assert set(found.values()) == sent


def test_anonymised_slices_come_feet_to_head_as_their_scores_do(tmp_path: Path) -> None:
    write_head(tmp_path / "head")
    for number, path in enumerate(sorted((tmp_path / "head").iterdir())):
        ds = pydicom.dcmread(path)
        uid = f"2.25.{9000 - number}"  # kept under names in the opposite order
        ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = uid
        ds.save_as(path)
    with Store.open(tmp_path / "data") as store:
        screen(store, tmp_path / "head")
        found = unzipped(exports.anonymised(store, STUDY, "Dr. Who"))
    told = json.loads(found[exports.RESULT])
    assert told["slice_files"] == sorted(name for name in found if name.endswith(".dcm"))
    files = [pydicom.dcmread(io.BytesIO(found[name])) for name in told["slice_files"]]
    heights = [float(each.ImagePositionPatient[2]) for each in files]
    assert len(heights) == len(told["slice_scores"]) == 10
    assert heights == sorted(heights)


def test_a_file_that_cannot_be_read_is_told_by_name(store: Store) -> None:
    path = store.files.originals(STUDY)[3]
    path.unlink()
    path.symlink_to("gone")
    with pytest.raises(StoreError) as refused:
        exports.as_it_came(store, STUDY)
    assert str(refused.value) == (
        f"{path.name} could not be read: No such file or directory. Nothing was exported. "
        "Check the disk of the data folder, or send the study again."
    )


def test_an_anonymised_case_has_its_images_and_result_and_names_nobody(store: Store) -> None:
    found = unzipped(exports.anonymised(store, STUDY, "Dr. Who"))
    images = [name for name in found if name.endswith(".dcm")]
    assert len(images) == 10
    assert pydicom.dcmread(io.BytesIO(found[images[0]])).PatientIdentityRemoved == "YES"
    result = json.loads(found[exports.RESULT])
    assert result["probability"] == 0.7
    assert result["reviews"] == [{"said": "agreed", "findings": {}, "revised": False}]
    for secret in (b"Dr. Who", b"Jane", STUDY.encode()):
        assert secret not in b"".join(found.values())


def test_a_second_reader_gets_nothing_that_was_said_of_a_newer_result(store: Store) -> None:
    assert store.screen_again(STUDY, NOW)
    row = screen_claimed(store, ConstantDetector(0.3), claimed(store), lambda: NOW)
    store.add_review(STUDY, "Ada", ReviewState.AGREED, "", NOW, screening_id=row.screening_id)
    store.second_reads.ask(STUDY, row.screening_id, "Ada", NOW)
    told = {
        reader: json.loads(unzipped(exports.anonymised(store, STUDY, reader))[exports.RESULT])
        for reader in ("Ada", "Bo")
    }
    assert told["Bo"]["probability"] == 0.3
    assert (len(told["Ada"]["reviews"]), told["Bo"]["reviews"]) == (1, [])


def test_what_was_settled_leaves_with_the_result_that_it_was_settled_of(store: Store) -> None:
    store.second_reads.ask(STUDY, 1, "Dr. Who", NOW)
    store.add_review(STUDY, "Ada", ReviewState.DISAGREED, "", NOW, screening_id=1)
    store.second_reads.settle(STUDY, 1, Settlement(Answer.NO_HEMORRHAGE, "", ("Cyd",), NOW))
    assert result_of(store)["settled"] == "no hemorrhage"
    store.screen_again(STUDY, NOW)
    screen_claimed(store, ConstantDetector(0.8), claimed(store), lambda: NOW)
    told = result_of(store)
    assert (told["probability"], told["reviews"], told["settled"]) == (0.8, [], None)


def test_what_may_name_somebody_is_left_out_and_counted(store: Store) -> None:
    path = store.files.originals(STUDY)[2]
    ds = pydicom.dcmread(path)
    ds.BurnedInAnnotation = "YES"
    ds.save_as(path)
    found = unzipped(exports.anonymised(store, STUDY, "Dr. Who"))
    assert json.loads(found[exports.RESULT])["left_out"] == [
        "1 of 10 files left out: the patient's name may be burnt into its pixels."
    ]
    assert len([name for name in found if name.endswith(".dcm")]) == 9


def test_a_study_without_a_file_that_can_be_anonymised_is_refused(store: Store) -> None:
    for path in store.files.originals(STUDY):
        path.write_bytes(b"nothing")
    with pytest.raises(InputError) as refused:
        exports.anonymised(store, STUDY, "Dr. Who")
    assert str(refused.value) == (
        "None of the 10 files could be anonymised "
        f"({store.files.originals(STUDY)[0].name}: cannot be read or cleaned for certain). "
        "Nothing was exported. Send the CT images of the study again."
    )


@pytest.mark.parametrize(
    "made", [exports.as_it_came, lambda store, uid: exports.anonymised(store, uid, "")]
)
def test_a_study_of_which_nothing_is_kept_is_refused(
    store: Store, made: Callable[[Store, str], bytes]
) -> None:
    for path in store.files.originals(STUDY):
        path.unlink()
    with pytest.raises(NotFoundError) as refused:
        made(store, STUDY)
    assert str(refused.value) == f"No file of study {STUDY} is kept. Send the study again."
