"""What follows from a card alone: what licences restrict, and which results are its model's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from ichdash.model.card import NON_COMMERCIAL, ModelCard
from tests.tiny_model import TINY, write_model
from tests.web.cards import CARD, DATA


@pytest.mark.parametrize(
    "licence",
    [
        "Non-Commercial research and education",
        "noncommercial use",
        "non commercial",
        "CC BY-NC 4.0",
        "CC BY-NC-SA 4.0",
        "cc-by-nc-4.0",
        "CC_BY_NC_4.0",
        "non–commercial",
        "Not for commercial use",
    ],
)
def test_one_licence_for_non_commercial_use_restricts_the_model(licence: str) -> None:
    card = replace(CARD, training=(DATA, replace(DATA, licence=licence)))
    assert card.restriction == NON_COMMERCIAL == "non-commercial research and education only"


@pytest.mark.parametrize("licence", ["CC BY 4.0", "not stated", "commercial", "INC 2"])
def test_other_licences_restrict_nothing(licence: str) -> None:
    assert replace(CARD, training=(replace(DATA, licence=licence),)).restriction == ""


def test_a_card_that_tells_no_sharpness_is_of_a_model_read_softly(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    raw = json.loads(path.read_text())
    assert ModelCard.load(path).network.sharpness == raw["network"].pop("sharpness") == 16
    path.write_text(json.dumps(raw))
    assert ModelCard.load(path).network.sharpness == 4


def test_a_card_that_tells_no_share_of_slices_is_of_a_model_that_takes_three(
    tmp_path: Path,
) -> None:
    path = write_model(tmp_path, replace(TINY, highest=0.25))
    raw = json.loads(path.read_text())
    assert ModelCard.load(path).network.highest == raw["network"].pop("highest") == 0.25
    path.write_text(json.dumps(raw))
    assert ModelCard.load(path).network.highest == 0


def test_a_card_of_one_size_is_of_a_model_that_screens_as_it_was_taught(tmp_path: Path) -> None:
    path = write_model(tmp_path)
    raw = json.loads(path.read_text())
    raw["network"] |= {"size": 96}
    del raw["network"]["taught"]
    path.write_text(json.dumps(raw))
    assert ModelCard.load(path).network.taught == 96


def test_a_result_is_the_models_by_id_and_weights() -> None:
    assert CARD.made("ich-test", CARD.sha256)
    assert CARD.made("ich-test", None)  # screened before weights were recorded
    assert not CARD.made("ich-test", "0" * 64)
    assert not CARD.made("ich-other", CARD.sha256)
    assert not CARD.made(None, None)
