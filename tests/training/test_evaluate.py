"""`evaluate`: studies that the model learnt from count as held out, the others as screened."""

from dataclasses import dataclass, replace
from pathlib import Path

import pydicom
import pytest

from ichdash.errors import InputError, ModelError
from ichdash.model.card import ModelCard
from ichdash.training import archive, evaluate, heldout, learnt, metrics, report
from ichdash.training.evaluate import Evaluation
from ichdash.training.heldout import Score
from ichdash.training.learnt import Learnt
from tests.samples import write_head
from tests.tiny_model import write_model

ALWAYS, NEVER = 0.0, 1.0
"""Thresholds at which the detector flags every study, and none."""

LABELS = "2.25.1001,1\n2.25.1002,0\n2.25.1003,0\n2.25.1004,\n2.25.9,0\n"
"""A head that the model learnt from, one that it did not, an MR study, no answer, no study."""


def score(uid: str, flagged: bool, logit: float = 0.0) -> Score:
    return Score(uid, 0, 0.9 if flagged else 0.1, flagged, {"hemorrhage": logit, "subdural": 0.0})


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for number in (1, 2, 3, 4):
        write_head(folder / str(number), number)
    for path in (folder / "3").iterdir():
        ds = pydicom.dcmread(path)
        ds.Modality = "MR"
        ds.save_as(path)
    return folder


def slice_position(path: Path) -> float:
    return float(pydicom.dcmread(path, stop_before_pixels=True).ImagePositionPatient[2])


def silent(stage: str, done: int, total: int) -> None:
    """Nobody looks at the progress."""


def run(
    folder: Path,
    studies: Path,
    labels: str,
    threshold: float,
    *,
    held: tuple[Score, ...] = (),
    on_progress: evaluate.OnProgress = silent,
    slice_labels: Path | None = None,
    against: Path | None = None,
) -> Evaluation:
    card = write_model(folder)
    found = ModelCard.load(card)
    point = replace(found.operating_point, threshold=threshold)
    replace(found, operating_point=point).save(card)
    if held:
        heldout.save(card, held)
    (folder / "labels.csv").write_text(f"study_uid,hemorrhage\n{labels}", encoding="utf-8")
    return evaluate.run(
        studies,
        folder / "labels.csv",
        card,
        on_progress,
        slice_labels=slice_labels,
        against=against,
    )


