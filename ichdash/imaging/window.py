"""Display windows applied to HU, as DICOM PS3.3 C.11.2.1.2 means them (linear, clipped)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ichdash.domain import Window


def to_unit(hu: npt.NDArray[np.generic], window: Window) -> npt.NDArray[np.float32]:
    """Map HU of any shape to float32 in [0, 1]: 0 at the window's low end, 1 at its high end."""
    unit = (hu.astype(np.float32) - window.low) / window.width
    return np.asarray(np.clip(unit, 0, 1), np.float32)
