"""`train` and `evaluate` as they are typed: tables, JSON, one sentence for what is refused."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ichdash.cli import main
from ichdash.model.card import Figure
from ichdash.training import report
from ichdash.training.evaluate import Evaluation
from tests.samples import write_head
from tests.tiny_model import write_model

EVALUATION = Evaluation(
    model_id="own-1",
    threshold=0.42,
    studies=3,
    positive_studies=1,
    slices=60,
    held_out=2,
    not_screened={"1.9": "Only CT is screened."},
    figures={"sensitivity": Figure(0.5, 0.25, 0.75)},
    slice_figures={},
    calibration_error=0.125,
    effort_saved=0.95,
)

pytestmark = pytest.mark.usefixtures("few_resamples")


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ICHDASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICHDASH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")


def written(folder: Path, text: str) -> str:
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    return str(folder / "labels.csv")


def test_evaluate_prints_one_json_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uid = write_head(tmp_path / "studies")
    labels = written(tmp_path, f"study_uid,hemorrhage\n{uid},1\n")
    model = str(write_model(tmp_path / "model"))
    studies = str(tmp_path / "studies")
    command = ["evaluate", "--studies", studies, "--labels", labels, "--model", model, "--json"]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["model_id"], told["studies"], told["slices"]) == ("tiny-1", 1, 10)


def test_training_with_broken_labels_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path, "study_uid,hemorrhage\n1.2,yes\n")
    output, work = str(tmp_path / "own.json"), str(tmp_path / "work")
    (tmp_path / "studies").mkdir()
    command = ["train", "--studies", str(tmp_path / "studies"), "--labels", labels]
    assert main([*command, "--output", output, "--work", work]) == 2
    assert "ichdash: labels.csv: row 2: hemorrhage='yes' is not 0, 1" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "own-1 on 3 studies, 1 with hemorrhage, at operating point 0.42",
        "2 of 3 studies were trained on: judged by their held-out score",
        "Expected calibration error (10 bins): 0.125",
        "Labelling effort saved: 95.0% (3 study labels instead of 60 slice labels)",
        "Not screened: 1.9: Only CT is screened.",
    ],
)
def test_an_evaluation_is_told_as_a_table(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    report.show_evaluation(EVALUATION, as_json=False)
    assert line in " ".join(capsys.readouterr().out.split())  # titles are wrapped


def test_figures_are_told_with_their_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    report.show_evaluation(EVALUATION, as_json=False)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "sensitivity" in line]
    assert "0.500" in row
    assert "0.250–0.750" in row


def test_json_stays_one_object_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    reason = "A [long] reason " * 20
    report.show_evaluation(replace(EVALUATION, not_screened={"1.9": reason}), as_json=True)
    assert json.loads(capsys.readouterr().out)["not_screened"] == {"1.9": reason}