@dataclass(frozen=True)
class Told:
    evaluation: Evaluation
    progress: list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def told(studies: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A detector that flags all, on the studies of LABELS; held out it flagged the MR only."""
    progress: list[tuple[str, int, int]] = []
    held = score("2.25.1001", flagged=False), score("2.25.1003", flagged=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "RESAMPLES", 20)
        found = run(
            tmp_path_factory.mktemp("model"),
            studies,
            LABELS,
            ALWAYS,
            held=held,
            on_progress=lambda *each: progress.append(each),
        )
    return Told(found, progress)


def test_a_study_that_the_model_learnt_from_is_judged_by_its_held_out_score(told: Told) -> None:
    assert told.evaluation.held_out == 1
    assert told.evaluation.figures["sensitivity"].value == 0  # the detector would flag it


def test_a_study_that_the_model_never_saw_is_judged_by_the_detector(told: Told) -> None:
    assert told.evaluation.figures["specificity"].value == 0


def test_what_cannot_be_screened_is_named_with_its_reason(told: Told) -> None:
    reasons = told.evaluation.not_screened
    assert set(reasons) == {"2.25.1003", "2.25.9"}
    assert "modality MR" in reasons["2.25.1003"]
    assert reasons["2.25.9"] == "not in the folder"


def test_what_was_judged_is_counted(told: Told) -> None:
    found = told.evaluation
    assert (found.studies, found.positive_studies, found.slices) == (2, 1, 20)
    assert found.effort_saved == pytest.approx(1 - 2 / 20)


def test_the_model_and_its_threshold_are_told(told: Told) -> None:
    assert (told.evaluation.model_id, told.evaluation.threshold) == ("tiny-1", ALWAYS)


def test_progress_is_told_for_each_study_with_an_answer(told: Told) -> None:
    assert told.progress == [("evaluated", done, 4) for done in (1, 2, 3, 4)]


@pytest.mark.usefixtures("few_resamples")
def test_the_operating_point_of_the_card_decides_what_is_flagged(
    tmp_path: Path, studies: Path
) -> None:
    found = run(tmp_path, studies, "2.25.1001,1\n", NEVER)
    assert found.figures["sensitivity"].value == 0
    assert found.held_out == 0


@pytest.mark.usefixtures("few_resamples")
def test_studies_held_out_are_ranked_by_logits_across_folds(tmp_path: Path, studies: Path) -> None:
    held = score("2.25.1001", False, logit=1.0), score("2.25.1002", True, logit=-1.0)
    found = run(tmp_path, studies, "2.25.1001,1\n2.25.1002,0\n", ALWAYS, held=held)
    assert found.figures["auc"].value == 1


@pytest.mark.usefixtures("few_resamples")
def test_slices_held_out_are_judged_against_slice_labels(tmp_path: Path, studies: Path) -> None:
    """Slice 3 of 10 has the highest score held out; labelled are slices 3 and 7."""
    by_place = sorted((studies / "1").iterdir(), key=slice_position)
    uids = [pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID for path in by_place]
    truth = tmp_path / "slices.csv"
    rows = [f"{uid},{int(index in {3, 7})}" for index, uid in enumerate(uids)]
    truth.write_text("\n".join(["sop_instance_uid,hemorrhage", *rows]), encoding="utf-8")
    logits = tuple(float(index == 3) - index / 100 for index in range(len(uids)))
    held = (replace(score("2.25.1001", True), slices=logits),)
    found = run(tmp_path, studies, "2.25.1001,1\n", ALWAYS, held=held, slice_labels=truth)
    assert found.slice_figures["highest_slice_right"].value == 1
    assert found.slice_figures["auc_of_slices"].value == pytest.approx(10 / 16)
    assert found.slices_not_joined == {}
    assert (found.sizes[0].name, found.sizes[0].studies) == ("1–3 slices", 1)


@pytest.mark.usefixtures("few_resamples")
@pytest.mark.parametrize("kept", [7, 12])
def test_a_study_held_out_that_has_other_slices_now_is_judged_without_scores_of_slices(
    tmp_path: Path, studies: Path, kept: int
) -> None:
    held = (replace(score("2.25.1001", True), slices=(0.0,) * kept),)
    found = run(tmp_path, studies, "2.25.1001,1\n", ALWAYS, held=held)
    (judged,) = found.judged
    assert (judged.is_held_out, judged.flagged, len(judged.slices)) == (True, True, 0)


@pytest.mark.usefixtures("few_resamples")
def test_slices_written_anew_are_judged_by_their_instance_number(
    tmp_path: Path, studies: Path
) -> None:
    """Instance 4 of 10, from the feet, has the highest score held out."""
    truth = tmp_path / "slices.csv"
    rows = [f"2.25.1001,9.{number},{number},{int(number == 4)}" for number in range(1, 11)]
    heading = "study_uid,sop_instance_uid,instance_number,hemorrhage"
    truth.write_text("\n".join([heading, *rows]), encoding="utf-8")
    held = (replace(score("2.25.1001", True), slices=(0.0,) * 3 + (1.0,) + (0.0,) * 6),)
    found = run(tmp_path, studies, "2.25.1001,1\n", ALWAYS, held=held, slice_labels=truth)
    assert found.slice_figures["highest_slice_right"].value == 1
    assert found.slice_figures["auc_of_slices"].value == 1


@pytest.mark.usefixtures("few_resamples")
def test_studies_whose_slices_are_not_labelled_are_named(tmp_path: Path, studies: Path) -> None:
    truth = tmp_path / "slices.csv"
    truth.write_text("sop_instance_uid,hemorrhage\n1.9,1\n", encoding="utf-8")
    found = run(tmp_path, studies, "2.25.1001,1\n2.25.1002,0\n", ALWAYS, slice_labels=truth)
    assert (found.slice_figures, found.sizes) == ({}, ())
    assert found.slices_not_joined == {
        "2.25.1001": "0 of its 10 slices are labelled by SOP instance UID"
    }


@pytest.mark.usefixtures("few_resamples")
def test_slices_of_a_new_study_are_judged_by_the_detector(tmp_path: Path, studies: Path) -> None:
    path = next((studies / "2").iterdir())
    truth = tmp_path / "slices.csv"
    uid = pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID
    others = [pydicom.dcmread(each, stop_before_pixels=True) for each in (studies / "2").iterdir()]
    rows = [f"{each.SOPInstanceUID},{int(each.SOPInstanceUID == uid)}" for each in others]
    truth.write_text("\n".join(["sop_instance_uid,hemorrhage", *rows]), encoding="utf-8")
    found = run(tmp_path, studies, "2.25.1002,1\n", ALWAYS, slice_labels=truth)
    assert set(found.slice_figures) == {"auc_of_slices", "highest_slice_right"}


@pytest.mark.usefixtures("few_resamples")
def test_another_model_judges_the_same_studies_by_its_own_scores_and_cut(
    tmp_path: Path, studies: Path
) -> None:
    """The other one flags none, and got the bleed right while it was held out."""
    other = write_model(tmp_path / "other")
    card = ModelCard.load(other)
    point = replace(card.operating_point, threshold=NEVER)
    replace(card, model_id="other-1", operating_point=point).save(other)
    heldout.save(other, (score("2.25.1001", flagged=True),))
    found = run(tmp_path, studies, "2.25.1001,1\n2.25.1002,0\n2.25.9,0\n", ALWAYS, against=other)
    against = found.against
    assert against is not None
    assert (against.other_id, against.other_threshold, against.other_held_out) == (
        "other-1",
        NEVER,
        1,
    )
    assert (against.alone_right, against.other_alone_right) == (0, 1)
    assert against.other_figures["accuracy"].value == 1


@pytest.mark.usefixtures("few_resamples")
def test_an_evaluation_knows_what_restricts_its_models(tmp_path: Path, studies: Path) -> None:
    other = write_model(tmp_path / "other", licence="CC BY-NC 4.0")
    found = run(tmp_path, studies, "2.25.1001,1\n2.25.1002,0\n", ALWAYS, against=other)
    assert found.restriction == ""
    assert found.against is not None
    assert found.against.other_restriction == "non-commercial research and education only"


def test_without_another_model_there_is_no_comparison(told: Told) -> None:
    assert told.evaluation.against is None


def test_what_was_said_of_each_study_is_kept_with_its_labels(told: Told) -> None:
    assert [each.study_uid for each in told.evaluation.judged] == ["2.25.1001", "2.25.1002"]
    assert told.evaluation.judged[0].labels == {"hemorrhage": True}


def test_what_ranks_studies_is_among_the_figures(told: Told) -> None:
    assert {"auc", "average_precision", "sensitivity_at_87_specificity"} <= set(
        told.evaluation.figures
    )


def test_without_slice_labels_there_are_no_figures_of_slices(told: Told) -> None:
    assert told.evaluation.slice_figures == {}
    assert told.evaluation.slices_not_joined == {}


@pytest.mark.usefixtures("few_resamples")
def test_a_further_study_of_a_patient_that_the_model_learnt_from_is_left_out(
    tmp_path: Path, studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The drawn heads are all of one patient, unless the labels tell otherwise."""
    seen = Learnt(frozenset({"2.25.1001"}), frozenset({archive.pseudonym("P1")}))
    learnt.save(write_model(tmp_path), seen)
    held = (score("2.25.1001", flagged=True),)
    found = run(tmp_path, studies, "2.25.1001,1\n2.25.1002,0\n", ALWAYS, held=held)
    assert found.left_out == ("2.25.1002",)
    assert (found.studies, found.held_out) == (1, 1)
    report.show_evaluation(found, as_json=False)
    assert (
        "Left out, since weights that saw a patient do not judge another study of theirs: 2.25.1002"
        in " ".join(capsys.readouterr().out.split())
    )


def test_where_all_are_left_out_it_is_told_why(tmp_path: Path, studies: Path) -> None:
    learnt.save(write_model(tmp_path), Learnt(frozenset({"2.25.1002"})))
    with pytest.raises(InputError) as refused:
        run(tmp_path, studies, "2.25.1002,0\n", ALWAYS)
    assert str(refused.value) == (
        f"labels.csv: none of its studies could be screened in {studies.name}. "
        "1 are of patients that the model learnt from: left out."
    )


@pytest.mark.usefixtures("few_resamples")
def test_studies_may_be_named_by_accession_number(tmp_path: Path, studies: Path) -> None:
    card = write_model(tmp_path)
    (tmp_path / "labels.csv").write_text("accession_number,hemorrhage\nA1001,1\nA9,0\n")
    found = evaluate.run(studies, tmp_path / "labels.csv", card, silent)
    assert [each.study_uid for each in found.judged] == ["2.25.1001"]
    assert found.not_screened == {"accession number A9": "not in the folder"}


def test_nothing_judged_is_refused(tmp_path: Path, studies: Path) -> None:
    with pytest.raises(InputError) as refused:
        run(tmp_path, studies, "2.25.1003,0\n2.25.9,1\n", ALWAYS)
    assert str(refused.value) == (
        f"labels.csv: none of its studies could be screened in {studies.name}."
    )


def test_a_broken_table_of_held_out_scores_is_told(tmp_path: Path, studies: Path) -> None:
    (tmp_path / "tiny.heldout.csv").write_text("study_uid\n2.25.1001\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"tiny\.heldout\.csv is not a table of held-out scores"):
        run(tmp_path, studies, "2.25.1001,1\n", ALWAYS)


def test_a_missing_model_is_told(tmp_path: Path, studies: Path) -> None:
    (tmp_path / "labels.csv").write_text("study_uid,hemorrhage\n2.25.1001,1\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"There is no model card own\.json"):
        evaluate.run(studies, tmp_path / "labels.csv", tmp_path / "own.json", silent)
