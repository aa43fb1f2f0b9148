"""The model page: the card in full, or the sentence that says why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ichdash import registry
from ichdash.model.card import NON_COMMERCIAL, Curve, ModelCard
from ichdash.settings import Settings
from ichdash.store import Store
from ichdash.web import parts
from tests.shipped import SHIPPED_IDS
from tests.tiny_model import write_model
from tests.web.cards import CARD, DATA
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


@pytest.fixture
def own(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The card of a second model that was added."""
    card = write_model(tmp_path_factory.mktemp("own"))
    added = registry.add(Settings(data_dir=tmp_path), card)
    assert added is not None
    return added


def damage(card: Path) -> None:
    with card.with_suffix(".safetensors").open("ab") as file:
        file.write(b"\0")


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


def test_learning_curves_are_drawn_where_the_card_has_them(show: OpenApp) -> None:
    app = show(replace(CARD, curves=(Curve("all", (25, 50), (3.0, 2.0)),)))
    assert [each.label for each in app.expander] == ["AUC by finding", "Learning curves"]
    assert len(app.get("plotly_chart")) == 3


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


def test_what_restricts_the_model_stands_below_its_name_and_with_its_licence(
    show: OpenApp,
) -> None:
    app = show(replace(CARD, training=(replace(DATA, licence="CC BY-NC 4.0"),)))
    assert parts.plain(f"ich-test: {NON_COMMERCIAL}.") in said(app)
    licence = app.table[-1].value["Licence of its training data"]
    assert parts.plain(f"CC BY-NC 4.0 ({NON_COMMERCIAL})") in list(licence)


def test_models_are_listed_with_their_state(
    store: Store, open_app: OpenApp, own: Path, tmp_path: Path
) -> None:
    damage(own)
    app = open_app("performance")
    table = app.table[-1].value
    assert list(table["Model"]) == [*map(parts.plain, SHIPPED_IDS), r"tiny\-1"]
    others = len(SHIPPED_IDS) - 1
    assert list(table["State"]) == ["active", *[""] * others, ""]
    assert list(table["Weights"]) == ["match the card"] * (1 + others) + ["cannot be used"]
    assert list(table["AUC (95 % interval)"])[-1] == "–"
    assert "tiny\\.safetensors does not match its card" in app.error[0].value


def test_without_the_setting_the_page_names_the_command(
    store: Store, open_app: OpenApp, own: Path
) -> None:
    app = open_app("performance")
    assert (
        "Choose another on the command line: `python -m ichdash models activate MODEL`. "
        "With `ICHDASH_ADMINISTRATION=on` it can be done here."
    ) in said(app)
    assert "model_activate" not in [button.key for button in app.button]


def test_where_a_setting_names_the_model_nothing_can_be_chosen(
    show: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICHDASH_ADMINISTRATION", "on")
    app = show(CARD)
    assert "The setting `ICHDASH_MODEL` decides which model is used." in said(app)
    assert "model_activate" not in [button.key for button in app.button]


def test_a_model_is_activated_where_the_setting_allows_it(
    store: Store,
    open_app: OpenApp,
    own: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ICHDASH_ADMINISTRATION", "on")
    app = open_app("performance")
    assert app.selectbox(key="model_choice").options == [*SHIPPED_IDS[1:], "tiny-1"]
    app.selectbox(key="model_choice").select("tiny-1")
    app.button(key="model_activate").click().run()
    assert not app.exception
    assert registry.active_card(Settings(data_dir=tmp_path)) == own
    assert app.title[0].value == "tiny-1"
    assert list(app.table[-1].value["State"]) == [*[""] * len(SHIPPED_IDS), "active"]


def test_a_card_is_shown_as_it_is_and_never_as_markup(show: OpenApp) -> None:
    card = replace(CARD, limits=("![x](http://evil.example/x.png)",))
    assert r"\!\[x\]\(http\://evil\.example/x\.png\)" in said(show(card))
