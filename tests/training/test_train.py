"""A whole training, as small as it can be: what it writes, counts, goes on from and refuses."""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ichdash.cli import main
from ichdash.errors import InputError
from ichdash.model.card import ModelCard, TrainingData
from ichdash.model.detector import Detector
from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training import (
    archive,
    findings,
    folds,
    gathering,
    heldout,
    learnt,
    metrics,
    report,
    train,
)
from ichdash.training.archive import Match
from ichdash.training.gathering import gather
from ichdash.training.job import Source, sources
from ichdash.training.labels import Labels
from ichdash.training.learnt import Learnt
from ichdash.training.recipe import Recipe
from ichdash.training.start import Start
from ichdash.training.train import Job, run
from ichdash.web.case.result import findings_table
from tests.samples import write_head
from tests.tiny_model import TINY, write_model
from tests.training.scenes import QUICK, flat_case

RECIPE = replace(QUICK, synthetic_heads=2, steps=2, slices=2, bleeds=2, head_steps=2)
POSITIVE = {1, 2, 3}
SOURCE = TrainingData("drawn heads", "CC0", "nobody", 0, 0, 0, "Study-level labels only.")


@dataclass(frozen=True)
class Trained:
    job: Job
    card: ModelCard
    stages: list[str]  # as progress was told
    notices: list[str]


def job_in(folder: Path, positive: set[int], numbers: range = range(1, 7)) -> Job:
    """Six drawn heads, those of some numbers called positive."""
    for number in numbers:
        write_head(folder / "studies" / str(number), number)
    rows = [
        f"2.25.{1000 + n},P{n},{int(n in positive)},{int(n == 1)},{n % 2},{int(n == 1)}\n"
        for n in numbers
    ]
    columns = "study_uid,patient_id,hemorrhage,subdural,midline_shift,fracture\n"
    labels = folder / "labels.csv"
    labels.write_text(columns + "".join(rows))
    return Job(
        sources=(Source(folder / "studies", labels, SOURCE),),
        output=folder / "models" / "own.json",
        work=folder / "work",
        model_id="own-1",
        recipe=RECIPE,
        size=128,
        folds=2,
        processes=1,
    )


def trained_by(job: Job) -> Trained:
    stages: list[str] = []
    notices: list[str] = []
    card = run(job, lambda stage, done, total: stages.append(stage), notices.append)
    return Trained(job, card, stages, notices)


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Intervals from few resamples, which nobody looks at, findings of few patients, and all slices
    read for a study, since there are but few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "RESAMPLES", 20)
        patch.setattr(findings, "LEAST_PATIENTS", 1)
        patch.setattr(train, "HIGHEST", 1.0)
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


def test_the_network_is_taught_as_was_asked_for_and_screens_finer(trained: Trained) -> None:
    assert (trained.card.network.taught, trained.card.network.size) == (128, 160)


def test_more_slices_make_up_a_study_held_out_than_while_it_was_taught(trained: Trained) -> None:
    assert trained.card.network.highest == 1
    assert folds.read_material(trained.job.work).spec.highest == 0
    for each in heldout.load(trained.job.output).values():
        mean = sum(each.slices) / len(each.slices)
        assert each.logits["hemorrhage"] == pytest.approx(mean, abs=0.01)


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
    assert set(detector.card.calibration) == {"hemorrhage", "subdural", "midline_shift"}


def test_another_disorder_is_learnt_from_its_column_and_named_in_the_card(trained: Trained) -> None:
    assert trained.card.network.findings == ("hemorrhage", "subdural", "midline_shift")
    assert (
        "midline_shift is learnt from the labels of 3 studies with it alone, and the heatmap does "
        "not show it."
    ) in trained.card.limits
    assert trained.card.performance is not None
    assert "midline_shift" in trained.card.performance.finding_auc


def test_the_card_holds_the_learning_curve_of_every_fit(trained: Trained) -> None:
    curves = trained.card.curves
    assert [each.name for each in curves] == ["start", "fold 1", "fold 2", "all"]
    assert all(each.steps == (2,) and each.validation == () for each in curves)
    assert (trained.job.work / "fold-0.csv").read_text().startswith("step,training_loss")


def test_a_column_that_is_not_learnt_is_told(trained: Trained) -> None:
    (told,) = trained.notices
    assert told.startswith("fracture is not learnt: 0 patients have it without hemorrhage")


