"""Which model is active, and what may become it: never one whose weights are not its card's."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from ichdash import registry
from ichdash.errors import InputError, ModelError
from ichdash.model.card import ModelCard
from ichdash.registry import DEFAULT
from ichdash.settings import Settings
from tests.shipped import SHIPPED_ID, SHIPPED_IDS
from tests.tiny_model import write_model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A model that lies elsewhere, with held-out scores beside it."""
    path = write_model(tmp_path / "elsewhere")
    path.with_suffix(".heldout.csv").write_text("study_uid\n", encoding="utf-8")
    path.with_suffix(".learnt.csv").write_text("study_uid,patient\n", encoding="utf-8")
    return path


def damage(card: Path) -> None:
    """Other weights than the card's."""
    with card.with_suffix(".safetensors").open("ab") as file:
        file.write(b"\0")


def changed(card: Path, **values: object) -> Path:
    card.write_text(json.dumps({**json.loads(card.read_text()), **values}))
    return card


def refused(kind: type[Exception], act: object, *args: object) -> str:
    with pytest.raises(kind) as caught:
        act(*args)  # type: ignore[operator]
    return str(caught.value)


# Which one is active


def test_without_a_choice_the_shipped_model_is_active(settings: Settings) -> None:
    assert registry.active_card(settings) == DEFAULT
    (shipped,) = (each for each in registry.models(settings) if each.is_active)
    assert (shipped.name, shipped.fault) == (SHIPPED_ID, "")
    assert not settings.data_dir.exists()


def test_what_was_activated_comes_before_the_shipped_model(settings: Settings, card: Path) -> None:
    added = registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    assert registry.active_card(settings) == added
    assert [each.name for each in registry.models(settings) if each.is_active] == ["tiny-1"]


def test_the_setting_comes_before_what_was_activated(settings: Settings, card: Path) -> None:
    registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    named = replace(settings, model=card)
    assert registry.active_card(named) == card
    assert [each.path for each in registry.models(named) if each.is_active] == [card]


def test_where_the_setting_decides_nothing_can_be_activated(settings: Settings, card: Path) -> None:
    registry.add(settings, card)
    assert refused(InputError, registry.activate, replace(settings, model=card), SHIPPED_ID) == (
        f"ICHDASH_MODEL={card} decides which model is used. Nothing was changed. "
        f"Start ichdash without that setting, then activate {SHIPPED_ID}."
    )


def test_the_shipped_model_activated_again_is_no_choice_so_that_its_successor_follows(
    settings: Settings, card: Path
) -> None:
    registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    registry.activate(settings, SHIPPED_ID)
    assert registry.active_card(settings) == DEFAULT
    assert registry.chosen_id(settings) == ""


def test_an_active_model_that_is_gone_is_told_and_not_replaced_in_silence(
    settings: Settings, card: Path
) -> None:
    added = registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    assert added is not None
    added.unlink()
    assert refused(ModelError, registry.active_card, settings) == (
        "The active model tiny-1 is no longer there. Screening is off; the worklist still opens. "
        "Choose another: python -m ichdash models activate MODEL."
    )


def test_an_unknown_model_is_refused_with_the_known_ones(settings: Settings) -> None:
    assert refused(InputError, registry.activate, settings, "own") == (
        f"There is no model own. Known: {', '.join(SHIPPED_IDS)}."
    )


def test_a_model_that_cannot_be_used_leaves_the_earlier_one_active(
    settings: Settings, card: Path, tmp_path: Path
) -> None:
    first = registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    second = registry.add(settings, write_model(tmp_path / "second", model_id="tiny-2", seed=2))
    assert second is not None
    damage(second)
    told = refused(ModelError, registry.activate, settings, "tiny-2")
    assert told.startswith("tiny.safetensors does not match its card (SHA-256 ")
    assert told.endswith("). tiny-2 was not activated: tiny-1 stays active.")
    assert registry.active_card(settings) == first


def test_two_models_of_one_id_are_named_by_their_files(settings: Settings, card: Path) -> None:
    added = registry.add(settings, card)
    named = replace(settings, model=card)
    assert refused(InputError, registry.find, named, "tiny-1") == (
        f"2 models are called tiny-1: {card}, {added}. Keep one of them."
    )


# How one enters


def test_a_model_is_added_with_card_weights_and_held_out_scores(
    settings: Settings, card: Path
) -> None:
    added = registry.add(settings, card)
    assert added == settings.data_dir / "models" / "tiny-1" / "tiny.json"
    assert sorted(path.name for path in added.parent.iterdir()) == [
        "tiny.heldout.csv",
        "tiny.json",
        "tiny.learnt.csv",
        "tiny.safetensors",
    ]
    assert [path.name for path in added.parent.parent.iterdir()] == ["tiny-1"]
    assert registry.fault_of(added) == ""


