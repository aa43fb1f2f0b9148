"""What weights learnt from, beside the card: written, read back, asked."""

from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.training import learnt
from ichdash.training.archive import Match
from ichdash.training.labels import Labels
from ichdash.training.learnt import Learnt

SEEN = Learnt(frozenset({"1.2", "1.3"}), frozenset({"b7", "a1"}))


def test_it_reads_back_as_it_was_written_in_an_order_that_tells_nothing(tmp_path: Path) -> None:
    learnt.save(tmp_path / "own.json", SEEN)
    assert learnt.load(tmp_path / "own.json") == SEEN
    assert (tmp_path / "own.learnt.csv").read_text() == (
        "study_uid,patient\n1.2,\n1.3,\n,a1\n,b7\n"
    )


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert learnt.load(tmp_path / "own.json") == Learnt()


def test_a_broken_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.learnt.csv").write_text("uid\n1.2\n")
    with pytest.raises(InputError) as told:
        learnt.load(tmp_path / "own.json")
    assert str(told.value) == "own.learnt.csv has not the columns study_uid and patient."


@pytest.mark.parametrize(
    ("uid", "patient", "is_known"),
    [("1.2", "", True), ("1.9", "a1", True), ("1.9", "c3", False), ("1.9", "", False)],
)
def test_a_study_is_known_by_itself_or_by_its_patient(
    uid: str, patient: str, is_known: bool
) -> None:
    assert SEEN.has(Match(Labels(uid, "P", {"hemorrhage": True}), patient)) is is_known