def test_screening_shows_another_disorder_in_json_and_on_the_case_page(
    trained: Trained,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in os.environ if name.startswith("ICHDASH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ICHDASH_MODEL", str(trained.job.output))
    monkeypatch.setenv("ICHDASH_ENGINE", "torch")
    assert main(["screen", str(trained.job.sources[0].studies / "1"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    assert set(told) == {"hemorrhage", "subdural", "midline_shift"}
    assert "<span>midline_shift</span>" in findings_table(told)


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
    with job.sources[0].labels.open("a") as file:
        file.write("2.25.9,P9,0,0\n")
    with pytest.raises(
        InputError, match=r"1 of the labelled studies cannot be used\. 2\.25\.9: not in"
    ):
        run(job, silent)


def test_studies_that_cannot_be_used_are_left_out_on_request(tmp_path: Path) -> None:
    job = replace(job_in(tmp_path, {1, 2}, range(1, 5)), leaves_out=True)
    with job.sources[0].labels.open("a") as file:
        file.write("2.25.9,P9,0,0,0,0\n")
    trained = trained_by(job)
    assert trained.card.training[0].studies == 4
    assert (
        "1 of the labelled studies cannot be used. 2.25.9: not in the folder. They are left out."
    ) in trained.notices
    assert "2.25.9" not in learnt.load(job.output).studies


def test_what_is_left_when_studies_are_left_out_must_be_enough(tmp_path: Path) -> None:
    job = replace(job_in(tmp_path, {1, 2}, range(1, 5)), leaves_out=True)
    shutil.rmtree(tmp_path / "studies" / "1")
    with pytest.raises(InputError, match=r"1 patients with and 2 without hemorrhage"):
        run(job, silent)


def test_several_folders_are_learnt_from_each_under_its_licence(tmp_path: Path) -> None:
    """The second holds studies of a single slice, by which nothing is calibrated."""
    first = job_in(tmp_path, {1, 2}, range(1, 5))
    slices = tmp_path / "slices"
    for number in range(11, 15):
        write_head(slices / str(number), number, slice(5, 6))
    rows = "".join(f"2.25.{1000 + number},{number % 2}\n" for number in range(11, 15))
    labels = tmp_path / "slices.csv"
    labels.write_text("study_uid,hemorrhage\n" + rows)
    data = replace(SOURCE, name="single slices", licence="non-commercial")
    job = replace(first, sources=(*first.sources, Source(slices, labels, data)))
    trained = trained_by(job)
    told = [(each.name, each.studies, each.slices) for each in trained.card.training]
    assert told == [("drawn heads", 4, 40), ("single slices", 4, 4)]
    assert trained.card.restriction == "non-commercial research and education only"
    assert trained.card.performance is not None
    assert trained.card.performance.studies == 4
    assert trained.card.performance.effort_saved == pytest.approx(1 - 8 / 44)
    assert trained.card.training[1].notes.endswith("4 of them are single slices, labelled as such.")
    assert len(heldout.load(job.output)) == 8


def test_a_study_that_stands_in_two_labels_is_refused(tmp_path: Path) -> None:
    job = job_in(tmp_path, {1, 2}, range(1, 5))
    with pytest.raises(InputError) as refused:
        run(replace(job, sources=job.sources * 2), silent)
    uids = ", ".join(f"2.25.{number}" for number in range(1001, 1005))
    assert str(refused.value) == (f"{uids}: labelled in more than one folder. Nothing was trained.")


def test_a_patient_of_two_folders_is_one_patient(tmp_path: Path) -> None:
    """Their headers tell that they are: no fold may part them."""
    for name, numbers in (("a", (1, 2)), ("b", (3, 4))):
        for number in numbers:
            write_head(tmp_path / name / str(number), number)
        rows = "".join(f"2.25.{1000 + number},{number % 2}\n" for number in numbers)
        (tmp_path / f"{name}.csv").write_text(f"study_uid,hemorrhage\n{rows}")
    both = sources([tmp_path / "a", tmp_path / "b"], [tmp_path / "a.csv", tmp_path / "b.csv"])
    job = replace(job_in(tmp_path / "other", {1, 2}, range(1, 3)), sources=both, folds=1)
    spec = NetworkSpec(("hemorrhage",), size=48, taught=32)
    found = gather(job, None, spec, lambda done, of: None, lambda sentence: None)
    assert len({case.patient_id for case in found.cases}) == 1
    assert {case.hu.shape[1] for case in found.cases} == {32}
    assert {case.hu.shape[1] for case in found.seen} == {48}


def test_headers_beside_one_name_and_names_beside_one_header_are_one_patient() -> None:
    """Q has the headers of A and B, which nothing else joins; C is somebody else."""
    first = [match_of("A", "h1"), match_of("B", "h2"), match_of("C", "")]
    second = [match_of("Q", "h1"), match_of("Q", "h2"), match_of("R", "h3")]
    names = [
        [match.label.patient_id for match in each]
        for each in gathering._one_patient_each([first, second])
    ]
    (one, same, other), (*again, third) = names
    assert {one, same, *again} == {one}
    assert len({one, other, third}) == 3


def match_of(patient_id: str, header: str) -> Match:
    return Match(Labels("1.2", patient_id, {"hemorrhage": True}), header)


def test_what_is_written_of_a_run_names_no_patient(trained: Trained) -> None:
    material = folds.read_material(trained.job.work)
    assert {case.patient_id for case in material.cases} == {f"{n:06d}" for n in range(6)}


def test_a_finding_of_single_slices_alone_is_calibrated_by_these(tmp_path: Path) -> None:
    first = job_in(tmp_path, {1, 2}, range(1, 5))
    for number in range(11, 15):
        write_head(tmp_path / "slices" / str(number), number, slice(5, 6))
    rows = "".join(f"2.25.{1000 + n},{n % 2},{n % 2}\n" for n in range(11, 15))
    labels = tmp_path / "slices.csv"
    labels.write_text("study_uid,hemorrhage,epidural\n" + rows)
    more = Source(tmp_path / "slices", labels, SOURCE)
    job = replace(first, sources=(*first.sources, more))
    card = trained_by(job).card
    assert "epidural" in card.network.findings
    assert ModelCard.load(job.output) == card


def test_what_is_told_of_one_folder_must_be_told_of_all() -> None:
    folders = Path("a"), Path("b")
    with pytest.raises(InputError, match=r"^2 of --studies and 1 of --labels: give both as often"):
        sources(folders, folders[:1])
    with pytest.raises(InputError, match=r"^2 of --studies and 1 of --licence: give both"):
        sources(folders, folders, licences=("CC0",))


def test_studies_of_too_few_patients_are_refused(tmp_path: Path) -> None:
    job = job_in(tmp_path, {1, 2}, range(1, 5))
    labels = job.sources[0].labels
    labels.write_text(labels.read_text().replace("P1,", "P,").replace("P2,", "P,"))
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
        (
            {"output": Path(__file__) / "models" / "own.json"},
            f"own.json cannot be written: {Path(__file__)} is no folder that you may write into. "
            "Nothing was trained. Name another place with --output.",
        ),
    ],
    ids=["no hemorrhage", "unknown finding", "wrong name", "no folder"],
)
def test_what_cannot_become_a_card_is_refused_before_anything_is_read(
    tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    job = replace(job_in(tmp_path, {1, 2}, range(1, 5)), **changes)
    with pytest.raises(InputError) as refused:
        run(job, silent)
    assert str(refused.value) == told
    assert not job.work.exists()


@pytest.fixture(scope="module")
def gone_on(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A training that went on from a tiny model, without synthetic heads."""
    folder = tmp_path_factory.mktemp("warm")
    start = write_model(folder / "start", replace(TINY, highest=0.5))
    replace(ModelCard.load(start), training=(replace(SOURCE, name="elsewhere"),)).save(start)
    learnt.save(start, Learnt(frozenset({"1.9"})))
    job = job_in(folder, {1, 2}, range(1, 5))
    recipe = replace(RECIPE, synthetic_heads=0)
    return trained_by(replace(job, recipe=recipe, start_from=start))


def test_a_warm_start_keeps_network_and_findings_in_common(gone_on: Trained) -> None:
    network = gone_on.card.network
    assert folds.read_material(gone_on.job.work).spec.highest == 0  # taught as any other
    assert replace(network, findings=TINY.findings, context=1.0, highest=0.0) == TINY
    assert network.findings == ("hemorrhage", "subdural", "midline_shift")
    first = load_file(gone_on.job.work / "start.safetensors")
    before = load_file(gone_on.job.start_from.parent / "tiny.safetensors")
    assert torch.equal(first["body.top.weight"], before["body.top.weight"])


def test_what_a_warm_start_had_learnt_from_stays_in_the_card(gone_on: Trained) -> None:
    own, before = gone_on.card.training
    assert (own.name, own.studies, before.name) == ("drawn heads", 4, "elsewhere")
    assert own.notes.startswith(
        "Study-level labels only. Started from the weights of tiny-1 (SHA-256 "
    )
    assert "1.9" in learnt.load(gone_on.job.output).studies


def test_what_is_not_known_of_a_warm_start_is_told_and_kept(gone_on: Trained) -> None:
    doubt = (
        "Which patients tiny-1 learnt from is not recorded: where some are among the studies of "
        "this training, its figures are too good."
    )
    assert doubt in gone_on.notices
    assert doubt in gone_on.card.limits
    again = Start.load(gone_on.job.output)
    assert again.doubt.startswith("Which patients own-1 learnt from is not recorded")


def test_studies_that_a_model_learnt_from_cannot_be_held_out_from_it(gone_on: Trained) -> None:
    again = replace(gone_on.job, start_from=gone_on.job.output, work=gone_on.job.work / "again")
    with pytest.raises(InputError, match=r"^own-1 learnt from 4 of the labelled studies"):
        run(again, silent)
    assert not again.work.exists()


def test_without_synthetic_heads_a_training_starts_from_chance(gone_on: Trained) -> None:
    work = gone_on.job.work / "chance"
    job = replace(gone_on.job, start_from=None, work=work)
    spec = replace(TINY, findings=("hemorrhage", "subdural"))
    cases = tuple(flat_case(f"1.{n}", float(n % 2), size=64) for n in range(2))
    work.mkdir()
    made = folds.material(work, cases, cases, (0, 1), spec, job.recipe, lambda: ((), {}))
    assert made.steps(folds.START) == 0
    folds._run_one(work, folds.START)
    torch.manual_seed(job.recipe.seed)
    chance = Network(spec).state_dict()
    assert all(
        torch.equal(each, chance[name])
        for name, each in load_file(folds.result_path(work, folds.START)).items()
    )
