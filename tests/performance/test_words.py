"""How well a model does, in words and rows."""

import pytest

from ichdash.domain import OperatingPoint, Window
from ichdash.performance.words import predictive_values, window_text


def test_predictive_values_follow_prevalence() -> None:
    positive, negative = predictive_values(OperatingPoint(0.4, 0.9, 0.8), 0.1)
    assert positive == pytest.approx(0.09 / 0.27)
    assert negative == pytest.approx(0.72 / 0.73)


def test_a_point_that_flags_nothing_has_no_positive_predictive_value() -> None:
    assert predictive_values(OperatingPoint(1.0, 0.0, 1.0), 0.1)[0] == 0


def test_a_window_is_named_where_it_has_a_name() -> None:
    assert [window_text(w) for w in (Window(40, 80), Window(35, 90))] == ["brain 40/80", "35/90"]
