"""Files: whole or absent, never outside the data folder, never lost."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ichdash.errors import NotFoundError, StoreError
from ichdash.store import Store, disk
from ichdash.store.files import safe_name
from tests.samples import NOW, full_disk


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "IM0001"
    path.write_bytes(b"pixels" * 10_000)
    return path


def put_result(store: Store, screening_id: int = 7) -> None:
    store.files.put_result(
        "1.2",
        screening_id,
        display=b"payload" * 1000,
        meta={"slices": 2},
        heatmap=np.full((2, 4, 4), 0.5, np.float16),
        sop_instance_uids=("1.2.1", "1.2.2"),
    )


def test_original_is_kept_byte_for_byte(store: Store, source: Path) -> None:
    kept = store.files.put_original("1.2", "1.2.3", source)
    assert kept.path == "originals/1.2/1.2.3.dcm"
    assert store.files.originals("1.2") == (store.files.data_dir / kept.path,)
    assert store.files.originals("1.2")[0].read_bytes() == source.read_bytes()
    assert (kept.size, kept.is_new, kept.is_same) == (60_000, True, True)


def test_new_original_is_read_once_and_its_digest_is_that_of_its_content(
    store: Store, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    open_path = Path.open

    def watched(path: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(path)
        return open_path(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", watched)
    kept = store.files.put_original("1.2", "1.2.3", source)
    assert opened.count(source) == 1
    assert kept.sha256 == hashlib.sha256(b"pixels" * 10_000).hexdigest()


def test_same_original_twice_is_kept_once(store: Store, source: Path) -> None:
    store.files.put_original("1.2", "1.2.3", source)
    again = store.files.put_original("1.2", "1.2.3", source)
    assert (again.is_new, again.is_same) == (False, True)
    assert len(store.files.originals("1.2")) == 1


def test_other_content_under_a_known_uid_does_not_replace_the_first(
    store: Store, source: Path
) -> None:
    store.files.put_original("1.2", "1.2.3", source)
    source.write_bytes(b"other")
    kept = store.files.put_original("1.2", "1.2.3", source)
    assert (kept.is_new, kept.is_same) == (False, False)
    assert store.files.originals("1.2")[0].read_bytes().startswith(b"pixels")


def test_replaced_original_stays_beside_the_new_one_and_out_of_the_study(
    store: Store, source: Path
) -> None:
    store.files.put_original("1.2", "1.2.3", source)
    for content in (b"second", b"third"):
        source.write_bytes(content)
        refused = store.files.put_original("1.2", "1.2.3", source)
        replaced = store.files.replace_original(refused, source)
        assert (replaced.path, replaced.is_new, replaced.is_same) == (refused.path, False, True)
        assert (replaced.size, replaced.sha256) == (len(content), refused.sha256)
    (used,) = store.files.originals("1.2")
    assert used.read_bytes() == b"third"
    kept = {path.read_bytes() for path in used.parent.iterdir()}
    assert kept == {b"pixels" * 10_000, b"second", b"third"}
    assert list(store.files.scratch.iterdir()) == []


def test_full_disk_while_replacing_leaves_the_one_that_was_kept(store: Store, source: Path) -> None:
    store.files.put_original("1.2", "1.2.3", source)
    before = source.read_bytes()
    source.write_bytes(b"other" * 10_000)
    refused = store.files.put_original("1.2", "1.2.3", source)
    with full_disk(), pytest.raises(StoreError, match="A file could not be stored: the disk of"):
        store.files.replace_original(refused, source)
    (used,) = store.files.originals("1.2")
    assert used.read_bytes() == before
    assert list(store.files.scratch.iterdir()) == []


@pytest.mark.parametrize("uid", ["../../etc", "..", "/etc/passwd", "", "1.2\x00", "1" * 65, "a b"])
def test_hostile_uid_stays_inside_the_data_folder(store: Store, source: Path, uid: str) -> None:
    kept = store.files.put_original(uid, uid, source)
    folder = store.files.data_dir / "originals"
    assert (store.files.data_dir / kept.path).resolve().is_relative_to(folder.resolve())
    assert len(Path(kept.path).parts) == 3


def test_plain_uids_are_their_own_names_and_others_do_not_collide() -> None:
    assert safe_name("1.2.840.113619") == "1.2.840.113619"
    assert safe_name("../a") != safe_name("../b")


def test_result_comes_back_whole(store: Store) -> None:
    put_result(store)
    assert store.files.display("1.2", 7) == b"payload" * 1000
    assert store.files.display_meta("1.2", 7) == {"slices": 2}
    assert np.array_equal(store.files.heatmap("1.2", 7), np.full((2, 4, 4), 0.5))
    assert store.files.subtypes("1.2", 7) is None  # as of a screening before there were any


def test_missing_result_is_told_with_the_next_step(store: Store) -> None:
    with pytest.raises(NotFoundError, match=r"Screening 7 of study 1\.2 has no display\.bin"):
        store.files.display("1.2", 7)


def test_full_disk_is_told_and_leaves_nothing_of_an_original(store: Store, source: Path) -> None:
    with (
        full_disk(),
        pytest.raises(StoreError, match=r"A file of study 1\.2 could not be stored: the"),
    ):
        store.files.put_original("1.2", "1.2.3", source)
    assert store.files.originals("1.2") == ()
    assert list(store.files.scratch.iterdir()) == []


def test_full_disk_leaves_nothing_of_a_result(store: Store) -> None:
    with full_disk(), pytest.raises(StoreError, match=r"is full\. Nothing of it was kept\. Free"):
        put_result(store)
    with pytest.raises(NotFoundError):
        store.files.display_meta("1.2", 7)
    assert list(store.files.scratch.iterdir()) == []


def test_full_disk_is_told_by_the_database_too(store: Store) -> None:
    rows = [("x" * 400, str(i)) for i in range(10)]
    with full_disk(), pytest.raises(StoreError, match=r"ichdash\.db cannot be used"):
        for text, name in rows:
            store.intakes.note(text, [], [], NOW)
            store.beat(name, NOW, problem=text)
    assert store.intakes.latest() == ()


def test_half_written_files_of_yesterday_are_swept_and_those_of_today_stay(store: Store) -> None:
    old, new = store.files.scratch / "old", store.files.scratch / "new"
    for folder in (old, new):
        folder.mkdir()
    yesterday = (NOW - timedelta(days=1, seconds=1)).timestamp()
    os.utime(old, (yesterday, yesterday))
    os.utime(new, (NOW.timestamp(), NOW.timestamp()))
    store.files.sweep(NOW)
    assert list(store.files.scratch.iterdir()) == [new]


def test_a_file_that_another_process_removes_meanwhile_does_not_end_a_sweep(tmp_path: Path) -> None:
    gone, old = tmp_path / "gone", tmp_path / "old"
    old.touch()
    disk.sweep([gone, old], before=old.stat().st_mtime + 1)
    assert not old.exists()
