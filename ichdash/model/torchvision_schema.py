"""Lets `torchvision` be imported beside a CPU-only torch, as `pytorch_grad_cam` needs.

A torchvision wheel may carry operators compiled for CUDA builds of torch. Beside a CPU build its
`_C.so` does not load, and its first import fails with "operator torchvision::nms does not exist".
Declaring the two schemas is enough: nothing here ever runs them. Import this module
before `pytorch_grad_cam`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

SCHEMAS = {
    "torchvision::nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "torchvision::qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _has_operators() -> bool:
    """Whether torchvision's compiled operators load beside this torch."""
    found = importlib.util.find_spec("torchvision")
    if found is None or found.origin is None:
        return True
    try:
        for library in Path(found.origin).parent.glob("_C*.so"):
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return True


def declare() -> None:
    """Declare the schemas where torchvision's own operators cannot be loaded."""
    if _has_operators():
        return
    for name, schema in SCHEMAS.items():
        try:
            torch.library.define(name, schema)
        except RuntimeError:  # declared before, by an earlier import
            continue


declare()
