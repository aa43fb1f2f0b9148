"""A whole training, as small as it can be: what it writes, counts, goes on from and refuses."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ichdash.errors import InputError
from ichdash.model.card import ModelCard, TrainingData
from ichdash.model.detector import Detector
from ichdash.training import archive, heldout, learnt, metrics, report
from ichdash.training.labels import Labels
from ichdash.training.recipe import Recipe
from ichdash.training.train import Job, known_findings, run
from tests.samples import write_head
from tests.training.scenes import QUICK

RECIPE = replace(QUICK, synthetic_heads=2, steps=2, slices=2, bleeds=2, head_steps=2)
POSITIVE = {1, 2, 3}
SOURCE = TrainingData("drawn heads", "CC0", "nobody", 0, 0, 0, "Study-level labels only.")


@dataclass(frozen=True)
class Trained:
    job: Job
    card: ModelCard
    stages: list[str]  # as progress was told


def job_in(folder: Path, positive: set[int], numbers: range = range(1, 7)) -> Job:
    """Six drawn heads, those of some numbers called positive."""
    for number in numbers:
        write_head(folder / "studies" / str(number), number)
    rows = [f"2.25.{1000 + n},P{n},{int(n in positive)},{int(n == 1)}\n" for n in numbers]
    labels = folder / "labels.csv"
    labels.write_text(f"study_uid,patient_id,hemorrhage,subdural\n{''.join(rows)}")
    return Job(
        studies=folder / "studies",
        labels=labels,
        output=folder / "models" / "own.json",
        work=folder / "work",
        model_id="own-1",
        source=SOURCE,
        recipe=RECIPE,
        folds=2,
        processes=1,
    )


def trained_by(job: Job) -> Trained:
    stages: list[str] = []
    return Trained(job, run(job, lambda stage, done, total: stages.append(stage)), stages)


@pytest.fixture(scope="module", autouse=True)
def few_resamples() -> Iterator[None]:
    """Intervals from few resamples: nobody looks at them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "RESAMPLES", 20)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained_by(job_in(tmp_path_factory.mktemp("training"), POSITIVE))


