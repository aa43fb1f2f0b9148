"""`robustness`: what perturbations do to scores, and to whether a study can be screened."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ichdash.cli import main
from ichdash.errors import InputError
from ichdash.model.card import ModelCard
from ichdash.model.detector import Detector
from ichdash.training import heldout
from ichdash.training.heldout import Score
from ichdash.training.labels import read_labels
from ichdash.trials import robustness, tables
from ichdash.trials.perturbations import PERTURBATIONS
from ichdash.trials.robustness import Effect, Robustness, Scored, effect
from tests.samples import write_head
from tests.tiny_model import write_model
from tests.training.scenes import volume

GAP = "slice spacing jumps"


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return ModelCard.load(write_model(tmp_path_factory.mktemp("model")))


def scored(uid: str, truth: bool, before: float, after: float | str) -> Scored:
    return Scored(uid, truth, before, {"noise": after})


def test_an_effect_is_told_of_the_studies_that_can_still_be_screened(card: ModelCard) -> None:
    """The cut is at a logit of -0.32: the second study crosses it and falls below the third."""
    studies = (
        scored("1", True, 2.0, 1.0),
        scored("2", True, 0.5, -1.5),
        scored("3", False, -1.0, -1.2),
        scored("4", False, 3.0, "too noisy"),
    )
    found = effect("noise", studies, card)
    assert (found.studies, found.crossed) == (3, 1)
    assert (found.auc, found.drop) == (0.5, 0.5)
    assert (found.median_change, found.largest_change) == (1.0, 2.0)
    assert found.not_screened == {"4": "too noisy"}


def test_where_no_study_can_be_screened_nothing_is_said_of_scores(card: ModelCard) -> None:
    found = effect("noise", [scored("4", False, 3.0, "too noisy")], card)
    assert (found.auc, found.drop, found.median_change, found.largest_change) == (None,) * 4


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two drawn heads and a label without a study."""
    folder = tmp_path_factory.mktemp("archive")
    for number in (1, 2):
        write_head(folder / "studies" / str(number), number)
    labels = folder / "labels.csv"
    text = "study_uid,hemorrhage\n2.25.1001,1\n2.25.9,1\n2.25.1002,0\n"
    labels.write_text(text, encoding="utf-8")
    return folder / "studies", labels


@pytest.fixture(scope="module")
def ran(
    archive: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Robustness, list[tuple[str, int, int]]]:
    model = write_model(tmp_path_factory.mktemp("model"))
    held = {"hemorrhage": 0.0, "subdural": 0.0}
    heldout.save(model, (Score("2.25.1001", 0, 0.5, True, held),))
    told: list[tuple[str, int, int]] = []
    found = robustness.run(*archive, model, lambda *each: told.append(each), processes=1)
    return found, told


def test_every_perturbation_is_told_with_what_it_did(
    ran: tuple[Robustness, list[tuple[str, int, int]]],
) -> None:
    found, told = ran
    assert [each.name for each in found.effects] == list(PERTURBATIONS)
    assert (found.studies, found.positive_studies, found.in_sample) == (2, 1, 1)
    assert found.not_screened == {"2.25.9": "not in the folder"}
    assert told == [("scored", done, 3) for done in (1, 2, 3)]
    by_name = {each.name: each for each in found.effects}
    assert (by_name["5 HU higher"].largest_change or 0) > 0
    for reason in by_name["three slices missing"].not_screened.values():
        assert reason.startswith(GAP)
    assert len(by_name["three slices missing"].not_screened) == 2


def test_a_study_of_few_slices_is_not_screened_where_none_is_left(tmp_path: Path) -> None:
    whole = volume()
    few = replace(
        whole,
        hu=whole.hu[12:15],
        positions_mm=whole.positions_mm[12:15],
        sop_instance_uids=whole.sop_instance_uids[12:15],
        instance_numbers=(),
    )
    under = robustness.score(Detector.load(write_model(tmp_path)), few, True).under
    assert under["three slices missing"] == "no slice is left"


def test_a_few_studies_are_of_both_kinds(archive: tuple[Path, Path]) -> None:
    chosen = robustness._in_turn(read_labels(archive[1]))[:2]
    assert [each.study_uid for each in chosen] == ["2.25.1001", "2.25.1002"]


def test_nothing_screened_is_refused(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    labels = tmp_path / "labels.csv"
    labels.write_text("study_uid,hemorrhage\n1.2,1\n", encoding="utf-8")
    model = write_model(tmp_path / "model")
    with pytest.raises(InputError) as refused:
        robustness.run(tmp_path / "studies", labels, model, lambda *each: None, processes=1)
    assert str(refused.value) == "labels.csv: none of its studies could be screened in studies."


FOUND = Robustness(
    model_id="own-1",
    threshold=0.42,
    studies=4,
    positive_studies=2,
    in_sample=3,
    auc=0.75,
    effects=(
        Effect("noise", 3, 0.5, 0.25, 1.0, 2.0, 1, {"1.4": "[too] noisy."}),
        Effect("sharp", 4, None, None, None, None, 0, {}),
    ),
    not_screened={"1.9": "Only CT is screened."},
)


@pytest.mark.parametrize(
    "line",
    [
        "own-1 on 4 studies, 2 with hemorrhage: AUC 0.750 as they are",
        "│ noise │ 3 │ 0.500 │ 0.250 │ 1.00 │ 2.00 │ 1 │",
        "│ sharp │ 4 │ – │ – │ – │ – │ 0 │",
        "3 of 4 studies were trained on: their AUC is in-sample, the change of their logits is the "
        "figure to go by.",
        "crossed are studies that changed sides of the threshold 0.42.",
        "noise: 1 of 4 not screened, as 1.4: [too] noisy.",
        "Not screened as it is: 1.9: Only CT is screened.",
    ],
)
def test_effects_are_told_as_a_table(
    line: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    tables.show_robustness(FOUND, as_json=False)
    assert line in " ".join(capsys.readouterr().out.split())


def test_where_no_study_was_trained_on_nothing_is_said_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tables.show_robustness(replace(FOUND, in_sample=0), as_json=False)
    assert "in-sample" not in capsys.readouterr().out


def test_an_area_that_rose_has_a_drop_with_a_minus_sign(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    risen = replace(FOUND, effects=(replace(FOUND.effects[0], drop=-0.125),))
    tables.show_robustness(risen, as_json=False)
    assert "−0.125" in capsys.readouterr().out


def test_the_command_prints_one_json_object(
    archive: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studies, labels = map(str, archive)
    model = str(write_model(tmp_path / "model"))
    command = ["robustness", "--studies", studies, "--labels", labels, "--model", model]
    assert main([*command, "--limit", "1", "--processes", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["model_id"], told["studies"], told["in_sample"]) == ("tiny-1", 1, 0)
    assert told["effects"][0]["name"] == "noise of 10 HU"
