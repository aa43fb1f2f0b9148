"""The frame around the pages: navigation, faults that leave nothing to show, the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from ichdash.store import Store
from ichdash.store.store import DATABASE
from ichdash.web import parts
from tests.web.conftest import OpenApp, said


def test_a_wrong_setting_is_one_sentence_and_no_page(
    open_app: OpenApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ICHDASH_PORT", "abc")
    app = open_app()
    assert said(app) == parts.plain("ICHDASH_PORT='abc' is not a port number (1–65535).")


def test_a_damaged_database_is_one_sentence_and_no_page(open_app: OpenApp, data_dir: Path) -> None:
    (data_dir / DATABASE).write_bytes(b"not a database at all" * 300)
    app = open_app()
    assert len(app.error) >= 1 and not app.selectbox
    assert parts.plain(DATABASE) in app.error[0].value


@pytest.mark.parametrize("page", ["worklist", "upload", "case", "performance"])
def test_every_page_opens_on_an_empty_store(store: Store, open_app: OpenApp, page: str) -> None:
    assert not open_app(page).exception


def test_a_hidden_identity_stands_in_the_address_of_every_page(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app(hide="true")
    assert app.toggle(key="hide").value is True
    for page in ("upload", "case", "performance"):
        app.switch_page(f"ichdash/pages/{page}.py").run()
        assert app.query_params.get("hide") in ("true", ["true"])
    app.toggle(key="hide").set_value(False).run()
    assert "hide" not in app.query_params


def test_the_reader_and_the_switch_outlive_a_change_of_page(
    store: Store, open_app: OpenApp
) -> None:
    app = open_app()
    app.text_input(key="reader").set_value("Dr. Rao")
    app.toggle(key="hide").set_value(True).run()
    app.switch_page("ichdash/pages/upload.py").run()
    assert app.text_input(key="reader").value == "Dr. Rao"
    assert app.toggle(key="hide").value is True
