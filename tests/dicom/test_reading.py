"""Whatever lies in a folder, studies are found in it, and the rest is refused by name."""

from datetime import datetime
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, MediaStorageDirectoryStorage, MRImageStorage

from ichdash.dicom.reading import read
from ichdash.domain import Refusal, StudyAttributes
from tests.dicom.scanner import Scan, head, header, save


def only_refusal(path: Path) -> str:
    reading = read([path], path.parent)
    assert reading.studies == ()
    (refusal,) = reading.refused
    return refusal.reason


def test_a_nested_folder_without_file_extensions_is_read(tmp_path: Path) -> None:
    Scan().write(tmp_path / "DISK" / "PAT1" / "ST1" / "SE1", names="{:08d}")
    (study,) = read([tmp_path], tmp_path).studies
    assert study.study_uid == "1.2.3"
    assert len(study.series[0].instances) == 14
    assert study.series[0].instances[0].name == "DISK/PAT1/ST1/SE1/00000001"


def test_single_files_are_put_together(tmp_path: Path) -> None:
    paths = Scan().write(tmp_path)
    (study,) = read(paths, tmp_path).studies
    assert len(study.series[0].instances) == 14
    assert study.series[0].instances[0].name == "IM0001"


def test_studies_and_series_are_told_apart_and_ordered_by_number(tmp_path: Path) -> None:
    Scan(number=9).write(tmp_path / "a")
    Scan(number=3, series_uid="1.2.3.5").write(tmp_path / "b")
    Scan(study_uid="1.2.4", series_uid="1.2.4.1").write(tmp_path / "c")
    first, second = read([tmp_path], tmp_path).studies
    assert [series.number for series in first.series] == [3, 9]
    assert second.study_uid == "1.2.4"


def test_what_headers_say_of_the_study_is_kept(tmp_path: Path) -> None:
    extra = {
        "PatientName": "Doe^Jane^Q",
        "PatientBirthDate": "19500203",
        "PatientSex": "F",
        "StudyDescription": "CT HEAD",
        "AcquisitionDate": "20260102",
        "AcquisitionTime": "101531.25",
    }
    Scan(extra=extra).write(tmp_path)
    (study,) = read([tmp_path], tmp_path).studies
    assert study.attributes == StudyAttributes(
        patient_id="P1",
        patient_name="Doe, Jane Q",
        birth_date="1950-02-03",
        sex="F",
        accession_number="A77",
        description="CT HEAD",
        acquired_at=datetime(2026, 1, 2, 10, 15, 31),
    )


def test_what_the_first_header_leaves_empty_of_the_study_is_told_by_the_later_ones(
    tmp_path: Path,
) -> None:
    def leave_empty(ds: Dataset, index: int) -> None:
        if index == 0:
            ds.PatientID = ds.PatientName = ds.AccessionNumber = ""
            ds.StudyDescription = "CT HEAD"

    Scan(change=leave_empty, extra={"StudyDescription": "CT"}).write(tmp_path)
    told = read([tmp_path], tmp_path).studies[0].attributes
    assert (told.patient_id, told.patient_name) == ("P1", "Secret, Name")
    assert (told.accession_number, told.description) == ("A77", "CT HEAD")


def test_a_refused_file_does_not_speak_for_its_study_but_where_it_is_alone(tmp_path: Path) -> None:
    def claim(ds: Dataset, index: int) -> None:
        ds.PatientID = {0: "P9"}.get(index, "P1")

    paths = Scan(change=claim).write(tmp_path)
    paths[0].write_bytes(paths[0].read_bytes().replace(b"1.2.3.4.1\0", b"\0" * 10))
    for sent, patient_id, refused in (([tmp_path], "P1", 1), (paths[:1], "P9", 1)):
        (study,) = read(sent, tmp_path).studies
        assert (study.attributes.patient_id, len(study.refused)) == (patient_id, refused)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Doe", "Doe"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("^Jane", "Jane"),
        ("", ""),
    ],
)
def test_a_name_is_kept_as_people_write_it(tmp_path: Path, name: str, kept: str) -> None:
    Scan(head(1), extra={"SpecificCharacterSet": "ISO_IR 192", "PatientName": name}).write(tmp_path)
    assert read([tmp_path], tmp_path).studies[0].attributes.patient_name == kept


