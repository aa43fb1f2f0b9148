"""One fit: the same weights whether it was ended in between or not, and something is learnt."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from ichdash.model.network import Network
from ichdash.training import fit
from ichdash.training.batches import Sampler
from ichdash.training.cases import Case
from ichdash.training.fit import Steps
from ichdash.training.pool import Pool
from tests.tiny_model import TINY
from tests.training.scenes import QUICK, drawn_pool, flat_case, head_case, sampler, square

OnProgress = Callable[[int, float], None]


class KilledError(Exception):
    """What ends a run here."""


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    """Two studies without hemorrhage and one with."""
    return head_case("1.2"), head_case("1.3"), head_case("1.4", 1.0)


@pytest.fixture(scope="module")
def pools(cases: tuple[Case, ...]) -> dict[str, Pool]:
    return {case.study_uid: drawn_pool(case) for case in cases[:2]}


@pytest.fixture(autouse=True)
def often_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit, "SAVE_EVERY", 2)
    monkeypatch.setattr(fit, "RANK_FROM", 2)


def silent(step: int, loss: float) -> None:
    """Nobody looks at the progress."""


def ended_at(step: int) -> OnProgress:
    """End the run when it tells of this step, before the step is saved."""

    def tell(done: int, loss: float) -> None:
        if done == step:
            raise KilledError

    return tell


@pytest.fixture
def fitted(
    cases: tuple[Case, ...], pools: dict[str, Pool]
) -> Callable[[Path, OnProgress], dict[str, Tensor]]:
    """Fit on the cases, noting checkpoints in a file; gives the weights."""

    def run(checkpoint: Path, on_progress: OnProgress) -> dict[str, Tensor]:
        torch.manual_seed(5)
        start = Network(TINY).state_dict()
        chosen = sampler(cases, pools)
        return fit.fit(cases, chosen, TINY, QUICK, checkpoint, on_progress, start).state_dict()

    return run


def assert_equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert [name for name in first if not torch.equal(first[name], second[name])] == []


@pytest.mark.parametrize("step", [2, 4, 6])
def test_an_ended_run_gives_the_weights_of_one_that_was_not(
    fitted: Callable[[Path, OnProgress], dict[str, Tensor]], tmp_path: Path, step: int
) -> None:
    whole = fitted(tmp_path / "whole.checkpoint", silent)
    with pytest.raises(KilledError):
        fitted(tmp_path / "ended.checkpoint", ended_at(step))
    torch.rand(3)  # whatever else happened in between
    assert_equal(fitted(tmp_path / "ended.checkpoint", silent), whole)


def test_an_ended_run_does_not_begin_again(
    fitted: Callable[[Path, OnProgress], dict[str, Tensor]], tmp_path: Path
) -> None:
    with pytest.raises(KilledError):
        fitted(tmp_path / "checkpoint", ended_at(4))
    steps: list[int] = []
    fitted(tmp_path / "checkpoint", lambda step, loss: steps.append(step))
    assert steps == [4, 6]


def test_a_run_between_its_stages_goes_on_with_the_second(
    fitted: Callable[[Path, OnProgress], dict[str, Tensor]], tmp_path: Path
) -> None:
    whole = fitted(tmp_path / "checkpoint", silent)
    steps: list[int] = []
    assert_equal(fitted(tmp_path / "checkpoint", lambda step, loss: steps.append(step)), whole)
    assert steps == []


def test_studies_with_hemorrhage_are_ranked_on_the_way(
    cases: tuple[Case, ...], pools: dict[str, Pool], tmp_path: Path
) -> None:
    made = sampler(cases, pools)
    fit.fit_maps(made, TINY, QUICK, Steps(3, 1e-3), tmp_path / "checkpoint", silent)
    assert [each.case.study_uid for each in made.ranked] == ["1.4"]


def easy() -> Sampler:
    """Even slices with one square of blood in them."""
    return sampler([flat_case("1.2", size=64)], {"1.2": Pool((square(16, size=64),), ())})


def fit_maps(
    folder: Path,
    count: int,
    rate: float,
    on_progress: OnProgress = silent,
    start: dict[str, Tensor] | None = None,
) -> Network:
    recipe = replace(QUICK, slices=8)
    steps, checkpoint = Steps(count, rate), folder / "checkpoint"
    return fit.fit_maps(easy(), TINY, recipe, steps, checkpoint, on_progress, start)


def test_loss_falls_where_there_is_little_to_learn(tmp_path: Path) -> None:
    losses: list[float] = []
    fit_maps(tmp_path, 40, 1e-2, lambda step, loss: losses.append(loss))
    assert sum(losses[-5:]) < 0.4 * sum(losses[:5])


def test_the_averaged_network_comes_back_in_evaluation_mode(tmp_path: Path) -> None:
    network = fit_maps(tmp_path, 2, 1e-3)
    assert not any(module.training for module in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_the_network_is_the_average_and_not_the_last_step(tmp_path: Path) -> None:
    averaged = fit_maps(tmp_path, 4, 1e-2).state_dict()
    saved = torch.load(tmp_path / "checkpoint", weights_only=True)
    assert_equal(averaged, saved["averaged"])
    assert not torch.equal(
        averaged["head.evidence.weight"], saved["network"]["head.evidence.weight"]
    )


def test_a_fit_goes_on_from_the_weights_it_is_given(tmp_path: Path) -> None:
    torch.manual_seed(77)
    start = Network(TINY).state_dict()
    still = fit_maps(tmp_path, 2, 0.0, start=start).state_dict()
    learnt = [name for name in start if name.endswith("weight") and "norm" not in name]
    assert_equal({name: still[name] for name in learnt}, {name: start[name] for name in learnt})


def shifted(uid: str, answer: float, is_shifted: bool) -> Case:
    """Even slices, denser on one side where something is shifted, whatever bleeds."""
    case = flat_case(uid, answer, hu=10.0, size=64)
    case.hu[:, :, 32:] += 25.0 * is_shifted
    return replace(case, targets=np.array([answer, is_shifted], np.float32))


def test_a_finding_that_is_never_drawn_is_learnt_from_study_labels(tmp_path: Path) -> None:
    spec = replace(TINY, findings=("hemorrhage", "midline_shift"))
    cases = [shifted(f"1.{n}", float(n % 2), n % 4 > 1) for n in range(8)]
    pools = {each.study_uid: Pool((square(16, size=64),), ()) for each in cases}
    chosen = sampler(cases, pools, findings=spec.findings)
    torch.manual_seed(5)
    start, recipe = Network(spec).state_dict(), replace(QUICK, head_steps=60)
    network = fit.fit(cases, chosen, spec, recipe, tmp_path / "checkpoint", silent, start)
    said = {
        is_shifted: [
            study_logits(network, shifted("1.9", answer, is_shifted))[1] for answer in (0, 1)
        ]
        for is_shifted in (False, True)
    }
    assert max(said[False]) < min(said[True])
    assert not network.head.evidence.weight[1].any()


@torch.no_grad()
def study_logits(network: Network, case: Case) -> list[float]:
    hu = torch.from_numpy(case.hu.astype(np.float32))
    slices = network.head.slices(network.body(network.windowed(hu)))
    return network.head.study(slices).tolist()


@torch.no_grad()
def test_what_is_unknown_of_a_slice_costs_nothing() -> None:
    chosen = easy()
    batch = chosen.batch(8, 0)
    torch.manual_seed(0)
    network = Network(TINY).eval()
    nothing = torch.full_like(batch.slices, torch.nan)
    losses = [
        float(fit.map_stage_loss(network, replace(batch, slices=slices), chosen.is_drawn))
        for slices in (nothing, batch.slices)
    ]
    assert 0 < losses[0] < losses[1]


@torch.no_grad()
def test_what_maps_count_says_how_much_of_their_loss_is_added() -> None:
    chosen, network = easy(), Network(TINY).eval()
    batch = chosen.batch(8, 0)
    whole, quarter, none = (
        float(fit.map_stage_loss(network, batch, chosen.is_drawn, count)) for count in (1, 0.25, 0)
    )
    assert 0 < none < quarter
    assert quarter - none == pytest.approx((whole - none) / 4, rel=1e-4)


def test_maps_count_as_much_as_the_sampler_says(tmp_path: Path) -> None:
    def first_loss(count: float) -> float:
        made, losses = easy(), list[float]()
        made.maps_count = count
        checkpoint = tmp_path / f"{count}.checkpoint"
        recipe = replace(QUICK, slices=8)
        fit.fit_maps(
            made, TINY, recipe, Steps(1, 0.0), checkpoint, lambda step, loss: losses.append(loss)
        )
        return losses[0]

    assert 0 < first_loss(0.0) < first_loss(0.25) < first_loss(1.0)


def loss_of(blood: tuple[slice, slice], seen: tuple[slice, slice]) -> float:
    """Map loss where blood lies in some places and evidence speaks of others."""
    truth, maps = torch.zeros(1, 2, 8, 8), torch.full((1, 2, 8, 8), -20.0)
    truth[..., *blood] = 1.0
    maps[..., *seen] = 20.0
    return float(fit._map_loss(maps, truth))


MIDDLE, WIDER, CORNER = (slice(3, 5),) * 2, (slice(2, 6),) * 2, (slice(0, 2),) * 2


def test_evidence_in_its_place_costs_nothing() -> None:
    assert loss_of(MIDDLE, MIDDLE) == pytest.approx(0, abs=1e-6)


def test_evidence_on_the_rim_of_blood_costs_nothing() -> None:
    assert loss_of(MIDDLE, WIDER) == pytest.approx(0, abs=1e-6)


def test_missed_blood_costs() -> None:
    assert loss_of(MIDDLE, (slice(0, 0),) * 2) > 5


def test_evidence_elsewhere_costs_beyond_the_missed_blood() -> None:
    assert loss_of(MIDDLE, CORNER) > loss_of(MIDDLE, (slice(0, 0),) * 2) + 5
