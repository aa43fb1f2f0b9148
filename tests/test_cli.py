"""The command line as a process sees it: exit codes, one sentence on stderr, quick help."""

import errno
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from ichdash.cli import main
from ichdash.commands import cli
from ichdash.errors import IchdashError, InputError, ModelError, SettingsError
from ichdash.settings import ROOT

HEAVY = ("torch", "streamlit", "openvino", "scipy", "pydicom", "plotly")


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("ICHDASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICHDASH_DATA", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """A command `fail` that raises what the test puts into the list."""
    wanted: list[BaseException] = []

    def fail() -> None:
        raise wanted[0]

    monkeypatch.setitem(cli.commands, "fail", click.Command("fail", callback=fail))
    return wanted


def test_help_loads_no_heavy_library() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, ichdash.cli; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(HEAVY) & set(told.stdout.split()) == set()


def test_the_module_runs_as_a_program_and_tells_its_version() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "ichdash", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert told.stdout == f"ichdash, version {pyproject['project']['version']}\n"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("No study could be read."), 2),
        (SettingsError("ICHDASH_PORT='abc' is not a port number (1–65535)."), 2),
        (ModelError("The model cannot be used."), 1),
        (IchdashError("Something else."), 1),
    ],
)
def test_an_error_becomes_one_sentence_and_its_exit_code(
    error: Exception, status: int, failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(error)
    assert main(["fail"]) == status
    assert capsys.readouterr().err == f"ichdash: {error}\n"


def test_a_full_disk_is_told_in_a_sentence(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(OSError(errno.ENOSPC, "No space left on device", "maps/1.2.npz"))
    assert main(["fail"]) == 1
    assert capsys.readouterr().err == (
        "ichdash: maps/1.2.npz could not be used (no space left on device). "
        "The command ended there; what it did before stays.\n"
    )


def fault_log(told: str) -> Path:
    return Path(told.strip().rpartition(" ")[2].rstrip("."))


def test_a_fault_of_ours_is_recorded_and_named_without_its_message(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(KeyError("DOE^JANE"))
    assert main(["fail"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("ichdash: A fault inside ichdash (KeyError) ended the command.")
    assert "DOE" not in told
    assert "raise wanted[0]" in fault_log(told).read_text(encoding="utf-8")
    fault_log(told).unlink()


def test_faults_are_gathered_in_the_data_folder_where_there_is_one(
    environment: Path, failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    (environment / "data").mkdir()
    failing.append(ZeroDivisionError())
    main(["fail"])
    main(["fail"])
    log = environment / "data" / "faults.log"
    assert fault_log(capsys.readouterr().err) == log
    assert log.read_text(encoding="utf-8").count("Traceback") == 2


def test_an_interrupt_is_told_in_a_sentence(
    failing: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    failing.append(KeyboardInterrupt())
    assert main(["fail"]) == 1
    assert "ichdash: Stopped before the end." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["scren"], "No such command 'scren'"),
        (["screen"], "Missing argument 'PATH…'"),
        (["screen", ".", "--engine", "cuda"], "'cuda' is not one of"),
        (["screen", ".", "--model", "no-such-card.json"], "does not exist"),
        (["bench", "--repeat", "0"], "0 is not in the range"),
    ],
)
def test_wrong_usage_is_explained(
    args: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 2
    assert message in capsys.readouterr().err


def test_a_setting_that_cannot_be_used_ends_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ICHDASH_PORT", "abc")
    assert main(["serve"]) == 2
    assert capsys.readouterr().err == (
        "ichdash: ICHDASH_PORT='abc' is not a port number (1–65535).\n"
    )


def test_screen_of_a_missing_path_ends_with_bad_input(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["screen", str(environment / "gone")]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "gone does not exist." in told.err
    assert "No study could be read in 1 path. Nothing was screened." in told.err


def test_screen_makes_no_data_folder(environment: Path) -> None:
    main(["screen", str(environment / "gone")])
    assert not (environment / "data").exists()


def test_a_first_start_with_a_store_does_nothing(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (environment / "data").mkdir()
    (environment / "data" / "ichdash.db").touch()
    assert main(["demo", "--first-start"]) == 0
    assert capsys.readouterr() == ("", "")
