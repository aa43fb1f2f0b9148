"""Taking in again, at once or in part: no file is lost, and no part passes as the whole."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from ichdash.errors import NotFoundError, StoreError
from ichdash.intake import OnProgress, take_in
from ichdash.records import ReviewState, ScreeningState
from ichdash.settings import ROOT
from ichdash.store import Store
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


def test_study_with_a_file_without_a_place_is_healed_by_that_file(head: Path, store: Store) -> None:
    top = max(head.iterdir())
    whole = cut_header(top)
    assert len(take_in([head], store, "upload", NOW).refused) == 1
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    store.add_review(STUDY, "reader", ReviewState.AGREED, "", NOW, seen=1)
    top.write_bytes(whole)
    take_in([top], store, "upload", NOW)
    row = store.study(STUDY)
    assert (row.state, row.review, row.instances) == (
        ScreeningState.QUEUED,
        ReviewState.UNREAD,
        10,
    )
    assert screen_next(store) is ScreeningState.SCREENED


def test_study_with_a_file_without_a_place_is_healed_by_the_study_under_other_names(
    head: Path, store: Store
) -> None:
    top = max(head.iterdir())
    whole = cut_header(top)
    take_in([head], store, "upload", NOW)
    screen_next(store)
    top.write_bytes(whole)
    for number, path in enumerate(sorted(head.iterdir())):
        path.rename(head / f"export-{number}")
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED


def test_study_sent_again_without_the_file_that_had_no_place_stays_not_screened(
    head: Path, store: Store
) -> None:
    top = max(head.iterdir())
    cut_header(top)
    take_in([head], store, "upload", NOW)
    screen_next(store)
    top.unlink()
    take_in([head], store, "upload", NOW)
    store.screen_again(STUDY, NOW)
    assert screen_next(store) is ScreeningState.NOT_SCREENED


def test_file_without_a_place_that_comes_later_takes_the_answer_back_until_all_comes_whole(
    head: Path, store: Store
) -> None:
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED
    top = max(head.iterdir())
    whole = cut_header(top)
    take_in([top], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    take_in([top], store, "upload", NOW)
    assert store.study(STUDY).state is ScreeningState.NOT_SCREENED, "nothing new came"
    top.write_bytes(whole)
    take_in([top], store, "upload", NOW)
    state = store.study(STUDY).state
    assert state is ScreeningState.NOT_SCREENED, "the file of that name was kept before"
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED


def test_study_of_which_no_file_can_be_placed_is_on_the_worklist_with_the_reason(
    head: Path, store: Store
) -> None:
    top = max(head.iterdir())
    cut_header(top)
    assert take_in([top], store, "upload", NOW).studies == (STUDY,)
    assert screen_next(store) is ScreeningState.NOT_SCREENED
    assert f"{top.name} has no SOP Instance UID" in store.study(STUDY).reason
    top.unlink()
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.NOT_SCREENED


def failing_at(last: int) -> OnProgress:
    def stop(study_uid: str, files: int, of: int) -> None:
        if files == last:
            raise StoreError("the disk is full")

    return stop


def test_failed_intake_takes_no_file_from_another_one_of_the_same_study(
    head: Path, tmp_path: Path, store: Store
) -> None:
    def take_in_beside() -> None:
        with Store.open(tmp_path / "data") as other:
            take_in([head], other, "upload", NOW)

    beside = threading.Thread(target=take_in_beside)

    def fail_while_another_comes(study_uid: str, files: int, of: int) -> None:
        if files == 4:
            beside.start()
            beside.join(timeout=1)  # it gets as far as it can
            raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        take_in([head], store, "upload", NOW, fail_while_another_comes)
    beside.join()
    assert store.study(STUDY).instances == 10
    assert len(store.files.originals(STUDY)) == 10


def test_failed_intake_keeps_a_lost_file_that_it_brought_back(head: Path, store: Store) -> None:
    take_in([head], store, "upload", NOW)
    store.files.originals(STUDY)[0].unlink()
    screen_next(store)
    with pytest.raises(StoreError):
        take_in([head], store, "upload", NOW, failing_at(10))
    assert len(store.files.originals(STUDY)) == 10
    take_in([head], store, "upload", NOW)
    assert screen_next(store) is ScreeningState.SCREENED


def taken_in_and_killed_at(last: int, head: Path, data_dir: Path) -> None:
    """What an intake leaves that is killed once it has copied `last` files."""
    code = (
        "import os, sys; from pathlib import Path; from ichdash.intake import take_in;"
        "from ichdash.store import Store; from tests.samples import NOW;"
        "kill = lambda uid, files, of: files == int(sys.argv[3]) and os.kill(os.getpid(), 9);"
        "take_in([Path(sys.argv[1])], Store.open(Path(sys.argv[2])), 'upload', NOW, kill)"
    )
    command = [sys.executable, "-c", code, str(head), str(data_dir), str(last)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL


def from_another_station(head: Path) -> None:
    """Send the same images with other bytes."""
    for path in head.iterdir():
        ds = pydicom.dcmread(path)
        ds.StationName = "CT2"
        ds.save_as(path)


def test_files_of_an_intake_that_was_killed_give_way_to_those_sent_again(
    head: Path, store: Store
) -> None:
    taken_in_and_killed_at(4, head, store.files.data_dir)
    assert len(store.files.originals(STUDY)) == 4
    from_another_station(head)
    assert take_in([head], store, "upload", NOW).refused == ()
    kept = sorted(path.read_bytes() for path in store.files.originals(STUDY))
    assert kept == sorted(path.read_bytes() for path in head.iterdir())
    assert screen_next(store) is ScreeningState.SCREENED
    row = store.study(STUDY)
    assert (row.instances, row.slices) == (10, 10)


def test_of_two_contents_under_one_uid_the_first_takes_the_place_of_what_was_left(
    head: Path, store: Store
) -> None:
    taken_in_and_killed_at(10, head, store.files.data_dir)
    from_another_station(head)
    top = max(head.iterdir())
    first = top.read_bytes()
    ds = pydicom.dcmread(top)
    ds.SeriesInstanceUID = f"{STUDY}.2"  # the same image, listed in a second series
    ds.save_as(top.with_name("copy"))
    refused = take_in([head], store, "upload", NOW).refused
    assert [refusal.name for refusal in refused] == ["copy"]
    assert "another content. The first one was kept" in refused[0].reason
    assert store.files.originals(STUDY)[-1].read_bytes() == first
    assert screen_next(store) is ScreeningState.SCREENED


def test_folder_of_a_study_is_synced_once_after_its_files_and_before_their_rows(
    head: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    folder = store.files.originals_folder(STUDY)
    sync = os.fsync

    def watched(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        if synced[-1] == folder:
            assert len(store.files.originals(STUDY)) == 10
            with pytest.raises(NotFoundError):
                store.study(STUDY)
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    take_in([head], store, "upload", NOW)
    assert synced.count(folder) == 1
