"""The sheet of pictures: real bleeds above drawn ones, look-alikes below."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ichdash.errors import InputError
from ichdash.model.network import Network
from ichdash.training import pictures, sheet
from ichdash.training.look_alikes import KINDS
from tests.tiny_model import FINDINGS, TINY, write_model
from tests.training.scenes import head_case

ROWS = 2 + len(KINDS)


def nothing(done: int, of: int) -> None:
    """Nobody looks at the progress."""


@pytest.fixture(scope="module")
def tiles() -> np.ndarray:
    """Pictures by row and column, of one study without and two with subdural blood."""
    torch.manual_seed(1)
    network = Network(TINY).eval()
    cases = [head_case("1.2"), head_case("1.3", 1.0), head_case("1.4", 1.0)]
    drawn = np.asarray(sheet.draw(cases, FINDINGS, network, 0, nothing))
    side = TINY.size + pictures.CAPTION
    whole = drawn.reshape(ROWS, side, pictures.COLUMNS, TINY.size)
    return np.moveaxis(whole[:, pictures.CAPTION :], 2, 1)


def test_each_real_study_with_the_finding_is_shown_once(tiles: np.ndarray) -> None:
    shown = tiles[0].max(axis=(1, 2)) > 0
    assert shown.tolist() == [True, True, False, False, False, False]


def test_below_stand_drawn_bleeds_and_look_alikes_that_differ(tiles: np.ndarray) -> None:
    drawn = tiles[1:].reshape(-1, TINY.size, TINY.size)
    assert (drawn.max(axis=(1, 2)) > 0).all()
    assert len({each.tobytes() for each in drawn}) == len(drawn)


def test_a_file_that_is_no_picture_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    card, nowhere = write_model(tmp_path), tmp_path / "nowhere"
    with pytest.raises(InputError) as refusal:
        sheet.write(nowhere, nowhere, card, tmp_path / "sheet.pdf", 0, lambda *_: None)
    assert str(refusal.value) == "sheet.pdf is no picture: it must end in .png or .webp."


def test_without_a_study_to_draw_into_nothing_is_drawn() -> None:
    torch.manual_seed(0)
    with pytest.raises(InputError) as refusal:
        sheet.draw([head_case("1.3", 1.0)], FINDINGS, Network(TINY).eval(), 0, nothing)
    assert str(refusal.value) == (
        "There is no study without hemorrhage to draw into. Nothing was drawn."
    )
