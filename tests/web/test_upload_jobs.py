"""An upload behind the page: from what the browser sent to studies in the store."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ichdash.store import Store
from ichdash.web.upload.jobs import Job, Jobs, Stage
from tests.samples import write_head
from tests.web.test_upload_saving import Sent


def wait_for(job: Job) -> None:
    deadline = time.monotonic() + 20
    while job.stage not in (Stage.DONE, Stage.FAILED):
        assert time.monotonic() < deadline, f"still {job.stage} after 20 s"
        time.sleep(0.01)


def sent_head(folder: Path) -> list[Sent]:
    write_head(folder)
    return [Sent(f"head/{path.name}", path.read_bytes()) for path in sorted(folder.iterdir())]


def test_a_study_is_queued_and_the_rest_refused_by_name(store: Store, tmp_path: Path) -> None:
    sent = [*sent_head(tmp_path / "sent"), Sent("head/report.pdf", b"%PDF-1.4 and so on")]
    job = Jobs().upload(sent, tmp_path)
    wait_for(job)
    assert (job.stage, job.fault) == (Stage.DONE, "")
    assert (job.files, job.files_saved, job.studies) == (11, 11, {"2.25.1001": (10, 10)})
    assert store.queue_position("2.25.1001") == 1
    assert (
        store.intakes.latest()[0]
        .refused[0]
        .reason.startswith("head/report.pdf is not a DICOM file")
    )


def test_the_same_study_twice_is_one_study_with_two_intakes(store: Store, tmp_path: Path) -> None:
    sent = sent_head(tmp_path / "sent")
    again = [Sent(file.name, file.getvalue()) for file in sent]
    jobs = Jobs()
    wait_for(jobs.upload(sent, tmp_path))
    wait_for(jobs.upload(again, tmp_path))
    assert [intake.studies for intake in store.intakes.latest()] == [("2.25.1001",), ("2.25.1001",)]
    assert store.study("2.25.1001").instances == 10


def test_the_demo_is_taken_in_and_left_to_the_worker(store: Store, tmp_path: Path) -> None:
    def draw(folder: Path) -> None:
        write_head(folder / "A1001")

    job = Jobs().demo(tmp_path, draw)
    wait_for(job)
    assert (job.stage, job.fault) == (Stage.DONE, "")
    assert (store.intakes.latest()[0].source, store.queue_position("2.25.1001")) == ("demo", 1)
    assert store.screenings("2.25.1001") == ()


def test_a_job_is_listed_until_it_is_done(store: Store, tmp_path: Path) -> None:
    jobs = Jobs()
    job = jobs.upload([Sent("a.txt", b"text")], tmp_path)
    wait_for(job)
    assert jobs.open() == ()


def test_scratch_is_gone_when_the_job_is_done(store: Store, tmp_path: Path) -> None:
    wait_for(Jobs().upload([Sent("a.txt", b"text")], tmp_path))
    assert list(tmp_path.glob(".upload-*")) == []


def test_scratch_of_a_killed_process_is_removed_after_a_day(store: Store, tmp_path: Path) -> None:
    for name, age_s in ((".upload-old", 90_000), (".upload-new", 60)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "IM1").write_bytes(b"a patient's image")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    wait_for(Jobs().upload([Sent("a.txt", b"text")], tmp_path))
    assert [path.name for path in tmp_path.glob(".upload-*")] == [".upload-new"]


def test_a_fault_is_kept_as_a_sentence_until_it_is_dismissed(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("a file where the data folder should be")
    jobs = Jobs()
    job = jobs.upload([Sent("a.txt", b"text")], no_folder)
    wait_for(job)
    assert job.stage is Stage.FAILED
    assert job.fault == (
        "The files could not be written to the data folder: File exists. Nothing was stored. "
        "Check the folder and its disk, then send them again."
    )
    assert jobs.open() == (job,)
    jobs.forget(job)
    assert jobs.open() == ()
