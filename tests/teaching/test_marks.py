"""Distance of a mark to the blood, in millimetres, through the volume."""

import numpy as np
import pytest

from ichdash.lessons import Spot
from ichdash.teaching.marks import distance_mm

META = {"rows": 8, "columns": 8, "spacing_mm": [5.0, 2.0, 1.0], "positions_mm": [0.0, 5.0, 10.0]}


def test_a_mark_inside_the_mask_is_at_no_distance_and_beside_it_at_its_own() -> None:
    truth = np.zeros((3, 4, 4), np.bool_)
    truth[1, 1, 1] = True  # rows and columns 2 to 4
    assert distance_mm(Spot(1, 3.0, 3.0), META, truth, ()) == 0
    assert distance_mm(Spot(1, 3.0, 6.0), META, truth, ()) == 4.0
    assert distance_mm(Spot(2, 7.0, 3.0), META, truth, ()) == pytest.approx(np.hypot(3, 5))


def test_without_a_mask_the_marked_places_count() -> None:
    assert distance_mm(Spot(1, 5.0, 3.0), META, None, (Spot(1, 1.0, 3.0, 1.5),)) == 2.5
    assert distance_mm(Spot(1, 5.0, 3.0), META, None, ()) is None
