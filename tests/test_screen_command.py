"""`screen` as scripts use it: a process with a real, tiny model, its output and exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ichdash.settings import ROOT
from tests.samples import write_head
from tests.shared_data import shared
from tests.test_outcomes import KEYS
from tests.tiny_model import FINDINGS, write_model


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


def screen(*args: object) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ICHDASH_")}
    return subprocess.run(
        [sys.executable, "-m", "ichdash", "screen", "--engine=torch", *map(str, args)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_folder_becomes_json_lines_and_heatmaps(card: Path, tmp_path: Path) -> None:
    write_head(tmp_path / "studies")
    done = screen(tmp_path / "studies", "--model", card, "--json", "--heatmaps", tmp_path / "maps")
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert list(line) == KEYS
    assert (line["status"], line["model_id"], line["threshold"]) == ("screened", "tiny-1", 0.42)
    assert tuple(line["findings"]) == FINDINGS
    assert line["flagged"] == (line["probability"] >= line["threshold"])
    with np.load(tmp_path / "maps" / f"{line['study_uid']}.npz") as kept:
        assert len(kept["heatmap"]) == len(kept["sop_instance_uids"]) == line["slices"] == 10
        assert 0 <= kept["heatmap"].min() <= kept["heatmap"].max() <= 1
    assert done.stderr.endswith("not flagged.\n")


def test_a_model_whose_weights_were_changed_is_not_used(card: Path, tmp_path: Path) -> None:
    write_head(tmp_path / "studies")
    other = write_model(tmp_path / "other")
    weights = other.parent / "tiny.safetensors"
    weights.write_bytes(weights.read_bytes() + b"\0")
    done = screen(tmp_path / "studies", "--model", other)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("ichdash: tiny.safetensors does not match its card")


@pytest.mark.slow
def test_real_studies_of_several_transfer_syntaxes_are_screened(card: Path) -> None:
    folders = sorted(path for path in shared("ct-ich").iterdir() if path.is_dir())[:3]
    done = screen(*folders, "--model", card, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["status"] for line in lines] == ["screened"] * 3, done.stderr


@pytest.mark.slow
def test_a_plastic_head_is_never_screened(card: Path) -> None:
    done = screen(shared("plastic-head"), "--model", card, "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["status"] for line in lines} == {"not screened"}
    assert done.returncode == 0
