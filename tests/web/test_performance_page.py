"""The model page: the card in full, or the sentence that says why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ichdash.domain import OperatingPoint, Window
from ichdash.model.card import ModelCard
from ichdash.store import Store
from ichdash.web import parts, performance_charts
from ichdash.web.performance_words import predictive_values, window_text
from tests.web.cards import CARD, PERFORMANCE
from tests.web.conftest import OpenApp, said


@pytest.fixture
def show(
    store: Store, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> OpenApp:
    """Open the page with a card in place: `show(card)`."""

    def run(card: ModelCard) -> object:
        card.save(tmp_path / "ich.json")
        monkeypatch.setenv("ICHDASH_MODEL", str(tmp_path / "ich.json"))
        return open_app("performance")

    return run


def test_the_card_says_what_it_is_and_is_not(show: OpenApp) -> None:
    text = said(show(CARD))
    assert "ich-test" in text
    assert "For research, review and teaching. Not a medical device." in text
    assert r"Hssayeni et al\., Data 2020, 5\(1\)\:14" in text
    assert r"CC BY 4\.0" in text
    assert "55 studies, 24 with hemorrhage; 1,692 slices" in text
    assert r"Never tried on children\." in text
    assert "brain 40/80, subdural 80/200, bone 600/2800" in text
    assert "**Labelling effort saved**: 96.7%" in text


def test_figures_stand_with_their_intervals(show: OpenApp) -> None:
    shown = show(CARD).table[0].value
    assert list(shown.iloc[1]) == ["Sensitivity", "0.92", "0.74–0.98"]


def test_the_operating_point_is_told_with_what_it_gave(show: OpenApp) -> None:
    sentence = "A study is flagged from a probability of 0.42: sensitivity 0.92, specificity 0.84"
    assert sentence in said(show(CARD))


def test_both_charts_are_drawn(show: OpenApp) -> None:
    assert len(show(CARD).get("plotly_chart")) == 2


def test_a_card_without_figures_says_so(show: OpenApp) -> None:
    app = show(replace(CARD, performance=None))
    assert "This card holds no validation figures." in said(app)
    assert not app.get("plotly_chart")


def test_a_missing_card_is_one_sentence(
    store: Store, open_app: OpenApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICHDASH_MODEL", str(tmp_path / "none.json"))
    sentence = "There is no model card none.json. Screening is off; the worklist still opens."
    assert parts.plain(sentence) in said(open_app("performance"))


def test_a_repaired_card_is_read_without_a_restart(show: OpenApp) -> None:
    assert "ich-test" in said(show(CARD))
    assert "ich-other" in said(show(replace(CARD, model_id="ich-other")))


def test_a_card_is_shown_as_it_is_and_never_as_markup(show: OpenApp) -> None:
    card = replace(CARD, limits=("![x](http://evil.example/x.png)",))
    assert r"\!\[x\]\(http\://evil\.example/x\.png\)" in said(show(card))


def test_predictive_values_follow_prevalence() -> None:
    positive, negative = predictive_values(OperatingPoint(0.4, 0.9, 0.8), 0.1)
    assert positive == pytest.approx(0.09 / 0.27)
    assert negative == pytest.approx(0.72 / 0.73)


def test_a_point_that_flags_nothing_has_no_positive_predictive_value() -> None:
    assert predictive_values(OperatingPoint(1.0, 0.0, 1.0), 0.1)[0] == 0


def test_a_window_is_named_where_it_has_a_name() -> None:
    assert [window_text(w) for w in (Window(40, 80), Window(35, 90))] == ["brain 40/80", "35/90"]


def test_the_operating_point_lies_where_the_card_says() -> None:
    figure = performance_charts.roc(PERFORMANCE.roc, CARD.operating_point, 0.93)
    point = figure.data[2]
    assert (point.x[0], point.y[0]) == (pytest.approx(0.16), 0.92)
    assert figure.layout.title.text == "ROC, AUC 0.93"


def test_calibration_bars_end_at_the_interval() -> None:
    points = performance_charts.calibration(PERFORMANCE.calibration).data[1]
    assert points.y[0] - points.error_y.arrayminus[0] == pytest.approx(0.01)
    assert points.y[0] + points.error_y.array[0] == pytest.approx(0.25)
