"""Pickles whose large arrays are mapped from the file: processes share them instead of each
holding a copy."""

from __future__ import annotations

import mmap
import pickle
from pathlib import Path
from typing import Any

SMALL = 4096
"""Bytes up to which an array is read like everything else, and may be written to."""

ALIGNED = 64  # bytes


def write(path: Path, content: object) -> None:
    """Write `content` to `path`, all of it or nothing; its large arrays go first."""
    spans: list[tuple[int, int]] = []
    partial = path.with_suffix(".part")
    with partial.open("wb") as file:

        def apart(buffer: pickle.PickleBuffer) -> bool:
            raw = buffer.raw()
            if raw.nbytes <= SMALL:
                return True
            file.write(b"\0" * (-file.tell() % ALIGNED))
            spans.append((file.tell(), raw.nbytes))
            file.write(raw)
            return False

        rest = pickle.dumps(content, protocol=5, buffer_callback=apart)
        start = file.tell()
        pickle.dump((rest, spans), file)
        file.write(start.to_bytes(8, "little"))
    partial.replace(path)


def read(path: Path) -> Any:
    """What `write` has written; its large arrays are mapped and cannot be written to."""
    with path.open("rb") as file:
        whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    start = int.from_bytes(whole[-8:], "little")
    rest, spans = pickle.loads(whole[start:-8])
    return pickle.loads(rest, buffers=[whole[first : first + size] for first, size in spans])
