"""What is needed to build the network, without loading torch: pages read it from the card."""

from __future__ import annotations

from dataclasses import dataclass

from ichdash.domain import Window


@dataclass(frozen=True)
class NetworkSpec:
    """Shape of the network; stored in the model card. The first finding drives triage."""

    findings: tuple[str, ...]
    size: int = 320  # pixels a side of the square that the network sees at screening
    taught: int = 256  # the same while it is taught: coarser, as that costs less and reads no worse
    windows: tuple[Window, ...] = (Window(40, 80), Window(80, 200), Window(600, 2800))
    tones: int = 5
    widths: tuple[int, int, int] = (40, 80, 128)
    features: int = 96
    hidden: int = 16  # of the LSTM, each direction
    context: float = 1.0  # how much the biLSTM adds to a slice's evidence
    sharpness: float = 16.0  # with which evidence over a slice is summed up
    highest: float = 0.0  # share of a study's slices that make up its hemorrhage logit, 3 at least

    @property
    def channels(self) -> int:
        """The slice in each window, and the slices below and above it in the first window."""
        return len(self.windows) + 2
