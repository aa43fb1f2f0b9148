"""What scripts and people get of an outcome: JSON keys, heatmap files, the table."""

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from ichdash.domain import NotScreened, OperatingPoint, Prediction, Screened, Turn, Volume
from ichdash.outcomes import Outcome, as_json, as_table, in_triage_order, write_heatmap

KEYS = [
    "study_uid",
    "series_uid",
    "status",
    "reason",
    "probability",
    "flagged",
    "threshold",
    "findings",
    "slice_scores",
    "slices",
    "model_id",
    "seconds",
    "restriction",
]


def screened(uid: str = "1.2", probability: float = 0.9, turn: Turn | None = None) -> Screened:
    volume = Volume(
        hu=np.zeros((3, 4, 6), np.int16),
        spacing_mm=(5.0, 0.5, 0.5),
        positions_mm=np.array([0.0, 5.0, 10.0]),
        study_uid=uid,
        series_uid="1.2.3",
        sop_instance_uids=("a", "b", "c"),
        turn=turn or Turn(),
    )
    prediction = Prediction(
        probability=probability,
        findings={"hemorrhage": probability, "subdural": 0.25},
        slice_scores=np.array([0.125, 0.75, 0.5], np.float32),
        heatmap=np.linspace(0, 1, 3 * 2 * 3).reshape(3, 2, 3).astype(np.float16),
        model_id="tiny-1",
        operating_point=OperatingPoint(0.5, 0.9, 0.8),
    )
    return Screened(uid, volume, prediction, (), 1.23456)


def told(outcomes: list[Outcome]) -> str:
    console = Console(width=160, file=io.StringIO())
    with console.capture() as capture:
        console.print(as_table(outcomes))
    return capture.get()


def test_a_screened_study_has_exactly_the_promised_keys() -> None:
    assert json.loads(json.dumps(as_json(screened()))) == {
        "study_uid": "1.2",
        "series_uid": "1.2.3",
        "status": "screened",
        "reason": "",
        "probability": 0.9,
        "flagged": True,
        "threshold": 0.5,
        "findings": {"hemorrhage": 0.9, "subdural": 0.25},
        "slice_scores": [0.125, 0.75, 0.5],
        "slices": 3,
        "model_id": "tiny-1",
        "seconds": 1.235,
        "restriction": "",
    }


def test_a_study_not_screened_has_the_same_keys_and_no_probability() -> None:
    line = as_json(NotScreened("1.2", "One series, modality MR.", seconds=0.5))
    assert list(line) == list(as_json(screened())) == KEYS
    assert (line["status"], line["reason"]) == ("not screened", "One series, modality MR.")
    assert line["probability"] is line["flagged"] is line["slices"] is line["model_id"] is None


def test_a_heatmap_lies_in_the_orientation_that_the_file_stores(tmp_path: Path) -> None:
    outcome = screened(turn=Turn(transpose=True, flip_rows=True))
    with np.load(write_heatmap(outcome, tmp_path / "new")) as kept:
        assert kept["heatmap"].shape == (3, 3, 2)
        assert kept["heatmap"].dtype == np.float32
        np.testing.assert_array_equal(
            outcome.volume.turn.apply(kept["heatmap"]), outcome.prediction.heatmap
        )
        assert kept["sop_instance_uids"].tolist() == ["a", "b", "c"]


def test_a_heatmap_is_named_by_its_study_and_leaves_nothing_else(tmp_path: Path) -> None:
    assert write_heatmap(screened("1.2.840.1"), tmp_path) == tmp_path / "1.2.840.1.npz"
    assert [path.name for path in tmp_path.iterdir()] == ["1.2.840.1.npz"]


def test_a_study_uid_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    path = write_heatmap(screened("../../etc/passwd"), tmp_path)
    assert path.parent == tmp_path
    assert path.exists()


def test_not_screened_stands_between_flagged_and_not_flagged() -> None:
    studies: list[Outcome] = [
        screened("low", 0.1),
        screened("lower", 0.05),
        NotScreened("unknown", "why"),
        screened("high", 0.7),
        screened("highest", 0.95),
    ]
    order = [outcome.study_uid for outcome in in_triage_order(studies)]
    assert order == ["highest", "high", "unknown", "low", "lower"]


def test_the_table_says_where_to_look_first_counted_from_one() -> None:
    row = " ".join(told([screened()]).splitlines()[-1].split())
    assert row == "◆ flagged 0.90 1.2 3 1.2 slices 2, 3, 1 of 3"


def test_the_table_gives_the_reason_of_a_study_not_screened_word_for_word() -> None:
    reason = 'Series 4 "HEAD [C+]": contrast agent recorded (Omnipaque 350). Not screened.'
    assert reason in told([NotScreened("1.2", reason)])


def test_what_the_use_of_a_model_is_restricted_to_stands_below_the_table_once() -> None:
    made = replace(screened().prediction, restriction="non-commercial [x] only")
    studies: list[Outcome] = [replace(screened(), prediction=made)] * 2
    assert told(studies).splitlines()[-1].strip() == "tiny-1: non-commercial [x] only."
    assert as_json(studies[0])["restriction"] == "non-commercial [x] only"
    assert "tiny-1" not in told([screened()])


def test_what_limits_a_result_stands_in_the_table() -> None:
    whole = screened()
    part = replace(whole.volume, warnings=("The series covers only 30 mm of the head.",))
    out = io.StringIO()
    Console(file=out, width=200).print(as_table([replace(whole, volume=part)]))
    assert "The series covers only 30 mm of the head." in out.getvalue()
