"""`explanation`: maps on bleeds of known place, by networks that never saw the head."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ichdash.cli import main
from ichdash.errors import InputError
from ichdash.model.card import ModelCard
from ichdash.model.network import Network
from ichdash.model.saliency import Method
from ichdash.training import folds, stored
from ichdash.training.folds import Material
from ichdash.training.metrics import proportion
from ichdash.trials import examination, explanation, tables
from ichdash.trials.examination import Examined, Pointed, Subject, examine
from ichdash.trials.explanation import Explanation, Likeness, Pointing
from tests.tiny_model import TINY, write_model
from tests.training.scenes import QUICK, flat_case, head_case, single_slices


def each_method(value: float) -> dict[Method, float]:
    return dict.fromkeys(Method, value)


def peak(slab: int, row: int, column: int) -> np.ndarray:
    """Maps of 2 slabs and 4 x 4 cells with one maximum."""
    maps = np.zeros((2, 4, 4), np.float32)
    maps[slab, row, column] = 1
    return maps


@pytest.mark.parametrize(
    ("slab", "row", "column", "hit"),
    [(0, 1, 1, True), (0, 2, 2, True), (0, 3, 1, False), (0, 1, 3, False), (1, 1, 1, False)],
)
def test_a_maximum_hits_the_bleed_in_its_cell_or_the_next(
    slab: int, row: int, column: int, hit: bool
) -> None:
    """Blood in one sample, of cell (1, 1) in the first slab."""
    blood = np.zeros((2, 16, 16), bool)
    blood[0, 7, 4] = True
    assert examination.is_hit(peak(slab, row, column), blood) is hit


def test_an_empty_map_hits_nothing() -> None:
    assert not examination.is_hit(np.zeros((1, 2, 2), np.float32), np.ones((1, 8, 8), bool))


def test_likeness_is_one_of_the_same_order_and_zero_where_a_map_is_even() -> None:
    rising = np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    assert examination.likeness(rising, rising**2) == pytest.approx(1)
    assert examination.likeness(rising, -rising) == pytest.approx(-1)
    assert examination.likeness(rising, np.zeros_like(rising)) == 0


def examined(calm: float, *bleeds: tuple[float, bool], strongest: float = 8.0) -> Examined:
    """Bleeds as (volume in ml, hit by HiResCAM alone); Grad-CAM is ten times as bright."""
    bright = each_method(strongest) | {Method.GRAD_CAM: 10 * strongest}
    return Examined(
        tuple(
            Pointed(volume, bright, dict.fromkeys(Method, False) | {Method.HIRES_CAM: hit})
            for volume, hit in bleeds
        ),
        each_method(calm),
        each_method(0.0),
        each_method(calm / 10),
        each_method(calm / 20),
    )


HEADS = (examined(1.0, (0.5, True), (5.0, False)), examined(4.0, (7.0, True)), examined(2.5))


def test_the_pointing_game_is_told_by_volume() -> None:
    found = explanation.explained(Method.HIRES_CAM, HEADS, 9.0)
    assert found.pointing == (
        Pointing("under 1 ml", 1, proportion(1, 1)),
        Pointing("1–5 ml", 0, proportion(0, 0)),
        Pointing("5–25 ml", 2, proportion(1, 2)),
        Pointing("over 25 ml", 0, proportion(0, 0)),
    )


def test_heads_stay_dark_under_a_third_of_the_reference_of_the_card() -> None:
    found = explanation.explained(Method.HIRES_CAM, HEADS, 9.0)
    assert (found.reference, found.dark) == (9.0, proportion(2, 3))


def test_another_method_is_scaled_to_be_as_bright_on_the_median_bleed() -> None:
    found = explanation.explained(Method.GRAD_CAM, HEADS, 9.0)
    assert (found.reference, found.dark.value) == (90.0, 1.0)


def test_likeness_with_random_weights_is_told_by_median_and_largest() -> None:
    found = explanation.explained(Method.EVIDENCE, HEADS, 9.0)
    assert found.random_head == Likeness(0.25, 0.4)
    assert found.random_weights == Likeness(0.125, 0.2)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ended training of two folds: two heads without hemorrhage and one with."""
    folder = tmp_path_factory.mktemp("runs") / "train"
    folder.mkdir()
    cases = (head_case("1.1"), flat_case("1.2", 1.0, size=64), head_case("1.3"))
    material = Material(cases, cases, (), {}, (0, 1, 1), TINY, QUICK)
    stored.write(folder / "material.pickle", material)
    torch.manual_seed(0)
    for fold in (0, 1):
        save_file(Network(TINY).state_dict(), folds.result_path(folder, fold))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"))


def test_a_study_without_hemorrhage_is_seen_by_the_network_that_held_it_out(
    work: Path, model: Path
) -> None:
    card = ModelCard.load(model)
    network = replace(card.network, context=0.25, highest=0.5)  # chosen after the folds
    shared = replace(card, network=network)
    found = explanation._held_out(shared, work)
    assert [(each.case.study_uid, each.weights.name) for each in found] == [
        ("1.1", "fold-0.safetensors"),
        ("1.3", "fold-1.safetensors"),
    ]


