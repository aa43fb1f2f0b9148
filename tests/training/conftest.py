import numpy as np
import pytest

from ichdash.training import metrics
from ichdash.training.scene import Scene, measure
from tests.training.scenes import head_case


@pytest.fixture(scope="session")
def scene() -> Scene:
    """A drawn head, measured."""
    case = head_case("1.2", size=96)
    found = measure(case.hu, case.step_mm, case.slab_mm)
    assert found is not None
    return found


@pytest.fixture
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals from few resamples: where only the values are looked at."""
    monkeypatch.setattr(metrics, "RESAMPLES", 20)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
