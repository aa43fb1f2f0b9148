from dataclasses import replace

import pytest

from ichdash.phantom import Phantom, brain, draw_head
from ichdash.phantom.head import Sampled
from ichdash.phantom.lesions import Site
from tests.phantom.heads import LESIONS, small


@pytest.fixture(scope="session")
def plain() -> Phantom:
    """A head without any bleed."""
    return draw_head(small())


@pytest.fixture(scope="session")
def bleeding() -> dict[str, Phantom]:
    """The same head with one bleed each, by finding; nothing else moved."""
    still = {name: replace(lesion, mass_effect=0.0) for name, lesion in LESIONS.items()}
    return {name: draw_head(small(lesions=(lesion,))) for name, lesion in still.items()}


@pytest.fixture(scope="session")
def site() -> Site:
    """The inside of the skull of that head."""
    return Sampled.of(small()).site()[0]


@pytest.fixture(scope="session")
def drawn(site: Site) -> brain.Brain:
    """What lies inside it without any bleed."""
    return brain.draw(site.points, site.depth, site.build)
