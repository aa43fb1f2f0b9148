"""The CNN-biLSTM: a small residual CNN per slice, a biLSTM over slices, one logit per finding.

After Deepika et al., IEEE-EMBS BHI 2022 (doi 10.1109/BHI56158.2022.9926782), which gives the
outline but not the layer sizes; these are this project's own. The network is split where the work
is: `Body` (slices → features) runs once per study in the fastest engine, `Head` (features →
logits) is small, and the gradient for the heatmap never leaves it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ichdash.model.spec import NetworkSpec


class Residual(nn.Module):
    """Two 3 × 3 convolutions beside a shortcut; group-free, batch-normalised."""

    def __init__(self, inner: int, outer: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inner, outer, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(outer)
        self.second = nn.Conv2d(outer, outer, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(outer)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inner != outer:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(stride) if stride > 1 else nn.Identity(),
                nn.Conv2d(inner, outer, 1, bias=False),
                nn.BatchNorm2d(outer),
            )

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.first_norm(self.first(x)))
        y = self.second_norm(self.second(y))
        return functional.relu(y + self.shortcut(x))


class Tones(nn.Module):
    """Window channels → soft steps of density, pixel by pixel, before any pixel is averaged.

    Blood differs from brain by a tenth of what bone differs from air, and an average over a few
    pixels takes the edge of bone for blood. So the first window is cut into equal steps of
    density, each from 0 to 1, beside the channels themselves. Nothing is learnt here.
    """

    starts: Tensor  # (1, steps, 1, 1)

    def __init__(self, steps: int) -> None:
        super().__init__()
        starts = (torch.arange(1.0, steps + 1) - 0.5).reshape(1, steps, 1, 1)
        self.register_buffer("starts", starts)
        self.gain = float(steps + 1)

    def forward(self, slices: Tensor) -> Tensor:
        steps = (slices[:, :1] * self.gain - self.starts.to(slices.dtype)).clamp(0.0, 1.0)
        return torch.cat([steps, slices], 1)


class Body(nn.Module):
    """Slices (n, channels, size, size) in [0, 1] → features (n, features, size / 8, size / 8)."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        fine, middle, coarse = spec.widths
        self.stem = nn.Sequential(
            Tones(spec.tones),
            nn.Conv2d(spec.tones + spec.channels, fine // 2, 3, 2, 1, bias=False),
            nn.BatchNorm2d(fine // 2),
            nn.ReLU(),
            nn.Conv2d(fine // 2, fine, 3, 2, 1, bias=False),
            nn.BatchNorm2d(fine),
            nn.ReLU(),
        )
        self.fine = Residual(fine, fine, 1)
        self.middle = nn.Sequential(Residual(fine, middle, 2), Residual(middle, middle, 1))
        self.coarse = nn.Sequential(Residual(middle, coarse, 2), Residual(coarse, coarse, 1))
        self.lateral = nn.Conv2d(middle, spec.features, 1)
        self.top = nn.Conv2d(coarse, spec.features, 1)
        self.merge = nn.Sequential(
            nn.Conv2d(spec.features, spec.features, 3, 1, 1, bias=False),
            nn.BatchNorm2d(spec.features),
            nn.ReLU(),
        )

    def forward(self, slices: Tensor) -> Tensor:
        middle = self.middle(self.fine(self.stem(slices)))  # (n, middle, size/8, size/8)
        coarse = self.top(self.coarse(middle))
        up = functional.interpolate(coarse, scale_factor=2.0, mode="nearest")
        features: Tensor = self.merge(self.lateral(middle) + up)
        return features


class Head(nn.Module):
    """Features of one volume's slices → evidence maps, slice logits, study logits.

    A slice is summed up by its strongest evidence, its evidence-weighted and its mean feature; the
    biLSTM puts slices in context. Slice logits are evidence, borne out by the neighbours, plus
    context. A study's logit is the mean of its highest slice logits: what is loud in a few slices
    alone is more often bone or noise than blood.
    """

    FEWEST = 3  # slices that make up the study's logit, while it is taught and of kinds of blood
    TAUGHT = 4.0  # sharpness of the log-sum-exp over places in a slice, while it is taught
    SILENCE = -3.0  # evidence logit at the start: most places hold no blood
    DROPOUT = 0.5  # few studies, many features

    mean: Tensor  # (summary,) of the volumes that the biLSTM was fitted on
    deviation: Tensor  # (summary,)

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.findings = len(spec.findings)
        self.share = spec.context
        self.sharpness = spec.sharpness
        self.highest = spec.highest
        summary = self.findings + 2 * spec.features
        self.evidence = nn.Conv2d(spec.features, self.findings, 1)
        nn.init.constant_(self.evidence.bias, self.SILENCE)  # type: ignore[arg-type]
        self.along = nn.Conv1d(
            self.findings,
            self.findings,
            3,
            padding=1,
            padding_mode="replicate",
            groups=self.findings,
            bias=False,
        )
        self.along.weight.data.copy_(torch.tensor([0.2, 0.6, 0.2]).expand_as(self.along.weight))
        self.register_buffer("mean", torch.zeros(summary))
        self.register_buffer("deviation", torch.ones(summary))
        self.dropout = nn.Dropout(self.DROPOUT)
        self.embed = nn.Linear(summary, spec.hidden)
        self.lstm = nn.LSTM(spec.hidden, spec.hidden, batch_first=True, bidirectional=True)
        self.context = nn.Linear(2 * spec.hidden, self.findings)
        nn.init.zeros_(self.context.weight)
        nn.init.zeros_(self.context.bias)

    def maps(self, features: Tensor) -> Tensor:
        """Evidence logits (n, findings, h, w) of features (n, features, h, w)."""
        evidence: Tensor = self.evidence(features)
        return evidence

    def shows(self, finding: int) -> bool:
        """Whether evidence of a finding has places: always of hemorrhage, never of what was only
        taught by study (`fit` silences it)."""
        return finding == 0 or bool(self.evidence.weight[finding].any())

    def summary(self, features: Tensor) -> Tensor:
        """What is kept of each slice, (n, summary), of features (n, features, h, w)."""
        maps = self.maps(features)
        attention = torch.softmax(maps[:, :1].flatten(2), dim=2)  # (n, 1, h * w)
        attended = (features.flatten(2) * attention).sum(2)
        return torch.cat([self.strongest(maps, self.sharpness), attended, features.mean((2, 3))], 1)

    def logits(self, summary: Tensor) -> Tensor:
        """Slice logits (n, findings) of one volume's summary (n, summary), slices in order."""
        evidence = self.along(summary[:, : self.findings].T[None])[0].T
        scaled = (summary - self.mean) / self.deviation
        embedded = functional.relu(self.embed(self.dropout(scaled)))
        context, _ = self.lstm(embedded[None])
        logits: Tensor = evidence + self.share * self.context(self.dropout(context[0]))
        return logits

    def slices(self, features: Tensor) -> Tensor:
        """Slice logits (n, findings) of one volume's features, slices in order."""
        return self.logits(self.summary(features))

    def study(self, slices: Tensor) -> Tensor:
        """Study logits (findings,) of slice logits (n, findings)."""
        few = min(self.FEWEST, len(slices))
        many = max(few, round(self.highest * len(slices)))
        kinds = slices[:, 1:].topk(few, dim=0).values.mean(0)
        return torch.cat([slices[:, :1].topk(many, dim=0).values.mean(0), kinds])

    @staticmethod
    def strongest(maps: Tensor, sharpness: float = TAUGHT) -> Tensor:
        """Smooth maximum over each map: (n, findings, h, w) → (n, findings).

        Taught softly, so that much of a bleed learns; read sharply, as evidence that is faint
        everywhere adds up to none.
        """
        return torch.logsumexp(maps.flatten(2) * sharpness, 2) / sharpness


class Network(nn.Module):
    """`Body` and `Head` together, for training and for saving."""

    def __init__(self, spec: NetworkSpec) -> None:
        super().__init__()
        self.spec = spec
        self.body = Body(spec)
        self.head = Head(spec)

    def windowed(self, hu: Tensor) -> Tensor:
        """HU (n, size, size) of consecutive slices → (n, channels, size, size) in [0, 1]."""
        here = torch.arange(len(hu))
        below, above = (here - 1).clamp(min=0), (here + 1).clamp(max=len(hu) - 1)
        return self.channels(hu[below], hu, hu[above])

    def channels(self, below: Tensor, hu: Tensor, above: Tensor) -> Tensor:
        """Slices with their neighbours, each (n, size, size) in HU, as the body takes them.

        The slice itself in all windows, its neighbours in the first: what is bone in the next
        slice, half of it seen here, is no blood.
        """
        first = self.spec.windows[0]
        seen = [(hu, each) for each in self.spec.windows] + [(below, first), (above, first)]
        return torch.stack([(x - each.low) / each.width for x, each in seen], 1).clamp(0, 1)
