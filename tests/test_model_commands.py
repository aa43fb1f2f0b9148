"""`models` and `rescreen` as they are typed: what is printed, and the exit code."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ichdash.cli import main
from ichdash.model.card import NON_COMMERCIAL
from ichdash.records import ScreeningState
from ichdash.store import Store
from ichdash.training import metrics
from tests.samples import queued, settled, write_head
from tests.shipped import SHIPPED_ID, SHIPPED_IDS
from tests.tiny_model import write_model

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("ICHDASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICHDASH_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(metrics, "RESAMPLES", 20)
    return tmp_path / "data"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A model elsewhere, whose training data are not for commerce."""
    return write_model(tmp_path / "own", licence="Non-commercial use")


def test_models_are_listed_as_a_table(own: Path, capsys: Out) -> None:
    assert main(["models", "add", str(own)]) == 0
    assert capsys.readouterr().out == (
        "Added tiny-1. To use it: python -m ichdash models activate tiny-1\n"
    )
    assert main(["models", "list"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "model created licence of its training data AUC (95 % interval) weights"
    assert lines[1].startswith(f"* {SHIPPED_ID} ")
    assert lines[1].endswith(" match the card")
    assert f"tiny-1 2026-11-23 Non-commercial use ({NON_COMMERCIAL}) – match the card" in lines


def test_models_are_listed_as_json(own: Path, data_dir: Path, capsys: Out) -> None:
    main(["models", "add", str(own)])
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    shipped, *_, added = json.loads(capsys.readouterr().out)
    assert (shipped["model_id"], shipped["active"]) == (SHIPPED_ID, True)
    assert set(shipped["auc"]) == {"value", "low", "high"}
    assert added == {
        "model_id": "tiny-1",
        "card": str(data_dir / "models" / "tiny-1" / "tiny.json"),
        "created": "2026-11-23",
        "licences": ["Non-commercial use"],
        "restriction": NON_COMMERCIAL,
        "auc": None,
        "active": False,
        "weights_match": True,
        "fault": "",
    }


def test_adding_the_same_model_again_changes_nothing(own: Path, capsys: Out) -> None:
    main(["models", "add", str(own)])
    capsys.readouterr()
    assert main(["models", "add", str(own)]) == 0
    assert capsys.readouterr().out == "This very model is there already. Nothing was changed.\n"


def test_every_model_is_verified_and_each_fault_said(own: Path, capsys: Out) -> None:
    main(["models", "add", str(own)])
    assert main(["models", "verify"]) == 0
    capsys.readouterr()
    own.with_suffix(".safetensors").unlink()
    assert main(["models", "add", str(own)]) == 1
    assert capsys.readouterr().err == (
        "ichdash: The weights tiny.safetensors are missing. Nothing was added.\n"
    )


def test_a_model_that_cannot_be_used_is_told_by_verify(
    own: Path, data_dir: Path, capsys: Out
) -> None:
    main(["models", "add", str(own)])
    (data_dir / "models" / "tiny-1" / "tiny.safetensors").unlink()
    capsys.readouterr()
    assert main(["models", "verify"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        f"{name}: the weights match the card and fit its network." for name in SHIPPED_IDS
    ]
    assert told.err == "tiny-1: The weights tiny.safetensors are missing.\n"
    assert main(["models", "verify", SHIPPED_ID]) == 0
    assert main(["models", "activate", "tiny-1"]) == 1
    assert capsys.readouterr().err == (
        "ichdash: The weights tiny.safetensors are missing. tiny-1 was not activated: "
        f"{SHIPPED_ID} stays active.\n"
    )


def test_what_was_activated_is_used_by_screen(own: Path, tmp_path: Path, capsys: Out) -> None:
    main(["models", "add", str(own)])
    capsys.readouterr()
    assert main(["models", "activate", "tiny-1"]) == 0
    assert capsys.readouterr().out == (
        f"tiny-1 ({NON_COMMERCIAL}) is active. Studies screened before keep their results.\n"
    )
    write_head(tmp_path / "studies")
    assert main(["screen", str(tmp_path / "studies"), "--json", "--engine", "torch"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["model_id"], told["restriction"]) == ("tiny-1", NON_COMMERCIAL)


def test_an_active_model_that_is_gone_is_told_below_the_list(
    own: Path, data_dir: Path, capsys: Out
) -> None:
    main(["models", "add", str(own)])
    main(["models", "activate", "tiny-1"])
    (data_dir / "models" / "tiny-1" / "tiny.json").unlink()
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    assert "ichdash: The active model tiny-1 is no longer there." in capsys.readouterr().err


def test_an_unknown_model_is_wrong_input(capsys: Out) -> None:
    assert main(["models", "verify", "own"]) == 2
    known = ", ".join(SHIPPED_IDS)
    assert capsys.readouterr().err == (f"ichdash: There is no model own. Known: {known}.\n")


def test_train_refuses_an_id_that_no_model_may_have(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "labels.csv").write_text("study_uid,hemorrhage\n", encoding="utf-8")
    inputs = ["--studies", str(tmp_path), "--labels", str(tmp_path / "labels.csv")]
    output = ["--output", str(tmp_path / "own.json"), "--model-id", "my model"]
    assert main(["train", *inputs, *output]) == 2
    assert capsys.readouterr().err == (
        "ichdash: 'my model' cannot be the id of a model: it must be of 1 to 64 letters, digits, "
        "dots, hyphens and underscores, the first a letter or a digit. Nothing was trained. Give "
        "another --model-id.\n"
    )


# Acceptance


@pytest.fixture
def accept(own: Path, tmp_path: Path) -> list[str]:
    """The acceptance test of the tiny model on one study with hemorrhage."""
    main(["models", "add", str(own)])
    uid = write_head(tmp_path / "studies")
    labels = tmp_path / "labels.csv"
    labels.write_text(f"study_uid,hemorrhage\n{uid},1\n", encoding="utf-8")
    inputs = ["--studies", str(tmp_path / "studies"), "--labels", str(labels)]
    return ["models", "accept", "--model", "tiny-1", *inputs]


@pytest.mark.parametrize(("least", "status"), [(1, 0), (2, 1)])
def test_the_exit_code_tells_pass_from_fail(
    accept: list[str], tmp_path: Path, capsys: Out, least: int, status: int
) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text(f"sensitivity = 0\nleast_studies = {least}\n", encoding="utf-8")
    capsys.readouterr()
    assert main([*accept, "--limits", str(limits), "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert (told["model_id"], told["studies"], told["passed"]) == ("tiny-1", 1, status == 0)
    assert [check["name"] for check in told["checks"]] == ["sensitivity", "studies"]
    assert told["restriction"] == NON_COMMERCIAL


def test_wrong_limits_are_refused_before_any_study_is_read(
    accept: list[str], tmp_path: Path, capsys: Out
) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("auc = 2\n", encoding="utf-8")
    capsys.readouterr()
    assert main([*accept, "--limits", str(limits)]) == 2
    assert capsys.readouterr().err == (
        "ichdash: limits.toml: auc = 2 is not a number from 0 to 1. Nothing was screened.\n"
    )


# Screening again


def test_studies_are_queued_again_and_their_results_stay(data_dir: Path, capsys: Out) -> None:
    with Store.open(data_dir) as store:
        for number in (1, 2):
            settled(store, f"1.{number}", 0.9)
        queued(store, "1.3")
    assert main(["rescreen", "1.1", "1.1", "1.3"]) == 0
    assert capsys.readouterr().out == (
        f"1 study is queued to be screened again with {SHIPPED_ID}. Already on the way: 1.\n"
    )
    with Store.open(data_dir) as store:
        assert store.study("1.1").state is ScreeningState.QUEUED
        assert store.study("1.2").state is ScreeningState.SCREENED
        assert len(store.screenings("1.1")) == 1


def test_all_studies_of_a_model_are_queued_again(data_dir: Path, capsys: Out) -> None:
    with Store.open(data_dir) as store:
        for number in (1, 2):
            settled(store, f"1.{number}", 0.9)
        settled(store, "1.3", None)
    assert main(["rescreen", "--all-from", "constant"]) == 0
    assert capsys.readouterr().out == (
        f"2 studies are queued to be screened again with {SHIPPED_ID}.\n"
    )
    assert main(["rescreen", "--all-from", "ich-0"]) == 2
    assert capsys.readouterr().err == (
        "ichdash: No study has a result by ich-0. Nothing was queued. "
        "Models that have results here: constant.\n"
    )


def test_unknown_studies_are_named_and_nothing_is_queued(data_dir: Path, capsys: Out) -> None:
    with Store.open(data_dir) as store:
        settled(store, "1.1", 0.9)
    assert main(["rescreen", "1.1", "1.8", "1.9"]) == 2
    assert capsys.readouterr().err == (
        "ichdash: There is no study 1.8, 1.9 here. Nothing was queued. "
        "Copy the UIDs from the addresses of the case pages.\n"
    )
    with Store.open(data_dir) as store:
        assert store.study("1.1").state is ScreeningState.SCREENED


@pytest.mark.parametrize("args", [[], ["1.1", "--all-from", "ich-0"]])
def test_studies_are_named_one_way_alone(args: list[str], capsys: Out) -> None:
    assert main(["rescreen", *args]) == 2
    assert "Give the UIDs of studies, or --all-from MODEL." in capsys.readouterr().err
