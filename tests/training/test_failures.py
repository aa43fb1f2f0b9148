"""The picture of what was judged wrongly: which studies stand in it, and which slice of each."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ichdash.errors import InputError
from ichdash.imaging.preprocess import prepare
from ichdash.imaging.window import to_unit
from ichdash.training import archive, failures, pictures
from ichdash.training.judging import Judged
from tests.samples import write_head
from tests.training.judgements import judged

FALSE_ALARM, MISSED, RIGHT = "2.25.1001", "2.25.1002", "2.25.1003"
SCORES = np.linspace(0, 1, 10)


def scored(uid: str, truth: bool, probability: float) -> Judged:
    return replace(judged(uid, truth, probability), slices=SCORES)


STUDIES = (
    scored(FALSE_ALARM, False, 0.8),
    scored(MISSED, True, 0.2),
    scored(RIGHT, True, 0.9),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("failures")
    for number in (1, 2, 3):
        write_head(made / "studies" / str(number), number)
    return made


def shown(path: Path, place: int) -> np.ndarray:
    """The slice in a place of the first row, in [0, 1]."""
    with Image.open(path) as picture:
        grey = np.asarray(picture.convert("L"), np.float32) / 255
    side = failures.SIDE
    return grey[pictures.CAPTION : pictures.CAPTION + side, place * side : (place + 1) * side]


def slice_of(folder: Path, uid: str, index: int) -> np.ndarray:
    with archive.opened(folder / "studies") as found:
        volume = archive.volume(found[uid])
        assert not isinstance(volume, str)
        seen = prepare(volume, failures.SIDE).hu[index]
    return to_unit(seen, pictures.WINDOW)


def test_missed_studies_come_first_with_their_slice_of_highest_score(folder: Path) -> None:
    output = folder / "wrong.png"
    blood = {MISSED: np.arange(10) == 4}
    assert failures.write(output, folder / "studies", STUDIES, blood) == 2
    np.testing.assert_allclose(shown(output, 0), slice_of(folder, MISSED, 4), atol=0.01)
    np.testing.assert_allclose(shown(output, 1), slice_of(folder, FALSE_ALARM, 9), atol=0.01)
    assert shown(output, 2).max() == 0


def test_where_slices_are_not_labelled_the_highest_score_is_shown(folder: Path) -> None:
    output = folder / "unlabelled.png"
    failures.write(output, folder / "studies", STUDIES[1:2], {})
    np.testing.assert_allclose(shown(output, 0), slice_of(folder, MISSED, 9), atol=0.01)


def test_where_all_was_right_no_picture_is_written(folder: Path) -> None:
    output = folder / "none.png"
    assert failures.write(output, folder / "studies", STUDIES[2:], {}) == 0
    assert not output.exists()


def test_too_many_for_the_format_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "MOST_WEBP", 100)
    output = folder / "many.webp"
    with pytest.raises(InputError) as refused:
        failures.write(output, folder / "studies", STUDIES, {})
    assert str(refused.value) == (
        "2 studies were judged wrongly: too many for many.webp. No picture was written. Name one "
        "that ends in .png."
    )
    assert not output.exists()
