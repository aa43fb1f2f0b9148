"""Engines that run the network's body: OpenVINO where it serves, plain torch everywhere.

The body is nearly all of the work and needs no gradient; it runs once per study.
"""

from __future__ import annotations

import warnings
from typing import Protocol

import numpy as np
import openvino
import torch
from torch import Tensor, nn

from ichdash.errors import ModelError
from ichdash.model.spec import NetworkSpec

BATCH = 8
"""Slices at a time: enough to keep two cores busy, little memory."""


class Engine(Protocol):
    """Runs the body over (n, channels, size, size) float32, giving (n, features, h, w) float32."""

    name: str

    def __call__(self, slices: Tensor) -> Tensor: ...


class TorchEngine:
    """The engine that always works."""

    name = "torch"

    def __init__(self, body: nn.Module) -> None:
        self.body = body.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def __call__(self, slices: Tensor) -> Tensor:
        return torch.cat([self.body(part).float() for part in torch.split(slices, BATCH)])


class OpenVinoEngine:
    """The body compiled by OpenVINO for this machine's processor."""

    name = "openvino"

    def __init__(self, body: nn.Module, spec: NetworkSpec) -> None:
        example = torch.zeros(BATCH, spec.channels, spec.size, spec.size)
        with warnings.catch_warnings():  # OpenVINO still traces, which torch calls deprecated
            warnings.simplefilter("ignore", DeprecationWarning)
            model = openvino.convert_model(body, example_input=example)
        model.reshape([-1, *example.shape[1:]])
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self.compiled = openvino.Core().compile_model(model, "CPU", hints)

    def __call__(self, slices: Tensor) -> Tensor:
        parts = [self.compiled(part.numpy())[0] for part in torch.split(slices, BATCH)]
        return torch.from_numpy(np.concatenate(parts))


def choose(name: str, body: nn.Module, spec: NetworkSpec) -> Engine:
    """The engine called `name`; "auto" takes OpenVINO and falls back to torch.

    Raises ModelError where OpenVINO is asked for and cannot compile the body.
    """
    if name == "torch":
        return TorchEngine(body)
    try:
        return OpenVinoEngine(body, spec)
    except (RuntimeError, openvino.frontend.OpConversionFailure) as error:
        if name == "auto":
            return TorchEngine(body)
        raise ModelError(f"OpenVINO cannot run the model here: {error}.") from error
