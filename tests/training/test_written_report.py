"""Where the report goes: refused before anything is read, or written whole."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.training import written_report
from ichdash.training.report_contents import contents
from tests.training.judgements import evaluation


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as refused:
        written_report.check(path)
    return str(refused.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert refusal(folder / "own.html") == (
        f"There is no folder {folder} for the report own.html. Nothing was evaluated. "
        "Make the folder, or name another one."
    )


@pytest.mark.parametrize("name", ["own.json", "own.pdf", "own"])
def test_a_report_that_is_no_html_is_refused(tmp_path: Path, name: str) -> None:
    told = f"The report {name} does not end in .html. Nothing was evaluated."
    assert refusal(tmp_path / name) == told


def test_a_model_card_is_never_replaced_by_figures(tmp_path: Path) -> None:
    (tmp_path / "ich.json").write_text('{"model_id": "ich"}', encoding="utf-8")
    assert refusal(tmp_path / "ich.html") == (
        "ich.json stands where the figures of the report ich.html would be written, and is no "
        "report. Nothing was evaluated. Give the report another name."
    )


def test_a_file_that_is_no_json_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_bytes(b"\xff")
    assert "own.json stands where" in refusal(tmp_path / "own.html")


@pytest.mark.usefixtures("few_resamples")
def test_a_report_is_written_as_html_and_as_json_with_the_same_figures(tmp_path: Path) -> None:
    report = contents(evaluation(), date(2026, 11, 24))
    written_report.write(tmp_path / "own.html", report)
    assert (tmp_path / "own.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    told = json.loads((tmp_path / "own.json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(asdict(report)))
    assert (told["kind"], told["model_id"]) == ("ichdash evaluation report", "own-1")


@pytest.mark.usefixtures("few_resamples")
def test_an_earlier_report_may_be_replaced(tmp_path: Path) -> None:
    written_report.write(tmp_path / "own.html", contents(evaluation(), date(2026, 11, 24)))
    written_report.check(tmp_path / "own.html")
