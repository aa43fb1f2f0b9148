"""The upload page from `app.py` down: what was sent, what became of it, what was refused."""

from __future__ import annotations

import time
from pathlib import Path

from streamlit.testing.v1 import AppTest

from ichdash.domain import Refusal, StudyAttributes
from ichdash.store import Store
from ichdash.web import parts
from ichdash.web.upload import chooser, progress
from ichdash.web.upload.jobs import Job, Jobs, Stage
from tests import samples
from tests.web.conftest import OpenApp, ago, said

REASON = "Study 1.2: one series, modality MR. Only CT is screened. Kept, not screened."


def take_in(store: Store, study_uid: str, *refused: Refusal) -> None:
    store.intakes.note("upload", [study_uid], refused, ago(4))


def send(app: AppTest, paths: list[Path]) -> AppTest:
    app.file_uploader[0].set_value([(p.name, p.read_bytes(), "") for p in paths]).run()
    deadline = time.monotonic() + 20
    while chooser.jobs().open():
        assert time.monotonic() < deadline, "the upload took more than 20 s"
        time.sleep(0.01)
    return app.run()


def test_before_anything_was_sent_the_page_says_so(store: Store, open_app: OpenApp) -> None:
    app = open_app("upload")
    assert "Nothing has been sent yet." in said(app)
    assert [chooser.label for chooser in app.file_uploader] == [
        "Files or ZIP archives",
        "A whole folder",
    ]


def test_a_study_that_is_sent_is_queued_and_a_text_beside_it_refused(
    store: Store, open_app: OpenApp, tmp_path: Path
) -> None:
    samples.write_head(tmp_path / "sent")
    (tmp_path / "sent" / "notes.txt").write_text("not a DICOM file")
    app = send(open_app("upload"), sorted((tmp_path / "sent").iterdir()))
    assert ":gray[**⋯ queued**] (1st)" in said(app)
    assert "upload 0 s ago · 1 study · 1 file refused" in said(app)
    assert r"notes\.txt is not a DICOM file" in said(app)
    assert not app.file_uploader[0].value


def test_a_screened_study_shows_its_probability_and_leads_to_its_case(
    store: Store, open_app: OpenApp
) -> None:
    samples.settled(store, "1.2", 0.91)
    take_in(store, "1.2")
    app = open_app("upload")
    assert ":orange[**◆ flagged**]" in said(app)
    assert r"0\.91" in said(app)
    app.button[0].click().run()
    assert app.query_params["study"] in ("1.2", ["1.2"])


def test_a_probability_near_one_is_no_quotation(store: Store, open_app: OpenApp) -> None:
    samples.settled(store, "1.2", 0.998)
    take_in(store, "1.2")
    assert r"\>0\.99" in said(open_app("upload"))


def test_a_study_that_was_not_screened_says_why(store: Store, open_app: OpenApp) -> None:
    samples.queued(store, "1.2")
    store.record(samples.not_screened("1.2", REASON), samples.claimed(store), samples.NOW)
    take_in(store, "1.2")
    assert ":violet[**▲ not screened**]" in said(open_app("upload"))
    assert r"Only CT is screened\. Kept, not screened\." in said(open_app("upload"))


def test_many_refusals_are_folded_away(store: Store, open_app: OpenApp) -> None:
    samples.queued(store, "1.2")
    take_in(store, "1.2", *(Refusal(f"{n}.pdf", f"{n}.pdf is no DICOM file.") for n in range(4)))
    app = open_app("upload")
    assert "4 files refused" in [expander.label for expander in app.expander]


def test_a_refused_name_is_shown_as_it_is(store: Store, open_app: OpenApp) -> None:
    samples.queued(store, "1.2")
    take_in(store, "1.2", Refusal("x", "![x](http://evil.example/x.png) is no DICOM file."))
    assert r"\!\[x\]\(http\://evil\.example/x\.png\)" in said(open_app("upload"))


def test_a_study_uid_is_shown_as_it_is(store: Store, open_app: OpenApp) -> None:
    hostile = "![x](http://evil.example/x.png)"
    samples.queued(store, "1.2")
    job = Job("upload", ago(0), Stage.KEEPING, studies={hostile: (1, 2)})
    failed = Job("upload", ago(0), Stage.FAILED, fault=f"Study {hostile} could not be stored.")
    app = open_app("upload")
    chooser.jobs()._jobs = (job, failed)
    app.run()
    shown = [*(bar.proto.text for bar in app.get("progress")), *(e.value for e in app.error)]
    assert len(shown) == 2
    assert all(parts.plain(hostile) in text and hostile not in text for text in shown)


def test_the_page_is_busy_only_while_something_on_it_is_under_way(store: Store) -> None:
    jobs = Jobs()
    assert not progress.is_under_way(jobs, progress.ended(store))
    samples.queued(store, "1.2")
    take_in(store, "1.2")
    assert progress.is_under_way(jobs, progress.ended(store))
    store.record(samples.screened("1.2", 0.9), samples.claimed(store), samples.NOW)
    assert not progress.is_under_way(jobs, progress.ended(store))
    jobs._jobs = (Job("upload", ago(0), Stage.FAILED, fault="Disk full."),)
    assert not progress.is_under_way(jobs, progress.ended(store))
    jobs._jobs = (Job("upload", ago(0), Stage.SAVING),)
    assert progress.is_under_way(jobs, progress.ended(store))


def test_the_history_survives_leaving_the_page(store: Store, open_app: OpenApp) -> None:
    samples.queued(store, "1.2")
    take_in(store, "1.2")
    app = open_app("upload")
    app.switch_page("ichdash/pages/worklist.py").run()
    app.switch_page("ichdash/pages/upload.py").run()
    assert "upload 4 min ago · 1 study" in said(app)


def test_hidden_identity_hides_a_description_that_is_a_file_name(
    store: Store, open_app: OpenApp
) -> None:
    store.receive("1.2", StudyAttributes(description="DOE_JANE.nii.gz"), "upload", ago(4))
    take_in(store, "1.2")
    assert "DOE" in said(open_app("upload"))
    assert "DOE" not in said(open_app("upload", hide="true"))


def test_hidden_identity_hides_a_file_that_is_named_in_the_reason(
    store: Store, open_app: OpenApp
) -> None:
    reason = "One file of the study cannot be placed: DOE_JANE has no SOP Instance UID: damaged."
    samples.queued(store, "1.2")
    store.record(samples.not_screened("1.2", reason), samples.claimed(store), samples.NOW)
    take_in(store, "1.2")
    assert "JANE has no SOP Instance UID" in said(open_app("upload"))
    hidden = said(open_app("upload", hide="true"))
    assert "DOE" not in hidden and "a file has no SOP Instance UID" in hidden


def test_hidden_identity_hides_a_file_that_an_upload_failed_at(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app("upload", hide="true")
    fault = "DOE_JANE.dcm could not be read. Nothing was stored."
    chooser.jobs()._jobs = (Job("upload", ago(0), Stage.FAILED, fault=fault),)
    app.run()
    assert app.error[0].value == r"a file could not be read\. Nothing was stored\."


def test_hidden_identity_hides_the_names_of_refused_files(store: Store, open_app: OpenApp) -> None:
    samples.queued(store, "1.2")
    take_in(store, "1.2", Refusal("x", "DOE_JANE.pdf is no DICOM file."))
    text = said(open_app("upload", hide="true"))
    assert "DOE" not in text
    assert "The names of refused files are hidden with the identity." in text