@pytest.mark.parametrize(
    ("extra", "moment"),
    [
        ({"AcquisitionDateTime": "20260304050607.1234+0100"}, datetime(2026, 3, 4, 5, 6, 7)),
        ({"StudyTime": "0708"}, datetime(2026, 1, 2, 7, 8)),
        ({"StudyTime": ""}, datetime(2026, 1, 2)),
        ({"StudyDate": ""}, None),
    ],
)
def test_the_time_of_the_scan_is_read_in_all_its_spellings(
    tmp_path: Path, extra: dict[str, object], moment: datetime | None
) -> None:
    Scan(extra=extra).write(tmp_path)
    assert read([tmp_path], tmp_path).studies[0].attributes.acquired_at == moment


def test_clutter_of_operating_systems_and_media_directories_is_left_apart(tmp_path: Path) -> None:
    Scan().write(tmp_path)
    for name in (".DS_Store", "._IM0001", "Thumbs.db", "desktop.ini"):
        (tmp_path / name).write_bytes(b"clutter")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "IM0001").write_bytes(b"clutter")
    directory = Dataset()
    directory.file_meta = header("1", "2", "3", MediaStorageDirectoryStorage).file_meta
    directory.FileSetID = "DISK"
    save(directory, tmp_path / "DICOMDIR")
    save(directory, tmp_path / "DIRFILE")
    reading = read([tmp_path], tmp_path)
    assert reading.refused == ()
    assert len(reading.studies[0].series[0].instances) == 14


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report.pdf", b"%PDF-1.4 ..."),
        ("key.png", b"\x89PNG\r\n\x1a\n"),
        ("readme.txt", b"hello"),
        ("IM0099", b"\0" * 4000),
        ("ham.gz", b"\x1f\x8b\x08\x00 not really packed"),
        ("old.dcm", b"\x08\x00garbage that only begins like a header"),
    ],
)
def test_a_file_that_is_not_dicom_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes
) -> None:
    Scan().write(tmp_path)
    (tmp_path / name).write_bytes(content)
    reading = read([tmp_path], tmp_path)
    assert len(reading.studies) == 1
    assert reading.refused == (
        Refusal(
            name,
            f"{name} is not a DICOM file (no DICM header). Nothing was stored. "
            "Choose the folder exported from the PACS.",
        ),
    )


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.touch()
    assert only_refusal(path) == "IM1 is empty (0 bytes). Nothing was stored. Send it again."


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert only_refusal(tmp_path / "gone") == "gone does not exist. Nothing was stored."


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    assert only_refusal(tmp_path / "export") == (
        "export holds no files. Nothing was stored. Choose the folder exported from the PACS."
    )


def test_a_header_that_is_garbage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "IM1"
    path.write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 500)
    assert only_refusal(path).startswith("IM1 ")
    assert only_refusal(path).endswith("Nothing was stored. Send it again.")


def test_a_header_that_ends_before_the_study_uid_is_refused(tmp_path: Path) -> None:
    path = Scan().write(tmp_path)[0]
    content = path.read_bytes()
    short = tmp_path / "short" / "IM0001"
    short.parent.mkdir()
    short.write_bytes(content[: content.index(b"\x20\x00\x0d\x00")])
    assert only_refusal(short) == (
        "IM0001 has no Study Instance UID: its header is damaged or ends early. "
        "Nothing was stored. Send it again."
    )


def test_a_header_that_ends_before_the_series_uid_stays_with_its_study(tmp_path: Path) -> None:
    path = Scan().write(tmp_path)[6]
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\x20\x00\x0e\x00")])
    reading = read([tmp_path], tmp_path)
    assert reading.refused == ()
    (study,) = reading.studies
    assert {series.series_uid: len(series.instances) for series in study.series} == {
        "1.2.3.4": 13,
        "unknown": 1,
    }


def test_an_instance_without_its_uid_has_that_of_the_file_meta_information(tmp_path: Path) -> None:
    def forget(ds: Dataset, index: int) -> None:
        ds.SOPInstanceUID = ""

    Scan(change=forget).write(tmp_path)
    (study,) = read([tmp_path], tmp_path).studies
    assert study.series[0].instances[0].sop_instance_uid == "1.2.3.4.1"


def test_an_instance_without_any_uid_is_refused_within_its_study(tmp_path: Path) -> None:
    path = Scan().write(tmp_path)[6]
    path.write_bytes(path.read_bytes().replace(b"1.2.3.4.7", b"\0" * 9))
    (study,) = read([tmp_path], tmp_path).studies
    why = "IM0007 has no SOP Instance UID: its header is damaged or ends early."
    assert study.refused == (Refusal("IM0007", why, "1.2.3.4"),)


