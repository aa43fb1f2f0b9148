"""The network: both engines run its body alike, and slices make up a study."""

from dataclasses import replace

import pytest
import torch

from ichdash.model.engine import OpenVinoEngine, TorchEngine
from ichdash.model.network import Body, Head
from tests.tiny_model import TINY


def test_both_engines_say_the_same() -> None:
    torch.manual_seed(0)
    body = Body(TINY).eval()
    slices = torch.rand(3, TINY.channels, TINY.size, TINY.size)
    torch.testing.assert_close(
        OpenVinoEngine(body, TINY)(slices), TorchEngine(body)(slices), rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize(
    ("highest", "count", "hemorrhage"),
    [
        (0.0, 20, 18.0),  # the three highest of 0 … 19
        (0.25, 20, 17.0),  # five
        (0.25, 8, 6.0),  # never fewer than three
        (0.25, 2, 0.5),  # but no more than there are
        (0.25, 1, 0.0),
        (1.0, 20, 9.5),
    ],
)
def test_a_share_of_the_slices_makes_up_the_study_but_its_kinds_take_three(
    highest: float, count: int, hemorrhage: float
) -> None:
    head = Head(replace(TINY, highest=highest))
    slices = torch.arange(float(count)).flip(0)[:, None].expand(-1, 2)
    kinds = slices[: min(3, count), 1].mean().item()
    assert head.study(slices).tolist() == pytest.approx([hemorrhage, kinds])
