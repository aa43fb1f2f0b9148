"""What pages take from outside is checked before it is used."""

from __future__ import annotations

import pytest

from ichdash.web import session


@pytest.mark.parametrize("name", [None, "", "Etc/Unknown", "../../etc/passwd", "America"])
def test_a_time_zone_that_nobody_knows_is_utc(name: str | None) -> None:
    assert session.zone_named(name).key == "UTC"


def test_a_known_time_zone_is_used() -> None:
    assert session.zone_named("Europe/Berlin").key == "Europe/Berlin"
