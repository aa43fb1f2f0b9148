"""The model page in a real browser: figures, charts, limits, lost weights, another model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ichdash.model.card import NON_COMMERCIAL
from tests.browser.conftest import Server, serving, use_theme, working
from tests.shipped import SHIPPED_IDS
from tests.web.cards import CARD


@pytest.fixture(scope="module")
def with_card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("carded")
    CARD.save(folder / "ich.json")
    data_dir = folder / "data"
    with working(data_dir), serving(data_dir, ICHDASH_MODEL=str(folder / "ich.json")) as running:
        yield running


def test_figures_charts_and_limits_are_shown(
    with_card: Server, page: Page, screenshot: Callable[..., None]
) -> None:
    page.goto(with_card.page("model"))
    expect(page.get_by_text("ROC, AUC 0.93")).to_be_visible()
    expect(page.get_by_text("share with hemorrhage", exact=True)).to_be_visible()
    expect(page.get_by_text("Never tried on children.")).to_be_attached()
    screenshot("model", "dark")
    use_theme(page, "Light")
    expect(page.get_by_text("ROC, AUC 0.93")).to_be_visible()
    screenshot("model", "light")


def test_another_model_is_activated_and_the_page_is_its(tmp_path: Path, page: Page) -> None:
    """The research model is the first of the others."""
    data_dir, research = tmp_path / "data", SHIPPED_IDS[1]
    with working(data_dir), serving(data_dir, ICHDASH_ADMINISTRATION="on") as running:
        page.goto(running.page("model"))
        page.get_by_role("button", name="Activate").click(timeout=60_000)
        expect(page.get_by_role("heading", name=research)).to_be_visible(timeout=120_000)
        expect(page.get_by_text(f"{research}: {NON_COMMERCIAL}.")).to_be_visible()


def test_weights_that_are_missing_are_told_by_name(with_card: Server, page: Page) -> None:
    page.goto(with_card.page("model"))
    page.get_by_role("button", name="Check the model").click()
    sentence = "The weights ich.safetensors are missing. Screening is off"
    expect(page.get_by_text(sentence)).to_be_visible()
