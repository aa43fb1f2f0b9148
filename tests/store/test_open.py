"""Opening: from nothing, at once from several processes, and every way that it cannot be."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from ichdash.domain import Refusal
from ichdash.errors import StoreError
from ichdash.store import Store, StoredInstance, WorklistQuery
from ichdash.store.migrations import migrations
from ichdash.store.store import DATABASE
from tests.samples import NOW, queued

ROOT = Path(__file__).resolve().parents[2]


def test_new_folder_becomes_an_empty_store_that_only_its_owner_reads(tmp_path: Path) -> None:
    with Store.open(tmp_path / "new" / "data") as store:
        assert store.worklist(WorklistQuery()).total == 0
    assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0


def test_what_was_stored_is_there_when_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        queued(store, "1.2")
    with Store.open(tmp_path) as store:
        assert store.study("1.2").attributes.patient_id == "00231"


def test_several_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    code = "import sys, pathlib, ichdash.store as s; s.Store.open(pathlib.Path(sys.argv[1]))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    faults = [process.communicate()[1].decode() for process in processes]
    assert faults == [""] * 4


def test_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Store.open(tmp_path):
        pass
    raw = sqlite3.connect(tmp_path / DATABASE)
    with raw:
        raw.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('ichdash', 'm999_future', '2030')"
        )
    raw.close()
    with pytest.raises(StoreError, match=r"newer ichdash \(it has m999_future") as caught:
        Store.open(tmp_path)
    assert "Nothing was changed. Update ichdash" in str(caught.value)


def add_study(raw: sqlite3.Connection) -> None:
    raw.execute(
        """INSERT INTO studies (study_uid, patient_id, patient_name, birth_date, sex,
            accession_number, description, search, source, received_at, touched_at, state)
        VALUES ('1.2', '', '', '', '', '', '', '', 'upload', :now, :now, 'received')""",
        {"now": NOW.isoformat()},
    )


def test_store_of_the_first_schema_is_brought_up_to_date_with_all_that_it_holds(
    tmp_path: Path,
) -> None:
    raw = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    migrations.apply(Database(raw), stop_before="m002_completeness")
    with raw:
        add_study(raw)
        raw.execute(
            "INSERT INTO instances VALUES ('1.2', '1.2.1.0', '1.2.1', 'a.dcm', 100, 'f', :now)",
            {"now": NOW.isoformat()},
        )
    raw.close()
    with Store.open(tmp_path) as store:
        assert store.instances("1.2") == (StoredInstance("1.2.1.0", "1.2.1", "a.dcm", 100, "f"),)
        assert store.unplaced("1.2") == ()


def test_files_without_a_place_in_an_older_store_stay_without_a_series(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    migrations.apply(Database(raw), stop_before="m011_unplaced_series")
    add_study(raw)
    raw.execute("INSERT INTO unplaced VALUES ('1.2', 'IM0007', 'Its header ends early.')")
    raw.close()
    with Store.open(tmp_path) as store:
        assert store.unplaced("1.2") == (Refusal("IM0007", "Its header ends early."),)


def test_damaged_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all, but long enough to be read as one" * 50)
    with pytest.raises(
        StoreError, match=r"It is not a database\. Nothing was changed\. Restore it"
    ):
        Store.open(tmp_path)


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match=r"data cannot be used: File exists.*ICHDASH_DATA"):
        Store.open(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"it cannot be written to\. Nothing was stored\."):
        Store.open(tmp_path)
    tmp_path.chmod(0o700)


def test_batch_is_kept_all_or_not_at_all(store: Store) -> None:
    with pytest.raises(KeyError), store.batch():
        queued(store, "1.2", NOW)
        raise KeyError
    assert store.worklist(WorklistQuery()).total == 0
