"""Where the model looked: class-activation maps of the head, on one scale for the whole volume.

`pytorch-grad-cam` stretches every slice to [0, 1], so that an empty slice glows like a bleeding
one. Its maps are taken unstretched here and divided by the card's fixed reference, so that an
unremarkable study stays dark. HiResCAM (Draelos and Carin, arXiv 2011.08891) multiplies gradient
and activation place by place, which suits a head whose evidence is local. The gradient runs
through the head only, never through the body.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ichdash.model import torchvision_schema  # noqa: F401  must come before pytorch_grad_cam
from ichdash.model.network import Head

from pytorch_grad_cam import HiResCAM  # isort: skip
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget  # isort: skip


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


class _Unstretched(HiResCAM):  # type: ignore[misc]
    """HiResCAM that keeps each map's own scale and size."""

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


def evidence(head: Head, features: Tensor, finding: int) -> npt.NDArray[np.float32]:
    """Unscaled maps (slices, h, w), none below 0, of `features` (slices, features, h, w)."""
    suspicion = _Suspicion(head)
    with _Unstretched(suspicion, [suspicion.features]) as cam:
        targets = [ClassifierOutputTarget(finding)] * len(features)
        maps: npt.NDArray[np.float32] = cam(features.detach().requires_grad_(), targets)
    return maps


def on_one_scale(maps: npt.NDArray[np.float32], reference: float) -> npt.NDArray[np.float32]:
    """Maps in [0, 1] for the whole volume: 1 where the evidence reaches `reference`."""
    return np.asarray(np.clip(maps / reference, 0, 1), np.float32)
