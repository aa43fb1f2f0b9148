"""Folds by patient, the work folder that a run goes on from, and who scores whom."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from ichdash.errors import InputError
from ichdash.model.network import Network
from ichdash.training import folds, scoring
from ichdash.training.cases import Case
from ichdash.training.folds import Material
from ichdash.training.pool import Pool
from ichdash.training.recipe import Recipe
from ichdash.training.scoring import HeldOut
from tests.tiny_model import TINY
from tests.training.scenes import QUICK, flat_case, square

Draw = Callable[[], tuple[tuple[Case, ...], dict[str, Pool]]]

PATIENTS = tuple(
    flat_case(f"1.{patient}.{study}", float(patient % 3 == 0), patient=f"P{patient}")
    for patient in range(24)
    for study in range(1 + patient % 2)
)
"""24 patients with one or two studies each, every third patient with a hemorrhage."""

CASES = tuple(flat_case(f"1.{n}", float(n % 2), hu=10.0 * n, size=64) for n in range(4))
FOLD_OF = (0, 0, 1, 1)


def drawn() -> tuple[tuple[Case, ...], dict[str, Pool]]:
    """A synthetic head and drawings for it, ready made."""
    return (flat_case("synthetic-0", size=64),), {"synthetic-0": Pool((square(size=64),), ())}


def material(work: Path, draw: Draw = drawn, **changes: object) -> Material:
    wanted = {"cases": CASES, "fold_of": FOLD_OF, "spec": TINY, "recipe": QUICK, **changes}
    return folds.material(work, draw=draw, **{"seen": wanted["cases"], **wanted})


@pytest.mark.parametrize("count", [2, 4])
def test_no_patient_is_in_two_folds(count: int) -> None:
    found = folds.split(PATIENTS, count, 0)
    pairs = {(case.patient_id, fold) for case, fold in zip(PATIENTS, found, strict=True)}
    assert len(pairs) == 24


@pytest.mark.parametrize("count", [2, 4])
def test_every_fold_has_studies_with_and_without_hemorrhage(count: int) -> None:
    found = folds.split(PATIENTS, count, 0)
    seen = {(case.is_positive, fold) for case, fold in zip(PATIENTS, found, strict=True)}
    assert seen == {(answer, fold) for answer in (True, False) for fold in range(count)}


def test_the_seed_decides_the_folds() -> None:
    assert folds.split(PATIENTS, 4, 0) == folds.split(PATIENTS, 4, 0)
    assert folds.split(PATIENTS, 4, 0) != folds.split(PATIENTS, 4, 1)


def test_material_is_drawn_once_for_a_run(tmp_path: Path) -> None:
    calls: list[str] = []

    def counted() -> tuple[tuple[Case, ...], dict[str, Pool]]:
        calls.append("drawn")
        return drawn()

    first, second = material(tmp_path, counted), material(tmp_path, counted)
    assert calls == ["drawn"]
    np.testing.assert_array_equal(
        first.pools["synthetic-0"].bleeds[0].added, second.pools["synthetic-0"].bleeds[0].added
    )


def test_a_run_that_was_ended_while_drawing_draws_again(tmp_path: Path) -> None:
    def ended() -> tuple[tuple[Case, ...], dict[str, Pool]]:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        material(tmp_path, ended)
    assert [case.study_uid for case in material(tmp_path).synthetic] == ["synthetic-0"]


def test_material_keeps_what_shapes_the_run(tmp_path: Path) -> None:
    found = material(tmp_path)
    assert (found.fold_of, found.spec, found.recipe) == (FOLD_OF, TINY, QUICK)
    assert [case.study_uid for case in found.cases] == ["1.0", "1.1", "1.2", "1.3"]


ANOTHER = {
    "studies": {"cases": CASES[:3], "fold_of": FOLD_OF[:3]},
    "labels": {"cases": (flat_case("1.0", 1.0, size=64), *CASES[1:])},
    "pixels": {"cases": (flat_case("1.0", hu=5.0, size=64), *CASES[1:])},
    "folds": {"fold_of": (0, 1, 0, 1)},
    "steps": {"recipe": Recipe()},
}


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER.keys())
def test_the_folder_of_another_run_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    work = tmp_path / "train"
    work.mkdir()
    material(work)
    with pytest.raises(InputError) as told:
        material(work, **change)
    assert str(told.value) == (
        "train holds the training of other studies, labels or steps, or by another version of "
        "ichdash. Nothing was trained. Name another folder with --work, or delete this one."
    )


def test_the_folder_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folds fitted by different code are no cross-validation."""
    material(tmp_path)
    monkeypatch.setattr(folds, "fitting_code", lambda: "changed")
    with pytest.raises(InputError, match="by another version of ichdash"):
        material(tmp_path)


def test_weights_of_an_unknown_run_are_refused(tmp_path: Path) -> None:
    (tmp_path / "fold-0.safetensors").write_bytes(b"weights")
    with pytest.raises(InputError, match=r"holds the training of other studies"):
        material(tmp_path)
    assert (tmp_path / "fold-0.safetensors").exists()


def test_a_refusal_leaves_the_other_run_as_it_was(tmp_path: Path) -> None:
    material(tmp_path)
    (tmp_path / "fold-0.checkpoint").write_bytes(b"hours of work")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError):
        material(tmp_path, recipe=Recipe())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.fixture
