"""The cache of prepared studies: the same as read anew, and DICOM is read where it must be only."""

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ichdash.dicom import geometry, reading
from ichdash.training import cache
from ichdash.training.cache import Archive
from ichdash.training.cases import View
from tests.samples import write_head

UID = "2.25.1001"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies that were prepared once."""
    folder = tmp_path_factory.mktemp("archive")
    for number in (1, 2):
        write_head(folder / "studies" / str(number), number)
    seen(folder)
    return folder


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """A copy of them, with the times of their files."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return tmp_path


def seen(folder: Path, size: int = 32) -> dict[str, View]:
    with Archive(folder / "studies", (size,), folder / "cache") as studies:
        found = {each.study_uid: studies.views(each.study_uid) for each in studies.entries}
    return {uid: views[0] for uid, views in found.items() if not isinstance(views, str)}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is read from here on: folders whose headers are, series whose pixels are."""
    told: list[str] = []
    headers, pixels = reading.read, geometry.load_volume

    def read_headers(paths: list[Path], scratch: Path) -> reading.Reading:
        told.extend(path.name for path in paths)
        return headers(paths, scratch)

    def read_pixels(series: reading.Series) -> object:
        told.append(series.study_uid)
        return pixels(series)

    monkeypatch.setattr(reading, "read", read_headers)
    monkeypatch.setattr(geometry, "load_volume", read_pixels)
    return told


def entry(folder: Path, uid: str = UID) -> Path:
    with Archive(folder / "studies", (32,), folder / "cache") as studies:
        return studies._path(uid, 32)


def same(first: View, second: View) -> bool:
    return np.array_equal(first.hu, second.hu) and (
        (first.step_mm, first.slab_mm, first.slices)
        == (second.step_mm, second.slab_mm, second.slices)
    )


def test_a_second_run_reads_no_dicom_and_sees_the_same(folder: Path, read: list[str]) -> None:
    again = seen(folder)
    assert read == []
    with Archive(folder / "studies", (32,), folder / "elsewhere") as studies:
        (anew,) = studies.views(UID)
    assert isinstance(anew, View)
    assert same(again[UID], anew)
    assert read == ["studies", UID]


def test_several_sizes_cost_one_reading_of_the_pixels(folder: Path, read: list[str]) -> None:
    with Archive(folder / "studies", (16, 48), folder / "elsewhere") as studies:
        views = [view for view in studies.views(UID) if isinstance(view, View)]
    assert [view.hu.shape for view in views] == [(10, 16, 16), (10, 48, 48)]
    assert read == ["studies", UID]


def test_one_size_asked_for_twice_is_given_twice(folder: Path) -> None:
    """A network of an earlier version screens at the size that it was taught with."""
    with Archive(folder / "studies", (32, 32), folder / "cache") as studies:
        assert len(studies.views(UID)) == 2


def test_a_new_study_costs_its_own_pixels_alone(folder: Path, read: list[str]) -> None:
    write_head(folder / "studies" / "3", 3)
    assert set(seen(folder)) == {"2.25.1001", "2.25.1002", "2.25.1003"}
    assert read == ["studies", "2.25.1003"]


def test_a_label_corrected_in_the_folder_of_the_studies_costs_nothing(
    folder: Path, read: list[str]
) -> None:
    labels = folder / "studies" / "labels.csv"
    for answer in (1, 0):
        labels.write_text(f"study_uid,hemorrhage\n{UID},{answer}\n")
        seen(folder)
    assert read == []


def test_a_study_whose_file_changed_is_prepared_anew(folder: Path, read: list[str]) -> None:
    before = seen(folder)
    path = sorted((folder / "studies" / "1").iterdir())[4]
    content = bytearray(path.read_bytes())
    content[-4000:] = bytes(4000)
    path.write_bytes(bytes(content))
    after = seen(folder)
    assert read == ["studies", UID]
    assert not same(before[UID], after[UID])


def test_another_size_is_another_entry(folder: Path, read: list[str]) -> None:
    assert seen(folder, 16)[UID].hu.shape == (10, 16, 16)
    assert sorted(read) == ["2.25.1001", "2.25.1002", "studies"]


def test_other_code_prepares_anew(
    folder: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "reading_code", lambda: "changed")
    seen(folder)
    assert read == ["studies", "2.25.1001", "2.25.1002"]


@pytest.mark.parametrize("place", [0, 30, 2000, -30])
def test_a_damaged_entry_is_prepared_anew(folder: Path, read: list[str], place: int) -> None:
    before, path = seen(folder), entry(folder)
    content = bytearray(path.read_bytes())
    content[place] ^= 0xFF
    path.write_bytes(bytes(content))
    assert same(seen(folder)[UID], before[UID])
    assert read == ["studies", UID]


@pytest.mark.parametrize("content", [b"", b"half of an entr", b"\x93NUMPY\x01\x00"])
def test_an_entry_that_is_something_else_is_prepared_anew(
    folder: Path, read: list[str], content: bytes
) -> None:
    entry(folder).write_bytes(content)
    assert set(seen(folder)) == {"2.25.1001", "2.25.1002"}
    assert read == ["studies", UID]


@pytest.mark.parametrize("content", [b"", b"{}", b"[[1, 2]]"])
def test_a_damaged_index_is_made_anew_from_the_headers(
    folder: Path, read: list[str], content: bytes
) -> None:
    (index,) = (folder / "cache").glob("index-*.json")
    index.write_bytes(content)
    assert set(seen(folder)) == {"2.25.1001", "2.25.1002"}
    assert read == ["studies"]


def test_a_study_that_cannot_be_had_leaves_no_entry(tmp_path: Path) -> None:
    write_head(tmp_path / "studies")
    for path in (tmp_path / "studies").iterdir():
        ds = pydicom.dcmread(path)
        ds.Modality = "MR"
        ds.save_as(path)
    with Archive(tmp_path / "studies", (32,), tmp_path / "cache") as studies:
        assert "modality MR" in str(studies.views(UID))
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".json"]


def test_nothing_in_the_cache_names_a_patient(folder: Path) -> None:
    (index,) = (folder / "cache").glob("index-*.json")
    assert "A1001" in index.read_text(encoding="utf-8")
    assert '"P1"' not in index.read_text(encoding="utf-8")
    with np.load(entry(folder)) as parts:
        assert set(parts.files) == {"hu", "mm", "slices"}


def test_a_study_out_of_an_archive_is_prepared_once(tmp_path: Path, read: list[str]) -> None:
    write_head(tmp_path / "unpacked")
    (tmp_path / "studies").mkdir()
    shutil.make_archive(str(tmp_path / "studies" / "one"), "zip", tmp_path / "unpacked")
    first = seen(tmp_path)
    write_head(tmp_path / "studies" / "2", 2)
    read.clear()
    second = seen(tmp_path)
    assert read == ["studies", "2.25.1002"]
    assert same(first[UID], second[UID])
