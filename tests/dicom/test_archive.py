"""ZIP archives are unpacked within limits, and refused in one sentence beyond them."""

import shutil
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ichdash.dicom import archive
from ichdash.dicom.reading import read
from tests.dicom.scanner import Scan
from tests.samples import full_disk


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def packed(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return path


def scanned(tmp_path: Path) -> dict[str, bytes]:
    return {f"SE1/{path.name}": path.read_bytes() for path in Scan().write(tmp_path / "scan")}


def only_refusal(path: Path, scratch: Path) -> str:
    reading = read([path], scratch)
    assert reading.studies == ()
    assert list(scratch.iterdir()) == []
    (refusal,) = reading.refused
    assert refusal.name == "study.zip"
    return refusal.reason


def test_a_study_is_read_from_an_archive(tmp_path: Path, scratch: Path) -> None:
    reading = read([packed(tmp_path, scanned(tmp_path))], scratch)
    assert reading.refused == ()
    instances = reading.studies[0].series[0].instances
    assert len(instances) == 14
    assert instances[0].name == "study.zip/SE1/IM0001"
    assert instances[0].short_name == "IM0001"
    assert all(instance.path.is_relative_to(scratch) for instance in instances)


def test_an_archive_is_known_by_its_content_not_its_name(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, scanned(tmp_path)).rename(tmp_path / "upload")
    assert len(read([path], scratch).studies) == 1


def test_clutter_in_an_archive_is_left_apart(tmp_path: Path, scratch: Path) -> None:
    clutter = {"__MACOSX/SE1/._IM0001": b"x", "SE1/.DS_Store": b"x", "SE1/Thumbs.db": b"x"}
    reading = read([packed(tmp_path, {**scanned(tmp_path), **clutter})], scratch)
    assert reading.refused == ()


def test_a_foreign_file_in_an_archive_is_refused_alone(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, {**scanned(tmp_path), "report.pdf": b"%PDF"})
    reading = read([path], scratch)
    assert len(reading.studies) == 1
    assert [refusal.name for refusal in reading.refused] == ["study.zip/report.pdf"]


def test_an_archive_in_an_archive_is_refused_alone(tmp_path: Path, scratch: Path) -> None:
    inner = packed(tmp_path, {"a": b"b"}).read_bytes()
    reading = read([packed(tmp_path, {**scanned(tmp_path), "more.zip": inner})], scratch)
    assert len(reading.studies) == 1
    assert [refusal.reason for refusal in reading.refused] == [
        "study.zip/more.zip is a ZIP archive inside another. It was not stored. "
        "Unpack it and send it by itself."
    ]


def test_a_protected_archive_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, {"IM1": b"secret"})
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(content)
    assert only_refusal(path, scratch) == (
        "study.zip is protected by a password. Nothing was stored. "
        "Pack it without a password and send it again."
    )


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "C:\\b", "..\\b"])
def test_an_archive_that_points_outside_itself_is_refused(
    tmp_path: Path, scratch: Path, name: str
) -> None:
    path = packed(tmp_path, {**scanned(tmp_path), name: b"x"})
    assert only_refusal(path, scratch) == (
        f"study.zip holds a file that points outside it ({name!r}). Nothing of it was stored."
    )


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, {"IM1": bytes(archive.SMALL_BYTES + 1)})
    reason = only_refusal(path, scratch)
    assert reason.startswith("study.zip would unpack to 64.0 MB from 0.1 MB (at most 200 times")
    assert reason.endswith("Nothing of it was stored.")


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, {"IM1": bytes(50_000)})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    assert only_refusal(path, scratch).startswith("study.zip ")


def test_an_archive_of_too_many_files_is_refused(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    path = packed(tmp_path, {f"IM{i}": b"x" for i in range(4)})
    assert only_refusal(path, scratch) == (
        "study.zip holds 4 files (at most 3). Nothing of it was stored."
    )


def test_an_archive_larger_than_the_disk_is_refused(
    tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path, {"IM1": b"x" * 4096})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1024))
    assert only_refusal(path, scratch) == (
        "study.zip needs 0.0 MB to unpack and 0.0 MB are free. Nothing was stored. "
        "Make room and send it again."
    )


@pytest.mark.parametrize("cut", [10, 200, 2000])
def test_a_damaged_archive_is_refused(tmp_path: Path, scratch: Path, cut: int) -> None:
    path = packed(tmp_path, scanned(tmp_path))
    path.write_bytes(path.read_bytes()[:-cut])
    assert only_refusal(path, scratch) == (
        "study.zip is a damaged ZIP archive. Nothing was stored. Pack and send it again."
    )


def test_an_archive_that_fills_the_disk_is_not_called_damaged(
    tmp_path: Path, scratch: Path
) -> None:
    path = packed(tmp_path, scanned(tmp_path))
    with full_disk():
        reason = only_refusal(path, scratch)
    assert reason == (
        "study.zip could not be unpacked: the disk is full. Nothing was stored. "
        "Make room and send it again."
    )


def test_a_member_with_a_wrong_checksum_is_refused(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "study.zip"
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("IM1", b"A" * 5000)
    path.write_bytes(path.read_bytes().replace(b"A" * 5000, b"A" * 4999 + b"B"))
    assert only_refusal(path, scratch).startswith("study.zip is a damaged ZIP archive.")


def test_an_empty_archive_is_refused(tmp_path: Path, scratch: Path) -> None:
    assert only_refusal(packed(tmp_path, {}), scratch) == (
        "study.zip is an empty ZIP archive. Nothing was stored."
    )


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path, scratch: Path) -> None:
    path = packed(tmp_path, scanned(tmp_path))
    with zipfile.ZipFile(path, "a") as target:
        link = zipfile.ZipInfo("SE1/link")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        target.writestr(link, "/etc/passwd")
    reading = read([path], scratch)
    assert reading.refused == ()
    assert len(reading.studies[0].series[0].instances) == 14


def test_names_that_a_file_system_minds_are_made_plain(tmp_path: Path, scratch: Path) -> None:
    content = next(iter(scanned(tmp_path).values()))
    name = "Sch\u00e4del ; rm -rf $HOME " + "x" * 300 + ".dcm"
    reading = read([packed(tmp_path, {name: content})], scratch)
    (instance,) = reading.studies[0].series[0].instances
    assert instance.name == f"study.zip/{name}"
    assert instance.path.name.endswith("xxx.dcm")
    assert len(instance.path.name) < 100
