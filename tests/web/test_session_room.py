"""The room of a session on a real store: seen blind, led by one, decided by all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from ichdash.domain import Window
from ichdash.records import MeasureKind, Measurement
from ichdash.store import SessionRow, Store, Verdict, View
from ichdash.web.sessions import relay
from tests.web import seeding
from tests.web.conftest import OpenApp
from tests.web.rooms import NOW, A, case_ids, components, open_room, said, session, viewer_of

__all__ = ["session"]  # the fixture


def test_images_are_shown_where_the_heatmap_alone_is_gone(
    store: Store, session: SessionRow, open_app: OpenApp, data_dir: Path
) -> None:
    store.session_cases.reveal(case_ids(store, session)[0], True, NOW)
    (heatmap,) = (data_dir / "results" / A).rglob("heatmap*")
    heatmap.unlink()
    app = open_room(open_app, session)
    assert viewer_of(app)["heatmap"] is None
    assert "The heatmap of this case is no longer stored" in said(app)


def test_images_that_are_gone_are_told_with_what_to_do(
    session: SessionRow, open_app: OpenApp, data_dir: Path
) -> None:
    shutil.rmtree(data_dir / "results" / A)
    app = open_room(open_app, session)
    assert "The images of this case are no longer stored. Screen the study again." in said(app)
    app.button(key=f"take {session.session_id}").click().run()
    assert "You present" in said(app)


def test_a_presenter_whose_session_was_closed_is_told_so(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    here, (first, *_) = session.session_id, case_ids(store, session)
    for key in (f"reveal {first} False", f"step 1 {here} {first}"):
        app = open_room(open_app, session)
        app.button(key=f"take {here}").click().run()
        store.sessions.close(here, "reader 2", NOW)
        app.button(key=key).click().run()
        assert not app.exception
        assert "was closed by reader 2" in said(app)
        assert not store.session_cases.of(here)[0].is_revealed
        store.sessions.reopen(here, "chair", NOW)


def test_before_the_reveal_nothing_of_the_result_reaches_the_browser(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    app = open_room(open_app, session)
    sent = viewer_of(app)
    middle = seeding.SLICES // 2
    assert (sent["scores"], sent["evidence"], sent["heatmap"]) == ([], [], None)
    assert sent["subtypes"] is None
    assert sent["start"] == middle and sent["meta"]["order"][0] == middle
    text = json.dumps(components(app)) + said(app)
    for secret in ("0.91", "flagged", "subdural 0", seeding.MODEL_ID):
        assert secret not in text


def test_the_room_is_entered_with_identity_hidden(session: SessionRow, open_app: OpenApp) -> None:
    app = open_room(open_app, session)
    text = json.dumps(components(app)) + said(app)
    for secret in ("Doe", "Jane", "00231", "A10231", "1955"):
        assert secret not in text
    assert app.toggle(key="hide").value
    app.toggle(key="hide").set_value(False).run()
    assert "Doe, Jane" in said(app)


def test_the_presenter_reveals_and_the_same_images_get_their_evidence(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    app = open_room(open_app, session)
    blind = viewer_of(app)
    app.button(key=f"take {session.session_id}").click().run()
    case_id = case_ids(store, session)[0]
    app.button(key=f"reveal {case_id} False").click().run()
    assert not app.exception
    shown = viewer_of(app)
    assert shown["url"] == blind["url"]
    assert shown["evidence"][0] == seeding.BLEED_SLICE and shown["heatmap"]
    assert "◆ flagged" in said(app)
    app.button(key=f"reveal {case_id} True").click().run()
    assert viewer_of(app)["scores"] == []


def test_who_only_follows_cannot_reveal_or_turn_the_page(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    first, second, _ = case_ids(store, session)
    store.live.start(session.session_id, "another tab", "reader 7", second, NOW)
    app = open_room(open_app, session)
    assert "Following **reader 7**" in said(app)
    assert "Case 2 of 3" in said(app)
    keys = [button.key for button in app.button]
    assert not any(str(key).startswith("reveal") for key in keys)
    assert app.button(key=f"step 1 {session.session_id} {second}").disabled
    app.button(key=f"seat {session.session_id} True").click().run()
    assert "On your own; **reader 7** presents" in said(app)
    app.button(key=f"step -1 {session.session_id} {second}").click().run()
    assert "Case 1 of 3" in said(app)
    live = store.live.now(session.session_id)
    assert live is not None and live.case_id == second
    app.button(key=f"seat {session.session_id} False").click().run()
    assert "Case 2 of 3" in said(app)
    assert first != second


def test_a_follower_is_sent_where_the_presenter_looks(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    first = case_ids(store, session)[0]
    store.live.start(session.session_id, "another tab", "reader 7", first, NOW)
    store.live.look_at(session.session_id, "another tab", first, View(4, "bone", Window(600, 2800)))
    app = open_room(open_app, session)
    (link,) = (each for each in components(app) if "moves" in each)
    assert link["follows"] and not link["leads"]
    window = {"name": "bone", "center": 600.0, "width": 2800.0}
    assert (link["view"]["slice"], link["view"]["window"]) == (4, window)
    assert link["key"] == relay.reading_key(session.session_id)
    assert "another tab" not in json.dumps(components(app))


def test_a_blind_case_shows_what_was_measured_in_its_room_and_once_revealed_all(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    first = case_ids(store, session)[0]
    points = ((10.0, 10.0, 4), (20.0, 10.0, 4))
    series = (A, f"{A}.1", seeding.SLICES)
    for measure_id, reader, case_id in (("aaaaaaaa", "knew", None), ("bbbbbbbb", "sat", first)):
        line = Measurement(measure_id, MeasureKind.DISTANCE, points, reader, NOW)
        store.measurements.add(*series, [line], case_id)
    assert [each["by"] for each in measured(open_room(open_app, session))] == ["sat"]
    store.session_cases.reveal(first, True, NOW)
    assert [each["by"] for each in measured(open_room(open_app, session))] == ["knew", "sat"]


def measured(app: AppTest) -> list[dict[str, Any]]:
    return list(viewer_of(app)["measurements"])


def test_another_takes_over_and_the_next_page_turn_stays_on_the_own_screen(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    here = session.session_id
    app = open_room(open_app, session)
    app.button(key=f"take {here}").click().run()
    assert "You present" in said(app)
    first = case_ids(store, session)[0]
    store.live.start(here, "another tab", "reader 7", first, NOW)
    app.button(key=f"step 1 {here} {first}").click().run()
    assert "Another reader presents now: this turned the page on your screen alone." in said(app)
    live = store.live.now(here)
    assert live is not None and (live.presenter, live.case_id) == ("reader 7", first)


def test_a_decision_is_recorded_with_who_and_whether_the_result_was_known(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    case_id = case_ids(store, session)[0]
    app = open_room(open_app, session)
    app.radio(key=f"verdict {case_id} 0").set_value(Verdict.HEMORRHAGE)
    app.text_input(key=f"decided {case_id} 0").input("thin, left")
    app.button(key=f"record {case_id} 0").click().run()
    assert not app.exception
    (decided,) = store.session_cases.decisions(session.session_id)
    assert (decided.verdict, decided.comment, decided.reader) == (
        "hemorrhage",
        "thin, left",
        "reader 1",
    )
    assert decided.is_blind
    assert "before the AI result was shown" in said(app)


def test_without_a_choice_no_decision_is_recorded(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    case_id = case_ids(store, session)[0]
    app = open_room(open_app, session)
    app.button(key=f"record {case_id} 0").click().run()
    assert "No decision was chosen, so none was recorded." in said(app)
    assert store.session_cases.decisions(session.session_id) == ()


def test_a_case_that_was_not_screened_says_why_there_are_no_images(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    broken = case_ids(store, session)[2]
    store.live.start(session.session_id, "another tab", "reader 7", broken, NOW)
    app = open_room(open_app, session)
    assert "not screened, so there are no images to show: Series 2" in said(app)
    assert "DOE_JANE" not in said(app)  # a room hides identity at first


def test_a_case_taken_out_while_it_is_shown_says_who_did(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    first = case_ids(store, session)[0]
    store.live.start(session.session_id, "another tab", "reader 7", first, NOW)
    store.session_cases.remove(first, "reader 2", NOW)
    app = open_room(open_app, session)
    assert "reader 2 took this case out of the session meanwhile" in said(app)
    assert "Case – of 2" in said(app)


def test_a_session_closed_meanwhile_says_so_in_the_room(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    store.sessions.close(session.session_id, "chair", NOW)
    app = open_room(open_app, session)
    assert "“Tuesday” is closed: cases and decisions are frozen" in said(app)


def test_who_presents_no_longer_reveals_nothing(
    store: Store, session: SessionRow, open_app: OpenApp
) -> None:
    here, first = session.session_id, case_ids(store, session)[0]
    app = open_room(open_app, session)
    app.button(key=f"take {here}").click().run()
    store.live.start(here, "another tab", "reader 7", first, NOW)
    app.button(key=f"reveal {first} False").click().run()
    assert "Another reader presents now. Nothing was revealed or hidden" in said(app)
    assert not store.session_cases.case(first).is_revealed
