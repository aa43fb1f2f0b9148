"""The biLSTM's fit: the CNN stays, and study-level labels are all that real studies bring."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from ichdash.model.network import Network
from ichdash.training import batches, sequence
from ichdash.training.batches import Sampler
from ichdash.training.cases import Case
from ichdash.training.pool import Pool
from tests.tiny_model import TINY
from tests.training.scenes import QUICK, flat_case, known, sampler, square

BETWEEN = ("head.along.", "head.embed.", "head.lstm.", "head.context.")
MEASURED = {"head.mean", "head.deviation"}
CASES = (flat_case("1.2", size=64), flat_case("1.3", 1.0, hu=25.0, size=64))


def chosen(side: int = 16, **settings: object) -> Sampler:
    return sampler(CASES, {"1.2": Pool((square(side, size=64),), ())}, **settings)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(5)
    return Network(TINY)


def after(network: Network, cases: tuple[Case, ...] = CASES) -> dict[str, Tensor]:
    """Weights after the fit, which is done to a copy."""
    fitted = copy.deepcopy(network)
    sequence.fit(fitted, cases, chosen(), QUICK)
    return fitted.state_dict()


def test_the_cnn_and_its_evidence_stay_as_they_were(network: Network) -> None:
    before, now = network.state_dict(), after(network)
    changed = {name for name in before if not torch.equal(before[name], now[name])}
    assert {name for name in changed if not name.startswith(BETWEEN)} == MEASURED


def test_what_stands_between_slices_is_fitted(network: Network) -> None:
    before, now = network.state_dict(), after(network)
    fitted = [name for name in before if name.startswith(BETWEEN)]
    assert fitted
    assert [name for name in fitted if torch.equal(before[name], now[name])] == []


def test_the_network_comes_back_in_evaluation_mode(network: Network) -> None:
    sequence.fit(network, CASES, chosen(), QUICK)
    assert not any(module.training for module in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_the_same_fit_gives_the_same_weights(network: Network) -> None:
    first, second = after(network), after(network)
    assert [name for name in first if not torch.equal(first[name], second[name])] == []


def test_of_a_large_archive_a_part_is_described(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    described: list[str] = []
    real = sequence._real

    def noted(network: Network, case: Case, sampler: Sampler) -> sequence.Described:
        described.append(case.study_uid)
        return real(network, case, sampler)

    monkeypatch.setattr(sequence, "_real", noted)
    monkeypatch.setattr(sequence, "MOST_STUDIES", 2)
    many = [replace(CASES[n % 2], study_uid=f"3.{n}") for n in range(12)]
    sequence.fit(network, many, chosen(), QUICK)
    assert len(described) == len({*described}) == 2
    assert {*described} <= {case.study_uid for case in many}


def relabelled(**findings: float) -> tuple[Case, ...]:
    return CASES[0], replace(CASES[1], targets=known(**findings))


def test_the_label_of_a_real_study_is_learnt(network: Network) -> None:
    first, other = (
        after(network, relabelled(hemorrhage=1, subdural=answer))["head.context.bias"]
        for answer in (1, 0)
    )
    assert first[0] == other[0]
    assert first[1] > other[1]


def test_a_real_study_brings_its_study_labels_and_nothing_else(network: Network) -> None:
    network.requires_grad_(False).eval()
    described = sequence._real(network, CASES[1], chosen())
    assert described.slices is None
    assert described.study.tolist() == [1, 1]


def drawn(network: Network, sampler: Sampler, case: Case = CASES[0]) -> sequence.Described:
    sampler.start(0)
    return sequence._drawn(network.requires_grad_(False).eval(), case, sampler)


def test_a_drawn_volume_is_known_slice_by_slice(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BLEEDING", 1.0)
    pool = Pool((replace(square(16, size=64), first=2, added=np.full((3, 16, 16), 40)),), ())
    described = drawn(network, sampler(CASES, {"1.2": pool}))
    assert described.slices is not None
    assert described.slices[:, 0].tolist() == [0, 0, 1, 1, 1, 0]
    assert described.study.tolist() == [1, 1]


def test_a_volume_without_a_bleed_is_known_to_have_none(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BLEEDING", 0.0)
    assert drawn(network, chosen()).study.tolist() == [0, 0]


def test_a_drawn_bleed_too_small_for_its_slices_still_makes_a_positive_study(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BLEEDING", 1.0)
    monkeypatch.setattr(batches, "UNSURE_MM2", 1e6)
    described = drawn(network, chosen(side=4))
    assert described.slices is not None
    assert described.slices.isnan().all()
    assert described.study.tolist() == [1, 1]


def test_what_is_not_drawn_is_known_from_the_study(network: Network) -> None:
    made = chosen(findings=("hemorrhage", "fracture"))
    labelled = replace(CASES[0], targets=np.array([0, 1], np.float32))
    described = drawn(network, made, labelled)
    assert described.study[1] == 1
    assert described.slices is not None
    assert described.slices[:, 1].isnan().all()


def test_loss_counts_what_is_known() -> None:
    logits = torch.tensor([0.0, 2.0, -1.0])
    told = sequence.known_loss(logits, torch.tensor([1.0, torch.nan, 0.0]))
    wanted = (np.log(2) + np.log1p(np.exp(-1))) / 2
    assert float(told) == pytest.approx(wanted)


def test_loss_of_nothing_known_is_zero_and_can_be_backpropagated() -> None:
    logits = torch.ones(2, requires_grad=True)
    loss = sequence.known_loss(logits, torch.full((2,), torch.nan))
    loss.backward()
    assert float(loss.detach()) == 0
    assert logits.grad is not None
    assert logits.grad.tolist() == [0, 0]
