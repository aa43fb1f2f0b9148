"""Learning curves: noted as a fit goes, read back whole, whatever a kill left."""

from pathlib import Path

from ichdash.model.card import Curve
from ichdash.training import curves


def test_a_curve_reads_back_as_it_was_noted(tmp_path: Path) -> None:
    path = tmp_path / "fold-0.csv"
    curves.note(path, 25, 2.5)
    curves.note(path, 50, 1.25)
    assert path.read_text() == "step,training_loss,validation_loss\n25,2.5000\n50,1.2500\n"
    assert curves.read(path, "fold 1") == Curve("fold 1", (25, 50), (2.5, 1.25))
    assert curves.steps_done(path) == 50


def test_validation_stands_beside_training(tmp_path: Path) -> None:
    curves.note(tmp_path / "all.csv", 25, 2.5, 3.0)
    assert curves.read(tmp_path / "all.csv", "all").validation == (3.0,)


def test_a_step_done_again_after_a_kill_counts_once(tmp_path: Path) -> None:
    for step, loss in ((25, 3.0), (50, 2.0), (50, 1.0)):
        curves.note(tmp_path / "all.csv", step, loss)
    assert curves.read(tmp_path / "all.csv", "all") == Curve("all", (25, 50), (3.0, 1.0))


def test_a_line_that_is_being_written_is_not_read(tmp_path: Path) -> None:
    curves.note(tmp_path / "all.csv", 25, 3.0)
    with (tmp_path / "all.csv").open("a") as file:
        file.write("50,1.")
    assert curves.steps_done(tmp_path / "all.csv") == 25


def test_without_a_file_nothing_is_done(tmp_path: Path) -> None:
    assert curves.steps_done(tmp_path / "all.csv") == 0
    assert curves.read(tmp_path / "all.csv", "all").steps == ()