def test_the_very_same_model_is_not_added_twice(settings: Settings, card: Path) -> None:
    registry.add(settings, card)
    assert registry.add(settings, card) is None


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("weights", {"seed": 2}),
        ("weights", {"seed": 2, "model_id": "Tiny-1"}),
        ("card", {"licence": "CC BY 4.0"}),
    ],
)
def test_another_model_of_the_same_id_is_refused(
    settings: Settings, card: Path, tmp_path: Path, what: str, other: dict[str, object]
) -> None:
    added = registry.add(settings, card)
    second = write_model(tmp_path / "second", **other)  # type: ignore[arg-type]
    assert refused(InputError, registry.add, settings, second) == (
        f"There is a model tiny-1 with another {what} already ({added}). Nothing was added. "
        "Give the new one another model_id in its card."
    )
    assert added is not None
    assert ModelCard.load(added) == ModelCard.load(card)


def test_weights_without_a_card_are_refused(settings: Settings, card: Path) -> None:
    assert refused(InputError, registry.add, settings, card.with_suffix(".safetensors")) == (
        "tiny.safetensors is not a model card. Nothing was added. A model enters only with its "
        "card: name the .json file that its weights came with."
    )


def test_weights_that_are_not_the_cards_are_refused(settings: Settings, card: Path) -> None:
    damage(card)
    told = refused(ModelError, registry.add, settings, card)
    assert told.startswith("tiny.safetensors does not match its card (SHA-256 ")
    assert told.endswith("). Nothing was added.")
    assert not settings.data_dir.exists()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"weights": "none.safetensors"}, "The weights none.safetensors are missing."),
        (
            {"weights": "../elsewhere/tiny.safetensors"},
            "tiny.json is not a usable model card (ValueError: its weights "
            "../elsewhere/tiny.safetensors are not a file beside it).",
        ),
        (
            {"heatmap_reference": 0},
            "tiny.json is not a usable model card (ValueError: heatmap_reference is not above 0).",
        ),
        (
            {"operating_point": {"threshold": 2, "sensitivity": 1, "specificity": 1}},
            "tiny.json is not a usable model card (ValueError: calibration or threshold is not "
            "a number in its range).",
        ),
    ],
    ids=["missing weights", "weights elsewhere", "no reference", "no threshold"],
)
def test_a_card_that_cannot_be_used_is_refused(
    settings: Settings, card: Path, values: dict[str, object], fault: str
) -> None:
    told = refused(ModelError, registry.add, settings, changed(card, **values))
    assert told == f"{fault} Nothing was added."


@pytest.mark.parametrize("other", [{"hidden": 4}, {"widths": [8, 8]}])
def test_weights_of_another_network_are_refused(
    settings: Settings, card: Path, other: dict[str, object]
) -> None:
    network = json.loads(card.read_text())["network"]
    assert refused(ModelError, registry.add, settings, changed(card, network=network | other)) == (
        "tiny.safetensors does not fit the network its card describes. Nothing was added."
    )


def test_weights_that_training_lost_are_refused(settings: Settings, card: Path) -> None:
    path = card.with_suffix(".safetensors")
    weights = load(path.read_bytes())
    weights["head.mean"] = torch.full_like(weights["head.mean"], torch.nan)
    path.write_bytes(content := save(weights))
    changed(card, sha256=hashlib.sha256(content).hexdigest())
    assert refused(ModelError, registry.add, settings, card) == (
        "tiny.safetensors holds numbers that are not finite. Nothing was added."
    )


@pytest.mark.parametrize("model_id", ["", "../up", "a/b", ".hidden", "own model", "x" * 65])
def test_an_id_that_is_no_name_of_a_folder_is_refused(
    settings: Settings, tmp_path: Path, model_id: str
) -> None:
    card = write_model(tmp_path / "elsewhere", model_id=model_id)
    assert refused(InputError, registry.add, settings, card) == (
        f"{model_id!r} cannot be the id of a model: it must be of 1 to 64 letters, digits, dots, "
        "hyphens and underscores, the first a letter or a digit. Nothing was added. Give the "
        "model another id in its card."
    )
    assert not settings.data_dir.exists()


@pytest.mark.parametrize("model_id", ["active", "Active"])
def test_no_model_takes_the_name_of_the_choice(
    settings: Settings, tmp_path: Path, model_id: str
) -> None:
    card = write_model(tmp_path / "elsewhere", model_id=model_id)
    assert refused(InputError, registry.add, settings, card) == (
        f"{model_id!r} cannot be the id of a model: the choice is kept under that name. Nothing "
        "was added. Give the model another id in its card."
    )


def test_what_was_left_half_written_is_no_model(settings: Settings, card: Path) -> None:
    added = registry.add(settings, card)
    assert added is not None
    added.parent.rename(added.parent.with_name(".tiny-1.abcd"))
    assert [each.name for each in registry.models(settings)] == SHIPPED_IDS


# What is said of each


def test_a_broken_card_is_listed_by_its_folder_with_the_reason(
    settings: Settings, card: Path
) -> None:
    added = registry.add(settings, card)
    assert added is not None
    added.write_text("{")
    *_, broken = registry.models(settings)
    assert (broken.name, broken.card) == ("tiny-1", None)
    assert broken.fault.startswith("tiny.json is not a usable model card (JSONDecodeError")
    assert "Screening is off" not in broken.fault


def test_an_active_model_whose_card_broke_is_named_by_its_card(
    settings: Settings, card: Path
) -> None:
    added = registry.add(settings, card)
    registry.activate(settings, "tiny-1")
    assert added is not None
    added.write_text("{")
    assert registry.active_card(settings) == added  # loading it tells what is wrong
