"""Stored sentences before an audience: what the sender called files and series is not in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import Dataset

from ichdash.dicom.reading import read
from ichdash.screening import screen
from ichdash.web import reasons
from tests import samples

ROOT = Path(__file__).resolve().parents[2]
NAMED = "DOE JOHN 0003"  # as a sender may call a file
Change = Callable[[Dataset], None]


def no_instance(ds: Dataset) -> None:
    del ds.SOPInstanceUID, ds.file_meta.MediaStorageSOPInstanceUID


def no_series(ds: Dataset) -> None:
    del ds.SeriesInstanceUID


def another_patient(ds: Dataset) -> None:
    ds.PatientID = "another"


def one_uid(ds: Dataset) -> None:
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "2.25.1001.1.0"


def no_place(ds: Dataset) -> None:
    del ds.ImagePositionPatient


def no_slope(ds: Dataset) -> None:
    ds.RescaleSlope = 0


def few_pixels(ds: Dataset) -> None:
    ds.PixelData = ds.PixelData[:100]


def outcome(folder: Path, change: Change, to: slice) -> list[str]:
    """What is said of a drawn head whose files are named after a patient, some of them changed."""
    samples.write_head(folder)
    for index, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / NAMED.replace("3", str(index)))
    for path in sorted(folder.iterdir())[to]:
        ds = pydicom.dcmread(path)
        change(ds)
        ds.save_as(path, enforce_file_format=False)
    (study,) = read([folder], folder.with_name("scratch")).studies
    made = screen(study, samples.ConstantDetector())
    return [made.reason, *(verdict.reason for verdict in made.series)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (no_instance, "cannot be placed: a file has no SOP Instance UID: its header is damaged"),
        (no_series, "cannot be placed: a file has no Series Instance UID: its header is damaged"),
        (another_patient, "cannot be placed: a file names another patient than the files of"),
        (one_uid, "cannot be placed: a file has the SOP Instance UID of another, but is another"),
        (no_place, "Series 2: a file has no usable position (ImagePositionPatient). Not screened."),
        (no_slope, "Series 2: a file has a rescale slope of 0, so its values cannot be Hounsfield"),
        (
            few_pixels,
            "A file: pixel data ends early (100 of 18,432 bytes); 9 of 10 slices readable",
        ),
    ],
)
def test_a_file_stays_a_file_without_its_name(tmp_path: Path, change: Change, said: str) -> None:
    sentences = outcome(tmp_path / "sent", change, slice(3, 4))
    assert NAMED in sentences[0]
    hidden = [reasons.told(each, is_hidden=True) for each in sentences]
    assert said in hidden[0]
    assert not any("DOE" in each or "JOHN" in each for each in hidden)
    assert reasons.told(sentences[0], is_hidden=False) == sentences[0]


@pytest.mark.parametrize(
    ("keyword", "value", "said"),
    [
        ("SeriesDescription", 'DOE "JOHN": CHEST', "Series 2: its description says chest, not"),
        ("SeriesDescription", 'DOE" JOHN ABDOMEN', "Series 2: its description says abdom"),
        ("ProtocolName", 'DOE "JOHN" POST CONTRAST', "The protocol speaks of contrast."),
        ("StudyDescription", "DOE JOHN CHEST", "The study description speaks of chest."),
        ("ContrastBolusAgent", "DOE JOHN 300", "Series 2: contrast agent recorded. The model was"),
    ],
)
def test_what_the_sender_typed_is_not_quoted(
    tmp_path: Path, keyword: str, value: str, said: str
) -> None:
    def change(ds: Dataset) -> None:
        del ds.StudyDescription, ds.ProtocolName, ds.SeriesDescription, ds.BodyPartExamined
        setattr(ds, keyword, value)

    sentences = outcome(tmp_path / "sent", change, slice(None))
    assert "JOHN" in " ".join(sentences)
    hidden = " ".join(reasons.told(each, is_hidden=True) for each in sentences)
    assert said in hidden
    assert "DOE" not in hidden and "JOHN" not in hidden


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (
            "Series 1: a localizer. Not screened. Series 2 (H30): DOE has no usable position.",
            "Series 1: a localizer. Not screened. Series 2 (H30): a file has no usable position.",
        ),
        ("DOE.nii: voxels end early or cannot be read.", "A file: voxels end early or cannot"),
        ("DOE.nii: slices lie 0.005 mm apart, too", "A file: slices lie 0.005 mm apart, too"),
        (
            "DOE has the SOP Instance UID of an image that is kept already, but is another image.",
            "A file has the SOP Instance UID of another, but is another image.",
        ),
        ("DOE.nii.gz: values run from 0 to 9, not in", "A file: values run from 0 to 9, not in"),
        ("It reads (DOE_JOHN-3.dcm) and no more.", "It reads (a file) and no more."),
        ('It is called "DOE JOHN" there.', "It is called a description there."),
        ('Series 2 "DOE": JOHN": one slice.', reasons.WITHHELD),
    ],
)
def test_a_sentence_keeps_all_but_the_name(sentence: str, said: str) -> None:
    hidden = reasons.told(sentence, is_hidden=True)
    assert said in hidden
    assert "DOE" not in hidden and "JOHN" not in hidden


def test_every_page_tells_a_reason_by_these_words() -> None:
    sources = [*ROOT.glob("ichdash/web/**/*.py"), *ROOT.glob("ichdash/pages/*.py")]
    told = ("reasons.told(", "refusal.reason")  # where identity is hidden no refusal is shown
    raw = [
        f"{path.name}: {line.strip()}"
        for path in sources
        for line in path.read_text(encoding="utf-8").splitlines()
        if (".reason}" in line or ".reason)" in line or ".reason," in line)
        and not any(way in line for way in told)
    ]
    assert raw == []
