"""Real studies that stand beside the repository, where a machine has them.

They are not ours to distribute. `ICHDASH_SHARED` names their folder, else `../shared` is tried.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """The folder of a shared data set; skips the test, loudly, where it is missing."""
    folder = Path(os.environ.get("ICHDASH_SHARED", ROOT.parent / "shared")) / name
    if not folder.is_dir():
        pytest.skip(f"NOT TESTED ON REAL DATA: {folder} is missing (set ICHDASH_SHARED)")
    return folder