def test_other_modalities_and_reports_stay_series_of_their_study(tmp_path: Path) -> None:
    Scan().write(tmp_path / "ct")
    mr = header("1.2.3", "1.2.3.7", "1.2.3.7.1", MRImageStorage)
    mr.Modality, mr.SeriesNumber = "MR", 7
    save(mr, tmp_path / "mr")
    report = header("1.2.3", "1.2.3.8", "1.2.3.8.1", ComprehensiveSRStorage)
    report.Modality, report.SeriesNumber = "SR", 8
    save(report, tmp_path / "sr")
    (study,) = read([tmp_path], tmp_path).studies
    assert [series.modality for series in study.series] == ["CT", "MR", "SR"]
    assert study.series[2].frame_count == 0


def test_an_instance_sent_twice_counts_once_and_the_fuller_file_wins(tmp_path: Path) -> None:
    paths = Scan().write(tmp_path / "b")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "cut").write_bytes(paths[3].read_bytes()[:-2000])
    (study,) = read([tmp_path], tmp_path).studies
    assert len(study.series[0].instances) == 14
    assert paths[3] in [instance.path for instance in study.series[0].instances]


def test_values_that_are_not_what_their_kind_promises_count_as_absent(tmp_path: Path) -> None:
    path = Scan().write(tmp_path)[0]
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b"\x20\x00\x13\x00IS\x02\x001 ", b"\x20\x00\x13\x00IS\x02\x00ab")
    )
    (study,) = read([tmp_path], tmp_path).studies
    assert study.series[0].instances[0].number is None


def test_no_refusal_holds_a_patients_name(tmp_path: Path) -> None:
    for path in Scan().write(tmp_path):
        content = path.read_bytes()
        path.write_bytes(content[: content.index(b"\x20\x00\x0d\x00")])
    reading = read([tmp_path], tmp_path)
    assert len(reading.refused) == 14
    assert "Secret" not in str(reading.refused)


@pytest.mark.parametrize(
    "other", [{"InstanceNumber": 99}, {"ImagePositionPatient": [-80, -70, 99]}]
)
def test_another_image_under_a_known_uid_is_refused_within_its_study(
    tmp_path: Path, other: dict[str, object]
) -> None:
    scan = Scan()
    scan.write(tmp_path)
    scan.extra = other
    image = scan.dataset(6)
    image.PixelData = scan.dataset(0).PixelData
    assert image.PixelData != scan.dataset(6).PixelData
    save(image, tmp_path / "IM0099")
    (study,) = read([tmp_path], tmp_path).studies
    assert len(study.series[0].instances) == 14
    why = "IM0099 has the SOP Instance UID of IM0007, but is another image."
    assert study.refused == (Refusal("IM0099", why, "1.2.3.4"),)


def test_an_image_under_a_uid_of_another_series_is_refused_within_its_study(
    tmp_path: Path,
) -> None:
    Scan().write(tmp_path)
    second = Scan(series_uid="1.2.3.5", number=3)
    other = second.dataset(6)
    other.SOPInstanceUID = "1.2.3.4.7"
    other.PixelData = second.dataset(0).PixelData
    save(other, tmp_path / "IM0099")
    (study,) = read([tmp_path], tmp_path).studies
    assert [series.series_uid for series in study.series] == ["1.2.3.4"]
    why = "IM0099 has the SOP Instance UID of IM0007, but is another image."
    assert study.refused == (Refusal("IM0099", why, "1.2.3.5"),)


def test_the_same_file_twice_is_harmless(tmp_path: Path) -> None:
    Scan().write(tmp_path / "a")
    Scan().write(tmp_path / "b")
    (study,) = read([tmp_path], tmp_path).studies
    assert (len(study.series[0].instances), study.refused) == (14, ())


def test_a_copy_whose_header_ends_early_is_no_other_image(tmp_path: Path) -> None:
    content = Scan().write(tmp_path)[6].read_bytes()
    (tmp_path / "cut").write_bytes(content[: content.index(b"\x20\x00\x13\x00")])
    (study,) = read([tmp_path], tmp_path).studies
    assert (len(study.series[0].instances), study.refused) == (14, ())


def test_a_file_of_another_patient_is_refused_without_naming_anybody(tmp_path: Path) -> None:
    def swap(ds: Dataset, index: int) -> None:
        ds.PatientID = {0: "", 13: "P2"}.get(index, "P1")

    Scan(change=swap).write(tmp_path)
    (study,) = read([tmp_path], tmp_path).studies
    assert len(study.series[0].instances) == 13
    why = "IM0014 names another patient than the files of the study before it."
    assert study.refused == (Refusal("IM0014", why, "1.2.3.4"),)