def fitted(tmp_path: Path) -> Path:
    """A work folder with the ended fits of two folds, each of other weights."""
    material(tmp_path)
    for fold in (0, 1):
        torch.manual_seed(fold)
        save_file(Network(TINY).state_dict(), folds.result_path(tmp_path, fold))
    return tmp_path


def scored_of(work: Path) -> tuple[HeldOut, ...]:
    return scoring.held_out(work, material(work), TINY)


def network_of(work: Path, fold: int) -> Network:
    network = Network(TINY).eval()
    network.load_state_dict(load_file(folds.result_path(work, fold)))
    return network


@torch.no_grad()
def study_logits(network: Network, case: Case) -> np.ndarray:
    hu = torch.from_numpy(case.hu.astype(np.float32))
    return network.head.study(network.head.slices(network.body(network.windowed(hu)))).numpy()


@pytest.mark.parametrize("index", range(4))
def test_every_study_is_scored_by_the_network_that_did_not_see_it(fitted: Path, index: int) -> None:
    scored = scored_of(fitted)[index]
    own, other = (
        study_logits(network_of(fitted, n), CASES[index]) for n in (scored.fold, 1 - scored.fold)
    )
    assert scored.fold == FOLD_OF[index]
    np.testing.assert_allclose(scored.logits, own, atol=1e-5)
    assert np.abs(scored.logits - other).max() > 1e-3


def test_studies_are_scored_as_screening_sees_them(fitted: Path) -> None:
    finer = tuple(replace(each, hu=each.hu.repeat(2, 1).repeat(2, 2)) for each in CASES)
    scored = scoring.held_out(fitted, replace(material(fitted), seen=finer), TINY)
    for each, case in zip(scored, finer, strict=True):
        expected = study_logits(network_of(fitted, each.fold), case)
        np.testing.assert_allclose(each.logits, expected, atol=1e-5)


def test_held_out_scores_come_in_the_order_of_the_cases(fitted: Path) -> None:
    scored = scored_of(fitted)
    assert [each.study_uid for each in scored] == [case.study_uid for case in CASES]


def test_held_out_scores_tell_how_strong_the_heatmap_was(fitted: Path) -> None:
    strongest = [each.strongest for each in scored_of(fitted)]
    assert all(np.isfinite(value) and value >= 0 for value in strongest)
    assert len(set(strongest)) > 1


def test_jobs_that_have_their_result_are_not_fitted_again(fitted: Path) -> None:
    for job in (folds.START, folds.ALL):
        save_file(Network(TINY).state_dict(), folds.result_path(fitted, job))
    wanted = material(fitted)
    before = {path.name: path.stat().st_mtime_ns for path in fitted.iterdir()}
    folds.run(fitted, wanted, 2, 1, lambda done, total: None)
    assert {path.name: path.stat().st_mtime_ns for path in fitted.iterdir()} == before


def test_steps_of_the_start_are_counted_apart(tmp_path: Path) -> None:
    found = material(tmp_path)
    assert [found.steps(job) for job in (folds.START, 0, folds.ALL)] == [2, 6, 6]


def test_a_fold_learns_from_no_patient_that_it_holds_out(tmp_path: Path) -> None:
    fold_of = folds.split(PATIENTS, 4, 0)
    made = material(tmp_path, cases=PATIENTS, fold_of=fold_of)
    for fold in range(4):
        held = {case.patient_id for case, its in zip(PATIENTS, fold_of, strict=True) if its == fold}
        learnt = {case.patient_id for case in made.cases_of(fold)}
        assert held
        assert not held & learnt
        assert held | learnt == {case.patient_id for case in PATIENTS}


def test_the_weights_that_ship_learn_from_every_study(tmp_path: Path) -> None:
    assert len(material(tmp_path).cases_of(folds.ALL)) == len(CASES)


def test_held_out_scores_follow_the_share_of_the_context(fitted: Path) -> None:
    work = material(fitted)
    with torch.no_grad():
        for fold in (0, 1):
            network = network_of(fitted, fold)
            network.head.context.bias += 1.0
            save_file(network.state_dict(), folds.result_path(fitted, fold))
    read = (replace(TINY, context=share) for share in (1.0, 0.5))
    whole, half = (scoring.held_out(fitted, work, spec) for spec in read)
    for one, other in zip(whole, half, strict=True):
        assert one.logits - other.logits == pytest.approx(0.5, abs=1e-4)
        assert one.slices - other.slices == pytest.approx(0.5, abs=1e-4)


def test_a_job_that_failed_ends_the_run_before_those_that_wait() -> None:
    executor, is_over, failed = ThreadPoolExecutor(1), Event(), Future[None]()
    executor.submit(is_over.wait)
    waiting = executor.submit(int)
    failed.set_exception(OSError("disk full"))
    try:
        with pytest.raises(OSError, match="disk full"):
            folds._result(failed, executor)
        assert waiting.cancelled()
    finally:
        is_over.set()


def test_single_slices_are_spread_by_themselves_where_there_are_enough() -> None:
    several = [flat_case(f"1.{n}", float(n % 2)) for n in range(12)]
    single = [
        replace(each, study_uid=f"2.{n}", patient_id=f"2.{n}", hu=each.hu[:1])
        for n, each in enumerate(several * 3)
    ]
    fold_of = np.array(folds.split([*several, *single], 3, 0))
    for fold in range(3):
        assert [(fold_of[:12][n::2] == fold).sum() for n in (0, 1)] == [2, 2]
    few = folds.split([*several, *single[:2]], 3, 0)  # too few for strata of their own
    assert len(few) == 14