def silent(stage: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


def test_card_weights_and_held_out_scores_are_written_side_by_side(trained: Trained) -> None:
    assert {path.name for path in trained.job.output.parent.iterdir()} == {
        "own.json",
        "own.safetensors",
        "own.heldout.csv",
        "own.learnt.csv",
    }


def test_what_was_learnt_from_lies_beside_the_card(trained: Trained) -> None:
    """The header of every drawn head names the same patient, the labels tell them apart."""
    known = {archive.pseudonym(f"P{number}") for number in range(1, 7)}
    seen = learnt.load(trained.job.output)
    assert seen.studies == {f"2.25.{number}" for number in range(1001, 1007)}
    assert seen.patients == known


def test_the_card_that_is_written_is_the_one_that_is_told(trained: Trained) -> None:
    assert ModelCard.load(trained.job.output) == trained.card


def test_what_is_written_can_screen(trained: Trained) -> None:
    detector = Detector.load(trained.job.output, "torch")
    assert detector.card.model_id == "own-1"
    assert set(detector.card.calibration) == {"hemorrhage", "subdural"}


def test_the_card_counts_what_was_learnt_from(trained: Trained) -> None:
    (source,) = trained.card.training
    assert (source.studies, source.positive_studies, source.slices) == (6, 3, 60)
    assert (source.name, source.licence) == ("drawn heads", "CC0")


def test_the_card_counts_what_was_held_out(trained: Trained) -> None:
    performance = trained.card.performance
    assert performance is not None
    assert (performance.studies, performance.positive_studies) == (6, 3)
    assert performance.effort_saved == pytest.approx(1 - 6 / 60)


def test_the_card_holds_the_recipe(trained: Trained) -> None:
    assert Recipe(**trained.card.recipe) == RECIPE


def test_the_operating_point_tells_the_held_out_figures(trained: Trained) -> None:
    point, performance = trained.card.operating_point, trained.card.performance
    assert performance is not None
    assert point.sensitivity == performance.figures["sensitivity"].value
    assert point.specificity == performance.figures["specificity"].value
    assert 0 <= point.threshold <= 1


def test_every_study_has_one_held_out_score(trained: Trained) -> None:
    with heldout.path_beside(trained.job.output).open(newline="") as file:
        uids = [row["study_uid"] for row in csv.DictReader(file)]
    assert uids == [f"2.25.{number}" for number in range(1001, 1007)]


def test_either_fold_holds_out_some_of_the_studies(trained: Trained) -> None:
    assert {score.fold for score in heldout.load(trained.job.output).values()} == {0, 1}


def test_progress_is_told_of_every_stage_in_turn(trained: Trained) -> None:
    assert list(dict.fromkeys(trained.stages)) == ["read", "heads", "bleeds", "steps"]


def test_what_a_training_reached_is_shown(
    trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    report.show_card(trained.card, trained.job.output)
    told = " ".join(capsys.readouterr().out.split())
    assert "own-1: patient-wise 2-fold cross-validation" in told
    assert "Written: own.json, own.safetensors and the held-out scores beside them." in told


def test_an_ended_training_is_not_done_again(trained: Trained) -> None:
    weights = trained.job.output.with_suffix(".safetensors")
    before = weights.read_bytes()
    weights.unlink()
    again = trained_by(trained.job)
    assert list(dict.fromkeys(again.stages)) == ["read"]
    assert weights.read_bytes() == before


def test_work_of_other_steps_is_refused(trained: Trained) -> None:
    other = replace(trained.job, recipe=replace(RECIPE, steps=3))
    with pytest.raises(InputError, match=r"^work holds the training of other studies"):
        run(other, silent)


def test_too_few_positive_studies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        run(job_in(tmp_path, {1}, range(1, 5)), silent)
    assert str(refused.value) == (
        "labels.csv: 1 patients with and 3 without hemorrhage; 2 folds need at least 2 of each. "
        "Nothing was trained."
    )


def test_a_refused_training_writes_nothing(tmp_path: Path) -> None:
    job = job_in(tmp_path, {1}, range(1, 3))
    with pytest.raises(InputError):
        run(job, silent)
    assert not job.output.parent.exists()
    assert not job.work.exists()


def test_labelled_studies_that_are_missing_are_refused(tmp_path: Path) -> None:
    job = job_in(tmp_path, {1, 2}, range(1, 5))
    with job.labels.open("a") as file:
        file.write("2.25.9,P9,0,0\n")
    with pytest.raises(InputError, match=r"1 of the labelled studies cannot be used\. 2\.25\.9: not in"):
        run(job, silent)


def test_studies_of_too_few_patients_are_refused(tmp_path: Path) -> None:
    job = job_in(tmp_path, {1, 2}, range(1, 5))
    text = job.labels.read_text().replace("P1,", "P,").replace("P2,", "P,")
    job.labels.write_text(text)
    with pytest.raises(InputError, match=r"1 patients with and 2 without hemorrhage"):
        run(job, silent)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"findings": ("subdural",)}, "hemorrhage must be the first finding, not subdural."),
        (
            {"findings": ("hemorrhage", "shift")},
            "labels.csv says of no study whether it has shift.",
        ),
        (
            {"output": Path("own.safetensors")},
            "own.safetensors is no name for a card: it must end in .json.",
        ),
    ],
    ids=["no hemorrhage", "unknown finding", "wrong name"],
)
def test_what_cannot_become_a_card_is_refused_before_anything_is_read(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    job = replace(job_in(tmp_path, {1, 2}, range(1, 5)), **changes)
    with pytest.raises(InputError) as refused:
        run(job, silent)
    assert str(refused.value) == told
    assert not job.work.exists()


def test_findings_are_those_that_can_be_drawn_and_are_known_of_a_study() -> None:
    labels = [
        Labels("1.2", "P1", {"fracture": True, "subdural": None, "hemorrhage": True}),
        Labels("1.3", "P2", {"epidural": False}),
    ]
    assert known_findings(labels) == ("hemorrhage", "epidural")
