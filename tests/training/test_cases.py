"""Cases: labelled studies as the network sees them, and studies that cannot be used."""

from pathlib import Path

import numpy as np
import pytest

from ichdash.imaging import preprocess
from ichdash.training.archive import match
from ichdash.training.cache import Archive
from ichdash.training.cases import Case, prepare
from ichdash.training.labels import Labels
from tests.samples import write_head


def labels(uid: str, **findings: bool | None) -> Labels:
    return Labels(uid, f"patient of {uid}", findings)


def silent(done: int, total: int) -> None:
    """Nobody looks at the progress."""


def prepared(
    folder: Path, wanted: list[Labels], findings: tuple[str, ...]
) -> tuple[tuple[Case, ...], list[str]]:
    with Archive(folder / "studies", (32,), folder / "cache") as studies:
        usable, faults = prepare(match(wanted, studies.entries), studies.views, silent)
    return tuple(Case.of(each.label, seen, findings) for each, (seen,) in usable), faults


def test_a_study_becomes_a_case_with_its_targets_in_order(tmp_path: Path) -> None:
    uid = write_head(tmp_path / "studies")
    wanted = [labels(uid, subdural=True, hemorrhage=True)]
    (case,), _ = prepared(tmp_path, wanted, ("hemorrhage", "epidural", "subdural"))
    np.testing.assert_array_equal(case.targets, np.array([1, np.nan, 1], np.float32))
    assert (case.study_uid, case.patient_id, case.slices) == (uid, f"patient of {uid}", 10)


def test_a_case_holds_what_screening_would_see(tmp_path: Path) -> None:
    uid = write_head(tmp_path / "studies")
    (case,), _ = prepared(tmp_path, [labels(uid, hemorrhage=False)], ("hemorrhage",))
    assert case.hu.shape == (10, 32, 32)
    assert case.step_mm == preprocess.FIELD_MM / 32
    assert case.slab_mm == pytest.approx(12, abs=0.01)


def test_studies_that_cannot_be_used_are_told_with_their_reasons(tmp_path: Path) -> None:
    uid = write_head(tmp_path / "studies")
    wanted = [labels(name, hemorrhage=False) for name in ("1.7", uid)]
    wanted.append(Labels("", "", {"hemorrhage": False}, "A8"))
    usable, faults = prepared(tmp_path, wanted, ("hemorrhage",))
    assert [case.study_uid for case in usable] == [uid]
    assert faults == ["1.7: not in the folder", "accession number A8: not in the folder"]
