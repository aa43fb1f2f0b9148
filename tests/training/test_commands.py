"""`train` and `evaluate` as they are typed: tables, JSON, one sentence for what is refused."""

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ichdash.cli import main
from ichdash.model.card import Figure, ModelCard
from ichdash.model.detector import Detector
from ichdash.training import comparison, report, train
from ichdash.training.evaluate import Evaluation
from ichdash.training.groups import by_size, by_subtype
from ichdash.training.job import Job
from tests.samples import write_head
from tests.tiny_model import write_model
from tests.training.judgements import FOUR
from tests.training.test_comparison import FOUND

EVALUATION = Evaluation(
    model_id="own-1",
    threshold=0.42,
    studies=3,
    patients=3,
    positive_studies=1,
    slices=60,
    held_out=2,
    not_screened={"1.9": "Only CT is screened."},
    figures={"sensitivity": Figure(0.5, 0.25, 0.75)},
    slice_figures={"highest_slice_right": Figure(0.625, 0.375, 0.875)},
    calibration_error=0.125,
    calibration_error_by_chance=0.0625,
    brier_score=0.1875,
    effort_saved=0.95,
    subtypes=by_subtype(FOUR),
    sizes=by_size(FOUR, {"1.1": 3}),
    slices_not_joined={"1.8": "it has 30 slices, but 29 are labelled"},
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


@pytest.mark.parametrize(
    "words", [["evaluate"], ["models", "accept"], ["robustness", "--processes", "1"]], ids=" ".join
)
def test_what_judges_a_model_runs_it_by_the_engine_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """As the workers do: an acceptance test by another engine would accept something else."""
    engines: list[str] = []
    load = Detector.load

    def noted(path: Path, engine: str = "auto") -> Detector:
        engines.append(engine)
        return load(path, engine)

    monkeypatch.setattr(Detector, "load", noted)
    monkeypatch.setenv("ICHDASH_ENGINE", "torch")
    monkeypatch.setenv("ICHDASH_MODEL", str(write_model(tmp_path / "model")))
    uid = write_head(tmp_path / "studies")
    labels = written(tmp_path, f"study_uid,hemorrhage\n{uid},1\n")
    (tmp_path / "limits.toml").write_text("sensitivity = 0.5\n")
    limits = ["--limits", str(tmp_path / "limits.toml")] if "accept" in words else []
    main([*words, "--studies", str(tmp_path / "studies"), "--labels", labels, *limits])
    assert engines == ["torch"]


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """`evaluate` on two drawn heads, one of them labelled with a subtype."""
    uids = [write_head(tmp_path / "studies" / str(number), number) for number in (1, 2)]
    text = f"study_uid,hemorrhage,subdural\n{uids[0]},1,1\n{uids[1]},0,0\n"
    model = str(write_model(tmp_path / "model"))
    inputs = ["--studies", str(tmp_path / "studies"), "--labels", written(tmp_path, text)]
    return ["evaluate", *inputs, "--model", model]


def test_evaluate_writes_a_report_beside_one_json_object(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.html"
    assert main([*command, "--report", str(path), "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["model_id"] == "tiny-1"
    assert "Written: own.html, and own.json with the same figures beside it." in said.err
    assert path.stat().st_size > 1_000_000  # the script that draws is in it
    told = json.loads((tmp_path / "own.json").read_text(encoding="utf-8"))
    assert told["created"] == date.today().isoformat()
    assert [each["name"] for each in told["subtypes"]] == ["subdural"]


def test_evaluate_tells_another_model_in_the_terminal_and_in_the_report(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    other = str(write_model(tmp_path / "other"))
    path = str(tmp_path / "own.html")
    assert main([*command, "--against", other, "--report", path]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert (
        "tiny-1 alone was right on 0, tiny-1 alone on 0 (McNemar's exact test, p = 1.000)" in told
    )
    assert json.loads((tmp_path / "own.json").read_text())["against"]["p_value"] == 1


def test_a_report_without_a_folder_is_refused_before_any_study_is_read(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, "not,labels\n")  # would be told if it was looked at
    assert main([*command, "--report", str(tmp_path / "none" / "own.html")]) == 2
    told = capsys.readouterr().err
    assert f"ichdash: There is no folder {tmp_path / 'none'} for the report own.html." in told
    assert "labels" not in told


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
        "│ subdural │ 1 │ 1 │ 0.50 (0.09–0.91) │ 0.75 (0.23–0.97) │",
        "│ epidural │ 0 │ 0 │ – │ – │",
        "│ 1–3 slices │ 1 │ 0 │ 1.00 (0.21–1.00) │ 1.00 (0.28–1.00) │",
        "Of 2 studies without hemorrhage 1 were flagged; AUC of a group is against all of them.",
        "Not in the figures of slices: 1.8: it has 30 slices, but 29 are labelled.",
        "Expected calibration error (10 bins): 0.125; perfect probabilities would show 0.062 on so "
        "many studies. Brier score: 0.188 (0 is best).",
        "Labelling effort saved: 95.0% (3 study labels instead of 60 slice labels)",
        "Not screened: 1.9: Only CT is screened.",
    ],
)
def test_an_evaluation_is_told_as_a_table(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    report.show_evaluation(replace(EVALUATION, judged=FOUR), as_json=False)
    assert line in " ".join(capsys.readouterr().out.split())  # titles are wrapped


def test_what_restricts_either_model_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    against = replace(FOUND, other_restriction="teaching only")
    found = replace(EVALUATION, restriction="education only", against=against)
    report.show_evaluation(found, as_json=False)
    told = capsys.readouterr().out
    assert "own-1: education only." in told
    assert f"{FOUND.other_id}: teaching only." in told


def test_another_model_is_told_below_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    report.show_evaluation(replace(EVALUATION, against=FOUND), as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    for sentence in comparison.sentences("own-1", FOUND, 3):
        assert sentence in told


def test_markup_in_a_reason_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    """A scanner's description ends up in it."""
    reason = 'Series 3 "HEAD [/STD] [thin]" is no CT'
    report.show_evaluation(replace(EVALUATION, not_screened={"1.9": reason}), as_json=False)
    assert f"Not screened: 1.9: {reason}" in capsys.readouterr().out


def test_that_patients_have_several_studies_is_told_of_the_intervals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sentence = (
        "The 3 studies are of 2 patients. The intervals take each study as another patient's: they "
        "are too narrow."
    )
    report.show_evaluation(EVALUATION, as_json=False)
    assert "patients" not in capsys.readouterr().out
    report.show_evaluation(replace(EVALUATION, patients=2), as_json=False)
    assert sentence in " ".join(capsys.readouterr().out.split())


def test_json_holds_figures_and_not_what_was_said_of_each_study(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report.show_evaluation(replace(EVALUATION, judged=FOUR, against=FOUND), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert "judged" not in told
    assert told["against"]["auc_difference"]["value"] == -0.02


def test_figures_are_told_with_their_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    report.show_evaluation(EVALUATION, as_json=False)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "│ sensitivity" in line]
    assert "0.500" in row
    assert "0.250–0.750" in row


def test_json_stays_one_object_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    reason = "A [long] reason " * 20
    report.show_evaluation(replace(EVALUATION, not_screened={"1.9": reason}), as_json=True)
    assert json.loads(capsys.readouterr().out)["not_screened"] == {"1.9": reason}


def test_training_takes_each_folder_under_its_own_name_and_the_recipe_as_it_is_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[Job] = []

    def run(job: Job, *_: object) -> ModelCard:
        jobs.append(job)
        return ModelCard.load(write_model(tmp_path / "made"))

    monkeypatch.setattr(train, "run", run)
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        written(folder, "study_uid,hemorrhage\n1.2,1\n")
    command = ["train", "--output", str(tmp_path / "own.json"), "--leave-out"]
    for folder, name, licence in ((one, "ours", "CC0"), (other, "theirs", "non-commercial")):
        command += ["--studies", str(folder), "--labels", str(folder / "labels.csv")]
        command += ["--name", name, "--licence", licence]
    recipe = ["--steps", "30", "--start-steps", "20", "--synthetic-heads", "7", "--seed", "3"]
    assert main([*command, *recipe]) == 0
    (job,) = jobs
    assert [(s.studies, s.labels, s.data.name, s.data.licence) for s in job.sources] == [
        (one, one / "labels.csv", "ours", "CC0"),
        (other, other / "labels.csv", "theirs", "non-commercial"),
    ]
    assert job.leaves_out
    used = job.recipe
    assert (used.steps, used.start_steps, used.synthetic_heads, used.seed) == (30, 20, 7, 3)


def test_a_picture_of_what_was_judged_wrongly_is_written_on_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uid = write_head(tmp_path / "studies")
    model = write_model(tmp_path / "model")
    card = ModelCard.load(model)
    replace(card, operating_point=replace(card.operating_point, threshold=1.0)).save(model)
    command = ["evaluate", "--studies", str(tmp_path / "studies"), "--model", str(model)]
    command += ["--labels", written(tmp_path, f"study_uid,hemorrhage\n{uid},1\n")]
    assert main([*command, "--failures", str(tmp_path / "wrong.png")]) == 0
    assert "Written: wrong.png." in capsys.readouterr().err
    assert (tmp_path / "wrong.png").exists()
    assert main([*command, "--failures", str(tmp_path / "wrong.pdf")]) == 2
    assert "wrong.pdf is no picture: it must end in .png or .webp." in capsys.readouterr().err


def test_where_no_terminal_shows_bars_a_line_tells_of_each_tenth(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with report.Progress() as progress:
        for done in range(41):
            progress.tell("steps", done, 40)
        progress.tell("heads", 1, 1)
    lines = capsys.readouterr().err.splitlines()
    told = [line for line in lines if " of " in line]
    assert told == [f"steps: {done} of 40" for done in range(4, 41, 4)] + ["heads: 1 of 1"]
