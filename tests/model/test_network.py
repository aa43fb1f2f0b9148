"""The network's body: what a place is compared with."""

from dataclasses import replace

import pytest
import torch

from ichdash.model.engine import OpenVinoEngine, TorchEngine
from ichdash.model.network import Body
from tests.tiny_model import TINY


@pytest.mark.parametrize("is_mirrored", [True, False])
def test_a_place_is_compared_with_the_one_across_the_midline(is_mirrored: bool) -> None:
    spec = replace(TINY, size=512, is_mirrored=is_mirrored)  # wider than the convolutions reach
    torch.manual_seed(0)
    body = Body(spec).eval()
    slices = torch.rand(1, spec.channels, 32, spec.size)
    changed = slices.clone()
    changed[..., :16] = 0
    with torch.no_grad():
        difference = (body(slices) - body(changed)).abs().amax((0, 1, 2))  # (width / 8,)
    assert difference[0] > 1e-5
    assert bool(difference[-1] > 1e-5) is is_mirrored
    assert difference[len(difference) // 2] < 1e-5


def test_both_engines_say_the_same() -> None:
    torch.manual_seed(0)
    body = Body(TINY).eval()
    slices = torch.rand(3, TINY.channels, TINY.size, TINY.size)
    torch.testing.assert_close(
        OpenVinoEngine(body, TINY)(slices), TorchEngine(body)(slices), rtol=1e-3, atol=1e-4
    )
