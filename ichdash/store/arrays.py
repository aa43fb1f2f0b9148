"""Arrays by name as the bytes of one .npz file, and back."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt


def packed(**arrays: Any) -> bytes:
    """Arrays by name, as an .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def unpacked(content: bytes, name: str) -> npt.NDArray[Any]:
    """One array of an .npz file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        array: npt.NDArray[Any] = arrays[name]
    return array
