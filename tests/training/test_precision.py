"""Features are computed in what the processor is built for, and come out as float32."""

from __future__ import annotations

import torch

from ichdash.model.network import Network
from ichdash.model.spec import NetworkSpec
from ichdash.training import precision


def test_a_processor_that_only_emulates_bfloat16_stays_with_float32() -> None:
    assert not precision.is_built_in(["FP32", "INT8", "BIN", "EXPORT_IMPORT"])
    assert precision.is_built_in(["FP32", "BF16", "INT8"])


def test_features_are_float32_and_those_of_the_body() -> None:
    torch.manual_seed(0)
    network = Network(NetworkSpec(("hemorrhage",), size=32, widths=(8, 8, 8), features=8)).eval()
    channels = torch.rand(2, 5, 32, 32)
    found = precision.features(network, channels)
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, network.body(channels), rtol=0.05, atol=0.05)
