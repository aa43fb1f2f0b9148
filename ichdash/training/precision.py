"""The number format in which a fit computes features.

bfloat16 takes half the time of float32 where the processor or the GPU is built for it. One that
only emulates it takes ten times as long, and stays with float32.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import openvino
import torch
from torch import Tensor

from ichdash.model.network import Network


def features(network: Network, channels: Tensor) -> Tensor:
    """Features (n, features, h, w), float32, of slices (n, channels, size, size)."""
    device = channels.device.type
    is_short = _computes_in_bfloat16(device)
    laid = channels.to(torch.bfloat16 if is_short else torch.float32)
    with torch.autocast(device, torch.bfloat16, enabled=is_short):
        found: Tensor = network.body(laid.contiguous(memory_format=torch.channels_last))
    return found.float()


@cache
def _computes_in_bfloat16(device: str) -> bool:
    if device == "cpu":
        return is_built_in(openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    return device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


def is_built_in(capabilities: Collection[str]) -> bool:
    """Whether a processor of these OpenVINO capabilities computes in bfloat16."""
    return "BF16" in capabilities
