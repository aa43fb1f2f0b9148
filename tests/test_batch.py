"""`screen` without a server: results on stdout, everything else on stderr, never an early end."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest

from ichdash.batch import Batch
from ichdash.domain import Prediction, Volume
from ichdash.errors import FaultError, InputError, ModelError
from ichdash.screening import Detector
from tests.samples import ConstantDetector, write_head

FLAGGED = ConstantDetector(0.7)


@pytest.fixture
def studies(tmp_path: Path) -> Path:
    """Two heads, one of them without its middle slices, and a report between."""
    folder = tmp_path / "studies"
    write_head(folder / "whole", number=1)
    write_head(folder / "torn", number=2)
    for path in sorted((folder / "torn").iterdir())[4:6]:
        path.unlink()
    (folder / "report.pdf").write_bytes(b"%PDF-1.7 not an image")
    return folder


def batch(
    detector: Detector = FLAGGED, heatmaps: Path | None = None, as_json: bool = True
) -> Batch:
    return Batch(lambda: detector, heatmaps, as_json=as_json)


def test_a_folder_gives_one_json_object_a_study_and_line(
    studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch().screen([studies])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    whole, torn = sorted(lines, key=lambda line: line["study_uid"])
    assert (whole["study_uid"], whole["status"], whole["flagged"]) == (
        "2.25.1001",
        "screened",
        True,
    )
    assert len(whole["slice_scores"]) == whole["slices"] == 10
    assert (torn["study_uid"], torn["status"]) == ("2.25.1002", "not screened")
    assert "missing" in torn["reason"]


def test_refused_files_and_the_count_stand_on_stderr(
    studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch().screen([studies])
    refused, count = capsys.readouterr().err.splitlines()
    assert refused.startswith("report.pdf is not a DICOM file (no DICM header).")
    assert count == "2 studies: 1 flagged, 1 not screened, 0 not flagged; 1 refused."


def test_the_table_puts_the_flagged_study_on_top(
    studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch(as_json=False).screen([studies])
    header, first, second, *_ = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["state", "probability", "study"]
    assert first.split()[:4] == ["◆", "flagged", "0.70", "2.25.1001"]
    assert second.split()[:4] == ["▲", "not", "screened", "–"]


def test_a_zip_archive_is_screened_like_its_folder(
    studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = shutil.make_archive(str(tmp_path / "export"), "zip", studies / "whole")
    batch().screen([Path(archive)])
    assert json.loads(capsys.readouterr().out)["study_uid"] == "2.25.1001"


def test_heatmaps_name_the_instances_in_the_order_of_their_slices(
    studies: Path, tmp_path: Path
) -> None:
    batch(heatmaps=tmp_path / "maps").screen([studies])
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["2.25.1001.npz"]
    with np.load(tmp_path / "maps" / "2.25.1001.npz") as kept:
        uids = kept["sop_instance_uids"].tolist()
        assert len(kept["heatmap"]) == len(uids) == 10
    files = (pydicom.dcmread(path) for path in (studies / "whole").iterdir())
    heights = {ds.SOPInstanceUID: float(ds.ImagePositionPatient[2]) for ds in files}
    assert uids == sorted(heights, key=lambda uid: heights[uid])


def test_a_heatmap_folder_that_cannot_be_made_ends_before_the_first_study(
    studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = studies / "report.pdf"
    with pytest.raises(InputError) as caught:
        batch(heatmaps=taken / "maps").screen([studies])
    assert str(caught.value) == (
        f"Heatmaps cannot be written to {taken / 'maps'} (not a directory). "
        "Nothing was screened. Name another folder."
    )
    assert capsys.readouterr().out == ""


def test_a_missing_path_is_named_and_the_others_are_screened(
    studies: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not batch().screen([tmp_path / "gone", studies / "whole"])
    told = capsys.readouterr()
    assert told.err.startswith("gone does not exist.")
    assert json.loads(told.out)["study_uid"] == "2.25.1001"


def test_nothing_readable_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no head here")
    with pytest.raises(InputError) as caught:
        batch().screen([tmp_path])
    assert str(caught.value) == (
        "No study could be read in 1 path. Nothing was screened. "
        "Name DICOM files, folders, ZIP archives, or NIfTI files of head CTs."
    )


def test_a_model_that_cannot_be_loaded_ends_the_run(studies: Path) -> None:
    def broken() -> Detector:
        raise ModelError("models/ich.safetensors does not match its card.")

    with pytest.raises(ModelError, match="does not match its card"):
        Batch(broken, None, as_json=True).screen([studies])


def test_a_fault_of_one_study_is_told_by_reference_and_the_next_is_screened(
    studies: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    header_value = "^".join(("DOE", "JANE"))

    class Faulty:
        def predict(self, volume: Volume) -> Prediction:
            if volume.study_uid == "2.25.1001":
                raise RuntimeError(header_value)
            return FLAGGED.predict(volume)

    write_head(studies / "next", number=3)
    with pytest.raises(FaultError, match="1 of 3 studies ended in a fault of ichdash"):
        batch(Faulty()).screen([studies])
    told = capsys.readouterr()
    found = {line["study_uid"]: line for line in map(json.loads, told.out.splitlines())}
    reason = found["2.25.1001"]["reason"]
    reference = reason.removeprefix("Internal fault, reference ")[:8]
    assert reason == (
        f"Internal fault, reference {reference}. Not screened. Read the images as usual, and give "
        "the reference to who runs ichdash."
    )
    assert found["2.25.1001"]["status"] == "not screened"
    assert found["2.25.1003"]["status"] == "screened"
    assert told.err.splitlines()[-1].startswith("3 studies: 1 flagged, 2 not screened")
    assert f"Study 2.25.1001, fault {reference}: RuntimeError at" in caplog.text
    assert "DOE" not in told.out + told.err + caplog.text


def test_no_patient_name_reaches_the_terminal(
    studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in studies.glob("*/IM*"):
        ds = pydicom.dcmread(path)
        ds.PatientName, ds.PatientID = "DOE^JANE", "00231"
        ds.save_as(path)
    batch(as_json=False).screen([studies])
    told = capsys.readouterr()
    assert "2.25.1001" in told.out
    assert not {"DOE", "JANE", "00231"} & set(re.findall(r"\w+", told.out + told.err))
