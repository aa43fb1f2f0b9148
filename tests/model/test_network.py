"""The network's body: both engines run it alike."""

import torch

from ichdash.model.engine import OpenVinoEngine, TorchEngine
from ichdash.model.network import Body
from tests.tiny_model import TINY


def test_both_engines_say_the_same() -> None:
    torch.manual_seed(0)
    body = Body(TINY).eval()
    slices = torch.rand(3, TINY.channels, TINY.size, TINY.size)
    torch.testing.assert_close(
        OpenVinoEngine(body, TINY)(slices), TorchEngine(body)(slices), rtol=1e-3, atol=1e-4
    )