def test_single_slices_are_no_heads_where_there_are_whole_ones(work: Path, model: Path) -> None:
    whole = [flat_case(f"1.{n}", float(n % 2), size=64) for n in range(4)]
    cases = (*single_slices(64)[:4], *whole)
    folder = work.with_name("mixed")
    folder.mkdir()
    material = Material(cases, cases, (), {}, (0, 0, 1, 1) * 2, TINY, QUICK)
    stored.write(folder / "material.pickle", material)
    for fold in (0, 1):
        folds.result_path(folder, fold).touch()
    found = explanation._held_out(ModelCard.load(model), folder)
    assert [each.case.study_uid for each in found] == ["1.0", "1.2"]


def test_a_head_is_examined_with_bleeds_of_known_volume(work: Path) -> None:
    found = examine(TINY, 2, Subject(head_case("1.1"), folds.result_path(work, 0)))
    assert all(0 < each.volume_ml < 200 for each in found.bleeds)
    assert len(found.bleeds) == 2
    assert found.repeated == each_method(0.0)
    assert found.calm[Method.EVIDENCE] > 0
    assert all(0 <= value < 1 for value in found.random_head.values())
    assert found.random_weights != found.random_head
    assert found == examine(TINY, 2, Subject(head_case("1.1"), folds.result_path(work, 0)))


def test_what_is_no_head_is_examined_without_bleeds(work: Path) -> None:
    found = examine(TINY, 2, Subject(flat_case("1.4", size=64), folds.result_path(work, 0)))
    assert found.bleeds == ()


def test_the_command_examines_the_folds_of_a_training(
    work: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["explanation", "--model", str(model), "--work", str(work), "--processes", "1"]
    assert main([*command, "--bleeds", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["model_id"], told["are_folds"], told["heads"]) == ("tiny-1", True, 2)
    assert [each["method"] for each in told["methods"]] == ["HiResCAM", "Grad-CAM", "evidence map"]


def test_without_a_training_the_model_sees_synthetic_heads(model: Path) -> None:
    told: list[tuple[str, int, int]] = []
    found = explanation.run(model, lambda *each: told.append(each), heads=1, bleeds=1, processes=1)
    assert (found.are_folds, found.heads, found.bleeds) == (False, 1, 1)
    assert told == [("heads", 1, 1), ("examined", 1, 1)]


def test_synthetic_heads_are_none_that_a_training_draws(model: Path) -> None:
    card = ModelCard.load(model)
    (subject,) = explanation._synthetic(card, model.parent, 1, 1, lambda *each: None)
    assert subject.case.study_uid == "synthetic-5000"
    assert subject.weights == model.with_suffix(".safetensors")


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("material.pickle", "train holds no training. Name the --work folder of one."),
        (
            "fold-1.safetensors",
            "train holds a training that has not ended (fold-1.safetensors is missing). Start "
            "`train` again with this folder: it goes on from there.",
        ),
    ],
)
def test_a_training_that_is_not_there_is_told(
    work: Path, model: Path, tmp_path: Path, missing: str, told: str
) -> None:
    copy = tmp_path / "train"
    copy.mkdir()
    for path in work.iterdir():
        if path.name != missing:
            (copy / path.name).write_bytes(path.read_bytes())
    with pytest.raises(InputError) as refused:
        explanation.run(model, lambda *each: None, work=copy)
    assert str(refused.value) == told


def test_a_training_of_an_earlier_version_is_told(work: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    material = folds.read_material(work)
    del vars(material)["seen"]
    stored.write(tmp_path / "train" / "material.pickle", material)
    with pytest.raises(InputError) as refused:
        explanation.run(model, lambda *each: None, work=tmp_path / "train")
    assert str(refused.value) == (
        "train holds a training of an earlier version of ichdash, which did not keep the studies "
        "as screening sees them. Train again into another folder."
    )


def test_a_training_of_another_network_is_told(work: Path, model: Path) -> None:
    card = ModelCard.load(model)
    other = replace(card, network=replace(card.network, size=128))
    with pytest.raises(InputError) as refused:
        explanation._held_out(other, work)
    assert str(refused.value) == (
        "The training in train is of another network than tiny-1. Name the card that it wrote "
        "with --model."
    )


@pytest.mark.parametrize(
    "line",
    [
        "own-1: 3 bleeds drawn into 3 synthetic heads",
        "┃ figure ┃ HiResCAM ┃ Grad-CAM ┃",
        "│ pointing, under 1 ml (1) │ 1.00 (0.21–1.00) │ 0.00 (0.00–0.79) │",
        "│ pointing, 1–5 ml (0) │ – │ – │",
        "│ heads without hemorrhage that stay dark │ 0.67 (0.21–0.94) │ 1.00 (0.44–1.00) │",
        "│ full scale │ 9 │ 90 │",
        "│ same head twice, largest difference │ 0 │ 0 │",
        "│ random head │ 0.25 (0.40) │ 0.25 (0.40) │",
        "│ random weights │ 0.12 (0.20) │ 0.12 (0.20) │",
    ],
)
def test_methods_are_told_side_by_side(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    methods = Method.HIRES_CAM, Method.GRAD_CAM
    explained = tuple(explanation.explained(method, HEADS, 9.0) for method in methods)
    tables.show_explanation(Explanation("own-1", False, 3, 3, explained), as_json=False)
    assert line in " ".join(capsys.readouterr().out.split())


def test_folds_are_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    explained = (explanation.explained(Method.HIRES_CAM, HEADS, 9.0),)
    tables.show_explanation(Explanation("own-1", True, 3, 3, explained), as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "3 studies, each by the fold that held it out" in told
