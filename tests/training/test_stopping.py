"""Early stop: watched on patients set apart, and ended with the best weights, also after a kill."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ichdash.model.network import Network
from ichdash.training import fit, stopping
from ichdash.training.pool import Pool
from ichdash.training.stopping import EarlyStop
from tests.tiny_model import TINY
from tests.training.scenes import QUICK, flat_case, sampler, square

RECIPE = replace(QUICK, early_stop=2)
CASES = [flat_case(f"1.{n}", size=64, patient=f"P{n // 2}") for n in range(10)]
POOLS = {case.study_uid: Pool((square(16, size=64),), ()) for case in CASES}


def stop() -> EarlyStop:
    return EarlyStop(sampler(CASES, POOLS, [flat_case("1.0", size=64)]), RECIPE)


def patients(cases: list) -> set[str]:
    return {case.patient_id for case in cases}


def test_whole_patients_are_set_apart() -> None:
    found = stop()
    learnt, watched = patients(found.learning.scenes), patients(found.watched.scenes)
    assert (len(learnt), len(watched)) == (4, 1)
    assert not learnt & watched
    assert len(found.learning.synthetic) == 1
    assert found.watched.synthetic == []


def test_single_slices_of_patients_set_apart_are_not_learnt_from() -> None:
    singles = [replace(case, hu=case.hu[:1]) for case in CASES]
    found = EarlyStop(sampler(singles, POOLS), RECIPE)
    learnt = patients([case for among in found.learning.labelled for case in among])
    assert learnt == patients(found.learning.scenes)
    assert not any(found.watched.labelled)


def test_one_patient_alone_cannot_be_watched() -> None:
    assert not stopping.is_possible(sampler(CASES[:2], POOLS))
    assert stopping.is_possible(sampler(CASES[:4], POOLS))


def test_what_is_watched_is_the_same_at_every_look() -> None:
    found = stop()
    for first, second in zip(found.batches(), found.batches(), strict=True):
        assert torch.equal(first.hu, second.hu)


def test_it_is_over_after_looks_without_a_gain() -> None:
    found, network = stop(), Network(TINY)
    for loss, is_over in ((3.0, False), (2.0, False), (2.5, False), (2.0, True)):
        found.note(loss, network)
        assert found.is_over is is_over


def fitted(folder: Path, losses: list[float], monkeypatch: pytest.MonkeyPatch) -> tuple:
    """Steps told, and weights, of a fit whose validation goes as `losses` say."""
    folder.mkdir(exist_ok=True)
    found, told, left = stop(), [], iter(losses)
    monkeypatch.setattr(fit, "SAVE_EVERY", 1)
    real = found.note
    monkeypatch.setattr(found, "note", lambda loss, network: real(next(left), network))
    steps = fit.Steps(6, 1e-2)
    network = fit.fit_maps(
        found.learning,
        TINY,
        RECIPE,
        steps,
        folder / "own",
        lambda *each: told.append(each[0]),
        stop=found,
    )
    return told, network.state_dict()


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def test_a_fit_ends_early_with_its_best_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, weights = fitted(tmp_path / "a", [3.0, 1.0, 2.0, 2.0, 0.5], monkeypatch)
    assert told == [1, 2, 3, 4]
    _, best = fitted(tmp_path / "b", [3.0, 1.0, *[2.0] * 4], monkeypatch)
    _, last = fitted(tmp_path / "c", [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], monkeypatch)
    assert same(weights, best)
    assert not same(weights, last)


def test_a_fit_that_was_over_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, weights = fitted(tmp_path, [1.0, 2.0, 2.0], monkeypatch)
    told, again = fitted(tmp_path, [], monkeypatch)
    assert told == []
    assert same(weights, again)


def test_validation_is_told_beside_the_training_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "SAVE_EVERY", 1)
    told: list[tuple] = []
    chosen, steps = stop(), fit.Steps(1, 1e-2)
    network = fit.fit_maps(
        chosen.learning,
        TINY,
        RECIPE,
        steps,
        tmp_path / "own",
        lambda *each: told.append(each),
        stop=chosen,
    )
    ((step, loss, validation),) = told
    assert (step, validation) == (1, chosen.best)
    assert loss != validation
    with torch.no_grad():
        losses = [fit.map_stage_loss(network, b, chosen.watched.is_drawn) for b in chosen.batches()]
    assert validation == pytest.approx(float(torch.stack(losses).mean()))
