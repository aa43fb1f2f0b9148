from dataclasses import replace

import pytest

from ichdash.phantom import LesionSpec, Phantom, brain, draw_head
from ichdash.phantom.head import Sampled
from ichdash.phantom.lesions import Site
from tests.phantom.heads import LESIONS, small


@pytest.fixture(scope="session")
def plain() -> Phantom:
    """A head without any bleed."""
    return draw_head(small())


@pytest.fixture(scope="session")
def bleeding() -> dict[str, Phantom]:
    """The same head with one bleed each, by finding; blood is all that is new."""
    return {name: draw_head(small(lesions=(alone(it),))) for name, it in LESIONS.items()}


def alone(lesion: LesionSpec) -> LesionSpec:
    return replace(lesion, mass_effect=0.0, edema_mm=0.0)


@pytest.fixture(scope="session")
def site() -> Site:
    """The inside of the skull of that head."""
    return Sampled.of(small()).site()[0]


@pytest.fixture(scope="session")
def drawn(site: Site) -> brain.Brain:
    """What lies inside it without any bleed."""
    return brain.draw(site.points, site.depth, site.build)
