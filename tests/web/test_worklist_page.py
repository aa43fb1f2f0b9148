"""The worklist page from `app.py` down: what the reader sees, and what a choice changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ichdash.domain import StudyAttributes
from ichdash.records import ReviewState, ScreeningState, StudyRow
from ichdash.store import Store
from tests.web.cards import CARD
from tests.web.conftest import OpenApp, ago, components, said, table_of

NOW = datetime.now(UTC)
JANE = StudyAttributes("00231", "DOE, JANE", "1955-02-01", "F", "A10231", "CT HEAD W/O", NOW)
REASON = "Series 2: two slices seem to be missing. Not screened. Send the series again."


def study(study_uid: str, probability: float, minutes_ago: int = 5) -> StudyRow:
    return StudyRow(
        study_uid=study_uid,
        attributes=replace(JANE, accession_number=f"A{study_uid}"),
        source="upload",
        received_at=ago(minutes_ago),
        state=ScreeningState.SCREENED,
        reason="",
        series=1,
        instances=34,
        slices=34,
        screened_at=NOW,
        probability=probability,
        flagged=probability >= 0.42,
        model_id="ich-test",
        review=ReviewState.UNREAD,
        reader=None,
    )


def not_screened(study_uid: str) -> StudyRow:
    return replace(
        study(study_uid, 0.0),
        state=ScreeningState.NOT_SCREENED,
        reason=REASON,
        probability=None,
        flagged=None,
        slices=None,
        model_id=None,
    )


def uids(table: dict[str, list[dict[str, str]]]) -> list[str]:
    return [row["uid"] for row in table["rows"]]


def test_an_empty_worklist_says_how_to_begin(store: Store, open_app: OpenApp) -> None:
    app = open_app()
    assert "No studies yet. Upload one, or run the demo." in said(app)
    assert [button.label for button in app.button] == ["Upload a study", "Run the demo"]
    assert not components(app)


def test_studies_stand_in_triage_order(store: Store, open_app: OpenApp) -> None:
    store.add_rows([study("1.1", 0.08), not_screened("1.2"), study("1.3", 0.55), study("1.4", 0.9)])
    assert uids(table_of(open_app())) == ["1.4", "1.3", "1.2", "1.1"]


def test_the_counts_stand_in_one_line(store: Store, open_app: OpenApp) -> None:
    store.add_rows([study("1.1", 0.08, 45), not_screened("1.2"), study("1.3", 0.55)])
    line = ":orange[**1 flagged**] · :violet[1 not screened] · 3 unread · oldest waiting 45 min"
    assert line in said(open_app())


def test_a_study_not_screened_shows_its_reason_and_no_probability(
    store: Store, open_app: OpenApp
) -> None:
    store.add_rows([not_screened("1.2")])
    row = table_of(open_app())["rows"][0]
    assert (row["mark"], row["reason"], row["probability"]) == ("not screened", REASON, None)


def test_hidden_identity_never_reaches_the_browser(store: Store, open_app: OpenApp) -> None:
    store.add_rows([study("1.1", 0.9)])
    table = table_of(open_app(hide="true"))
    assert table["rows"][0]["description"] == ""
    assert (table["rows"][0]["name"], table["rows"][0]["person"]) == ("hidden", "71 F")
    assert "Doe" not in json.dumps(table) and "DOE" not in json.dumps(table)
    assert "00231" not in json.dumps(table) and "A1.1" not in json.dumps(table)
    assert table["link"] == "case?hide=true&study="


def test_the_line_not_for_diagnosis_names_the_model_of_the_results(
    store: Store, open_app: OpenApp
) -> None:
    store.add_rows([study("1.1", 0.9), replace(study("1.2", 0.8), model_id="ich-2")])
    note = table_of(open_app())["note"]
    assert note.startswith("Not for diagnostic use · ich-2, ich-test · ")


def test_what_restricts_a_model_stands_beside_its_id(store: Store, open_app: OpenApp) -> None:
    restricted = "non-commercial research and education only"
    store.add_rows([study("1.1", 0.9), replace(study("1.2", 0.8), restriction=restricted)])
    note = table_of(open_app())["note"]
    assert note.startswith(f"Not for diagnostic use · ich-test, ich-test ({restricted}) · ")


def test_a_result_of_another_model_than_the_active_one_says_so(
    store: Store, open_app: OpenApp, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CARD.save(data_dir / "card.json")
    monkeypatch.setenv("ICHDASH_MODEL", str(data_dir / "card.json"))
    store.add_rows(
        [
            replace(study("1.1", 0.9), model_sha256=CARD.sha256),
            replace(study("1.2", 0.8), model_sha256="0" * 64),
            replace(study("1.3", 0.7), model_id="ich-2"),
            not_screened("1.4"),
        ]
    )
    table = table_of(open_app())
    assert {row["uid"]: row["another"] for row in table["rows"]} == {
        "1.1": "",
        "1.2": "result by other weights of ich-test than the active ones",
        "1.3": "result by ich-2, not the active model ich-test",
        "1.4": "",
    }
    assert table["note"] == (
        "Not for diagnostic use · ich-2, ich-test · * not by the active model ich-test"
    )


def test_filters_in_the_address_are_taken_up(store: Store, open_app: OpenApp) -> None:
    store.add_rows([study("1.1", 0.08), not_screened("1.2"), study("1.3", 0.55)])
    assert uids(table_of(open_app(state="not flagged"))) == ["1.1"]
    assert uids(table_of(open_app(sort="accession", order="down"))) == ["1.3", "1.2", "1.1"]


def test_the_filter_flagged_shows_as_many_studies_as_the_line_counts_while_they_are_screened_again(
    store: Store, open_app: OpenApp
) -> None:
    again = (ScreeningState.QUEUED, ScreeningState.SCREENING, ScreeningState.NOT_SCREENED)
    flagged = [replace(study(f"1.{i}", 0.9 - i / 10), state=state) for i, state in enumerate(again)]
    store.add_rows([*flagged, replace(study("1.4", 0.08), state=again[0]), not_screened("1.5")])
    app = open_app(state="flagged")
    assert ":orange[**3 flagged**]" in said(app)
    assert uids(table_of(app)) == ["1.0", "1.1", "1.2"]


def test_nonsense_in_the_address_is_ignored(store: Store, open_app: OpenApp) -> None:
    store.add_rows([study("1.1", 0.08)])
    for page in ("x", "0", "-3", "99999999999999999999"):
        app = open_app(state="'; DROP TABLE", size="7", sort="patient; --", page=page)
        assert uids(table_of(app)) == ["1.1"]
        assert app.query_params == {}


def test_a_filter_goes_into_the_address_and_searched_words_do_not(
    store: Store, open_app: OpenApp
) -> None:
    store.add_rows([study("1.1", 0.08), study("1.2", 0.9)])
    app = open_app()
    app.selectbox(key="worklist_state").set_value("flagged")
    app.text_input(key="worklist_text").set_value("doe a1.2").run()
    assert uids(table_of(app)) == ["1.2"]
    assert app.query_params == {"state": "flagged"}


def test_filters_are_still_there_after_a_case(store: Store, open_app: OpenApp) -> None:
    store.add_rows([study("1.1", 0.08), study("1.2", 0.9)])
    app = open_app()
    app.text_input(key="worklist_text").set_value("a1.2").run()
    app.switch_page("ichdash/pages/upload.py").run()
    app.switch_page("ichdash/pages/worklist.py").run()
    assert app.text_input(key="worklist_text").value == "a1.2"
    assert uids(table_of(app)) == ["1.2"]


def test_pages_are_cut_on_the_server(store: Store, open_app: OpenApp) -> None:
    store.add_rows(study(f"1.{number}", number / 100) for number in range(60))
    table = table_of(open_app(page="3"))
    assert (len(table["rows"]), table["total"], table["pages"]) == (10, 60, 3)


def test_a_page_after_the_last_shows_the_last(store: Store, open_app: OpenApp) -> None:
    store.add_rows(study(f"1.{number}", number / 100) for number in range(30))
    table = table_of(open_app(page="9"))
    assert (len(table["rows"]), table["page"]) == (5, 2)
