"""Limits of an acceptance test: all that is wrong is named at once, before a study is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.settings import ROOT
from ichdash.training.limits import KNOWN, Limits, read


def written(folder: Path, text: str) -> Path:
    path = folder / "limits.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        read(written(folder, text))
    return str(caught.value)


def test_limits_are_read(tmp_path: Path) -> None:
    text = """
        sensitivity = 0.8
        auc = 1
        calibration_error_at_most = 0.2
        most_failed_share = 0
        least_studies = 50
    """
    found = read(written(tmp_path, text))
    assert found == Limits({"auc": 1.0, "sensitivity": 0.8}, 0.2, 0, 50)


def test_the_example_in_the_documentation_can_be_used() -> None:
    found = read(ROOT / "docs" / "acceptance.toml")
    assert found == Limits({"auc": 0.85, "sensitivity": 0.8, "specificity": 0.75}, 0.2, 0.05, 100)


def test_every_wrong_key_and_value_is_named(tmp_path: Path) -> None:
    text = """
        auc = 85
        sensitivty = 0.8
        specificity = "high"
        f1 = true
        accuracy = nan
        least_studies = 0.5
        most_failed_share = -0.1
    """
    known = ", ".join(KNOWN)
    assert refused(tmp_path, text) == (
        "limits.toml: auc = 85 is not a number from 0 to 1; "
        f"sensitivty is not a limit (known: {known}); "
        "specificity = 'high' is not a number from 0 to 1; "
        "f1 = True is not a number from 0 to 1; "
        "accuracy = nan is not a number from 0 to 1; "
        "least_studies = 0.5 is not a whole number above 0; "
        "most_failed_share = -0.1 is not a number from 0 to 1. Nothing was screened."
    )


@pytest.mark.parametrize("count", ["0", "true", '"ten"'])
def test_a_number_of_studies_that_is_none_is_named(tmp_path: Path, count: str) -> None:
    told = refused(tmp_path, f"least_studies = {count}")
    assert "is not a whole number above 0. Nothing was screened." in told


def test_a_file_without_limits_would_pass_everything_and_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "# none yet") == (
        f"limits.toml: it holds no limit (known: {', '.join(KNOWN)}). Nothing was screened."
    )


def test_what_is_not_toml_is_told_with_its_place(tmp_path: Path) -> None:
    told = refused(tmp_path, "auc: 0.85")
    assert told.startswith("limits.toml cannot be read as TOML: ")
    assert "line 1" in told
    assert told.endswith(". Nothing was screened.")
