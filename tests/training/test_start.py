"""A warm start: what is taken over, what starts anew, and models that cannot be started from."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ichdash.errors import InputError
from ichdash.model.card import ModelCard
from ichdash.model.network import Network
from ichdash.training import heldout, learnt
from ichdash.training.archive import Match
from ichdash.training.heldout import Score
from ichdash.training.labels import Labels
from ichdash.training.learnt import Learnt
from ichdash.training.start import BY_FINDING, Start
from tests.tiny_model import TINY, write_model

WIDER = replace(TINY, findings=("hemorrhage", "midline_shift", "subdural"))


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return write_model(tmp_path)


def refused(card: Path) -> str:
    with pytest.raises(InputError) as told:
        Start.load(card)
    return str(told.value)


def match(uid: str, patient: str = "") -> Match:
    return Match(Labels(uid, "P", {"hemorrhage": True}), patient)


def test_all_but_what_belongs_to_a_finding_is_taken_over(card: Path) -> None:
    start = Start.load(card)
    taken = start.transferred(WIDER, 7)
    assert set(taken) == set(start.weights)
    assert all(
        torch.equal(taken[name], each)
        for name, each in start.weights.items()
        if name not in BY_FINDING
    )
    Network(WIDER).load_state_dict(taken)


@pytest.mark.parametrize("name", BY_FINDING)
def test_findings_in_common_are_taken_over_and_new_ones_start_fresh(card: Path, name: str) -> None:
    start, dim = Start.load(card), BY_FINDING[name]
    new, old = (
        each.movedim(dim, 0) for each in (start.transferred(WIDER, 7)[name], start.weights[name])
    )
    torch.manual_seed(7)
    fresh = Network(WIDER).state_dict()[name].movedim(dim, 0)
    assert torch.equal(new[0], old[0])
    assert torch.equal(new[2], old[1])
    assert torch.equal(new[1], fresh[1])
    assert torch.equal(new[3:], old[2:])


def test_the_same_findings_give_the_same_weights(card: Path) -> None:
    start = Start.load(card)
    taken = start.transferred(TINY, 7)
    assert all(torch.equal(taken[name], each) for name, each in start.weights.items())


def test_weights_that_are_not_what_the_card_says_are_refused(card: Path) -> None:
    (card.parent / "tiny.safetensors").write_bytes(b"other weights")
    told = refused(card)
    assert told.startswith("tiny.safetensors does not match its card (SHA-256 ")
    assert told.endswith("). Nothing was trained.")


def test_a_card_that_is_none_is_refused(card: Path) -> None:
    card.write_text("{}")
    assert refused(card) == (
        "tiny.json is not a usable model card (KeyError: 'network'). Nothing was trained."
    )


def test_weights_of_another_network_are_refused(card: Path) -> None:
    weights = Network(TINY).state_dict()
    weights["head.context.bias"] = torch.zeros(5)
    del weights["head.mean"]
    save_file(weights, card.parent / "tiny.safetensors")
    content = (card.parent / "tiny.safetensors").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    replace(ModelCard.load(card), sha256=sha256).save(card)
    assert refused(card) == (
        "tiny.safetensors does not fit the network its card describes. Nothing was trained."
    )


def test_studies_that_the_model_was_held_out_on_and_patients_that_it_saw_are_refused(
    card: Path,
) -> None:
    heldout.save(card, [Score("1.2", 0, 0.5, True, {"hemorrhage": 0.0})])
    learnt.save(card, Learnt(patients=frozenset({"a1"})))
    start = Start.load(card)
    start.refuse_known([match("1.4", "b2")])
    with pytest.raises(InputError) as told:
        start.refuse_known([match("1.2"), match("1.3", "a1"), match("1.4", "b2")])
    assert str(told.value) == (
        "tiny-1 learnt from 2 of the labelled studies, or from others of their patients (1.2, "
        "1.3): weights that saw them cannot be cross-validated on them. Nothing was trained. Take "
        "them out of the labels, or train without --start-from."
    )


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (Learnt(), "Which studies and patients tiny-1 learnt from is not recorded"),
        (Learnt(frozenset({"1.2"})), "Which patients tiny-1 learnt from is not recorded"),
        (Learnt(frozenset({"1.2"}), frozenset({"a1"})), ""),
    ],
)
def test_what_is_not_recorded_is_a_doubt(card: Path, seen: Learnt, told: str) -> None:
    learnt.save(card, seen)
    doubt = Start.load(card).doubt
    assert doubt.startswith(told)
    assert bool(doubt) is bool(told)
