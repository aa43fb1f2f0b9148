"""Names from outside, and what they may do: nothing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ichdash.web.upload.saving import safe_name, save


class Sent(io.BytesIO):
    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("IM0001", "IM0001"),
        ("head/series 2/IM0001.dcm", "head/series 2/IM0001.dcm"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("C:\\studies\\..\\IM1", "C/studies/IM1"),
        ("a\x00b\nc", "abc"),
        ("..", "file"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".dcm", "x" * 96 + ".dcm"),
        ("größe/山田", "größe/山田"),
    ],
)
def test_a_name_leads_nowhere_else(name: str, kept: str) -> None:
    assert safe_name(name) == Path(kept)


def test_files_of_one_name_are_all_kept(tmp_path: Path) -> None:
    paths = list(save([Sent("IM1", b"one"), Sent("IM1", b"two"), Sent("IM1", b"three")], tmp_path))
    assert [path.read_bytes() for path in paths] == [b"one", b"two", b"three"]


def test_a_file_named_like_a_folder_is_kept_beside_it(tmp_path: Path) -> None:
    paths = list(save([Sent("a", b"one"), Sent("a/b", b"two")], tmp_path))
    assert [path.read_bytes() for path in paths] == [b"one", b"two"]


def test_bytes_are_let_go_once_they_are_written(tmp_path: Path) -> None:
    sent = Sent("IM1", b"one")
    list(save([sent], tmp_path))
    assert sent.closed
