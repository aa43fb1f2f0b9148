"""The cavity is looked for on a coarse copy, however large the volume is."""

import tracemalloc

import numpy as np

from ichdash.domain import Volume
from ichdash.imaging import anatomy


def test_a_survey_needs_less_memory_than_the_volume_that_it_looks_over() -> None:
    hu = np.full((60, 256, 256), -1000, np.int16)
    hu[:, 60:200, 60:200] = 30
    volume = Volume(hu, (1.0, 0.5, 0.5), np.arange(60.0), "1.2", "1.2.3", ("1.2.3.4",) * 60)
    tracemalloc.start()
    found = anatomy.survey(volume)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.hu.shape == (60, 64, 64)
    assert peak < hu.nbytes
