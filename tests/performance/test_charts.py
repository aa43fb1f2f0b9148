"""ROC and calibration as charts, in a page and in a document of its own."""

import pytest

from ichdash.model.card import Curve
from ichdash.performance import charts
from tests.web.cards import CARD, PERFORMANCE


def test_the_operating_point_lies_where_the_card_says() -> None:
    figure = charts.roc(PERFORMANCE.roc, CARD.operating_point, 0.93)
    point = figure.data[2]
    assert (point.x[0], point.y[0]) == (pytest.approx(0.16), 0.92)
    assert figure.layout.title.text == "ROC, AUC 0.93"


def test_calibration_bars_end_at_the_interval() -> None:
    points = charts.calibration(PERFORMANCE.calibration).data[1]
    assert points.y[0] - points.error_y.arrayminus[0] == pytest.approx(0.01)
    assert points.y[0] + points.error_y.array[0] == pytest.approx(0.25)


def test_a_chart_in_a_document_carries_no_script_of_its_own() -> None:
    element = charts.as_html(charts.calibration(PERFORMANCE.calibration), "calibration")
    assert 'id="calibration"' in element
    assert len(element) < 20_000  # plotly's own script has millions
    assert "src=" not in element


def test_the_script_is_that_of_plotly() -> None:
    assert "plotly.js v" in charts.script()[:200]


def test_learning_curves_are_a_line_a_loss() -> None:
    curves = (
        Curve("start", (25, 50), (3.0, 2.0)),
        Curve("fold 1", (25, 50), (2.0, 1.0), (2.5, 1.5)),
    )
    lines = charts.learning(curves).data
    assert [line.name for line in lines] == [
        "start, training",
        "fold 1, training",
        "fold 1, validation",
    ]
    assert (lines[2].x, lines[2].y, lines[2].line.dash) == ((25, 50), (2.5, 1.5), "dash")
