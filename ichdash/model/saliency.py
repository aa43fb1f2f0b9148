"""Where the model looked: class-activation maps of the head, on one scale for the whole volume.

`pytorch-grad-cam` stretches every slice to [0, 1], so that an empty slice glows like a bleeding
one. Its maps are taken unstretched here and divided by the card's fixed reference, so that an
unremarkable study stays dark. HiResCAM (Draelos and Carin, arXiv 2011.08891) multiplies gradient
and activation place by place, which suits a head whose evidence is local; Grad-CAM and the head's
own evidence stand beside it, for `explanation` to compare. The gradient runs through the head only,
never through the body.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ichdash.model import torchvision_schema  # noqa: F401  must come before pytorch_grad_cam
from ichdash.model.network import Head

from pytorch_grad_cam import GradCAM, HiResCAM  # isort: skip
from pytorch_grad_cam.base_cam import BaseCAM  # isort: skip
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # isort: skip


class Method(StrEnum):
    """How a map comes about."""

    HIRES_CAM = "HiResCAM"  # the one that ships
    GRAD_CAM = "Grad-CAM"
    EVIDENCE = "evidence map"


class _Suspicion(nn.Module):
    """The head from features to how much of a slice is suspicious, (n, findings).

    Evidence for blood is added up over all places and weighed by how suspicious the slice is: so
    the whole of a bleed is seen and not its brightest spot alone, and what speaks for blood in a
    slice that as a whole speaks against it stays faint. The features are the layer looked at.
    """

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.features = nn.Identity()
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        features = self.features(features)
        suspicious = torch.sigmoid(self.head.slices(features)).detach()
        return suspicious * functional.softplus(self.head.maps(features)).sum((2, 3))


class _SliceLogits(nn.Module):
    """The whole head, biLSTM included, from features to slice logits (n, findings)."""

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.features = nn.Identity()
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        return self.head.slices(self.features(features))


class _Unstretched(BaseCAM):  # type: ignore[misc]
    """A class-activation map that keeps each map's own scale and size."""

    def compute_cam_per_layer(
        self, input_tensor: Tensor, targets: list[nn.Module], eigen_smooth: bool
    ) -> list[npt.NDArray[np.float32]]:
        hooks = self.activations_and_grads
        activations, gradients = hooks.activations[0].numpy(), hooks.gradients[0].numpy()
        maps = self.get_cam_image(input_tensor, None, targets, activations, gradients, False)
        return [np.maximum(maps, 0)]

    def aggregate_multi_layers(
        self, cam_per_target_layer: list[npt.NDArray[np.float32]]
    ) -> npt.NDArray[np.float32]:
        return cam_per_target_layer[0]


class _HiResCAM(_Unstretched, HiResCAM):  # type: ignore[misc]
    """Gradient times activation, place by place."""


class _GradCAM(_Unstretched, GradCAM):  # type: ignore[misc]
    """Activation weighed by the mean gradient over all places."""


def evidence(
    head: Head, features: Tensor, finding: int, method: Method = Method.HIRES_CAM
) -> npt.NDArray[np.float32]:
    """Unscaled maps (slices, h, w), none below 0, of `features` (slices, features, h, w)."""
    if method is Method.EVIDENCE:
        return _own_evidence(head, features, finding)
    is_local = method is Method.HIRES_CAM
    explained = _Suspicion(head) if is_local else _SliceLogits(head)
    with (_HiResCAM if is_local else _GradCAM)(explained, [explained.features]) as cam:
        targets = [ClassifierOutputTarget(finding)] * len(features)
        maps: npt.NDArray[np.float32] = cam(features.detach().requires_grad_(), targets)
    return maps


@torch.no_grad()
def _own_evidence(head: Head, features: Tensor, finding: int) -> npt.NDArray[np.float32]:
    """The head's evidence at each place, weighed by how suspicious the slice is."""
    suspicious = torch.sigmoid(head.slices(features))[:, finding, None, None]
    maps: npt.NDArray[np.float32] = (
        suspicious * functional.softplus(head.maps(features)[:, finding])
    ).numpy()
    return maps


def on_one_scale(maps: npt.NDArray[np.float32], reference: float) -> npt.NDArray[np.float32]:
    """Maps in [0, 1] for the whole volume: 1 where the evidence reaches `reference`."""
    return np.asarray(np.clip(maps / reference, 0, 1), np.float32)
