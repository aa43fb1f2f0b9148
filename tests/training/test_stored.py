"""Pickles whose large arrays are mapped from the file."""

from pathlib import Path

import numpy as np
import pytest

from ichdash.training import stored

LARGE = np.arange(5000, dtype=np.float32).reshape(50, 100)
SMALL = np.arange(5)


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    stored.write(tmp_path / "a.pickle", {"large": [LARGE, LARGE + 1], "small": SMALL, "text": "x"})
    found = stored.read(tmp_path / "a.pickle")
    np.testing.assert_array_equal(found["large"], [LARGE, LARGE + 1])
    np.testing.assert_array_equal(found["small"], SMALL)
    assert found["text"] == "x"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pickle"]


def test_large_arrays_are_mapped_and_small_ones_are_copies(tmp_path: Path) -> None:
    stored.write(tmp_path / "a.pickle", (LARGE, SMALL))
    large, small = stored.read(tmp_path / "a.pickle")
    assert not large.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        large[0, 0] = 1
    small[0] = 7


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    stored.write(tmp_path / "a.pickle", SMALL)
    with pytest.raises(AttributeError):
        stored.write(tmp_path / "a.pickle", (LARGE, lambda: None))
    np.testing.assert_array_equal(stored.read(tmp_path / "a.pickle"), SMALL)
