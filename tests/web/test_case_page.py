"""The case page on a real store: each state of a study has a page that says what it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from ichdash.domain import Prediction, StudyAttributes, Volume
from ichdash.errors import StoreError
from ichdash.model.card import NON_COMMERCIAL, ModelCard
from ichdash.records import ReviewState
from ichdash.store import Store
from ichdash.store.measurements import Measurements
from ichdash.store.store import DATABASE
from ichdash.web import parts
from ichdash.web.case import second
from ichdash.web.case.picture import VIEWER_KEY
from ichdash.web.session import READER_KEY
from tests.web import seeding
from tests.web.cards import CARD, PERFORMANCE
from tests.web.conftest import A_SLOW_TEST, NAME

APP = Path(__file__).parents[2] / "app.py"
STUDY = "1.2.840.1"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that the page opens too; a worker beats, so that none is started."""
    monkeypatch.setenv("ICHDASH_DATA", str(tmp_path))
    with Store.open(tmp_path) as opened:
        opened.beat("a worker", datetime.now(UTC) + A_SLOW_TEST)
        yield opened


@pytest.fixture
def use_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[ModelCard], Path]:
    """Make a card the active one: `use_card(CARD)`; seeded screenings are of its model."""

    def use(card: ModelCard) -> Path:
        path = tmp_path / "ich.json"
        card.save(path)
        monkeypatch.setenv("ICHDASH_MODEL", str(path))
        return path

    return use


def open_case(study_uid: str | None = STUDY, **query: str) -> AppTest:
    """The case page at once: on its way over the worklist the address would lose the study."""
    at = AppTest.from_file(str(APP), default_timeout=30)
    at.query_params.update({"study": study_uid} if study_uid else {})
    at.query_params.update(query)
    at.switch_page("ichdash/pages/case.py")
    at.session_state[VIEWER_KEY] = {"settled": True}  # as a browser tells that has drawn it
    at.session_state[READER_KEY] = NAME
    at.run()
    assert not at.exception
    return at


def text_of(at: AppTest) -> str:
    """Everything that the page says, top to bottom."""
    kinds = ("title", "subheader", "markdown", "text", "caption", "code", "error", "warning")
    said = [element.value for kind in kinds for element in at.get(kind)]
    return "\n".join([*said, *(element.proto.body for element in at.get("html"))])


def press(at: AppTest, state: ReviewState, study_uid: str = STUDY, screening_id: int = 1) -> Button:
    return at.button(key=f"review-{state} {study_uid} {screening_id}").click()


def test_the_result_of_a_model_that_knows_no_subtype_has_its_page(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows_all = seeding.prediction

    def knows_one(probability: float, volume: Volume) -> Prediction:
        found = knows_all(probability, volume)
        return replace(found, findings={"hemorrhage": probability})

    monkeypatch.setattr(seeding, "prediction", knows_one)
    seeding.screened(store, STUDY, 0.91)
    assert "0.91" in text_of(open_case())


def test_without_a_study_the_page_says_how_to_choose_one(store: Store) -> None:
    at = open_case(None)
    assert at.subheader[0].value == "No study chosen"
    assert "Choose a study on the worklist" in text_of(at)


def test_the_image_comes_before_what_there_is_to_fill_in(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    at = AppTest.from_file(str(APP), default_timeout=30)
    at.query_params["study"] = STUDY
    at.switch_page("ichdash/pages/case.py").run()
    assert "flagged" in text_of(at) and not at.text_area  # what the model says is there at once
    at.session_state[VIEWER_KEY] = {"settled": True}
    assert at.run().text_area


def test_an_unknown_study_is_named_and_what_to_do_about_it(store: Store) -> None:
    at = open_case("9.9.9")
    assert at.subheader[0].value == "Unknown study"
    assert at.code[0].value == "9.9.9"
    assert "the link may be cut off. Look for the patient on the worklist" in text_of(at)


def test_a_flagged_study_shows_its_probability_with_what_it_is_worth(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    said = text_of(open_case())
    assert "◆ flagged" in said
    assert (
        "0.91 · flagged (operating point 0.42: sensitivity 0.93, specificity 0.88 in validation)"
    ) in said
    assert "Of 100 validation studies without a hemorrhage, 12 were above it too." in said
    assert "subdural" in said and "0.73" in said


def test_a_probability_near_one_is_neither_rounded_to_it_nor_read_as_a_quotation(
    store: Store,
) -> None:
    seeding.screened(store, STUDY, 0.998)
    said = text_of(open_case())
    assert r"\>0.99 · flagged" in said
    assert "\n>" not in said


def test_a_study_below_the_operating_point_is_no_all_clear(store: Store) -> None:
    seeding.screened(store, STUDY, 0.08)
    said = text_of(open_case())
    assert "○ not flagged" in said
    assert "This is no all-clear: of 100 validation studies with a hemorrhage, 7 were below" in said


def test_a_result_says_how_often_studies_scored_like_it_had_a_hemorrhage(
    store: Store, use_card: Callable[[ModelCard], Path]
) -> None:
    use_card(CARD)
    seeding.screened(store, STUDY, 0.94)
    assert (
        "Of 100 validation studies scored like this, about 91 had a hemorrhage "
        ":small[(22 studies, 95 % interval 72–98)]."
    ) in text_of(open_case())


@pytest.mark.parametrize(
    "card",
    [
        replace(CARD, model_id="ich-other"),
        replace(CARD, performance=None),
        replace(CARD, performance=replace(PERFORMANCE, calibration=())),
    ],
    ids=["another model", "no performance", "no bins"],
)
def test_a_card_that_knows_nothing_of_the_result_adds_no_sentence(
    store: Store, use_card: Callable[[ModelCard], Path], card: ModelCard
) -> None:
    use_card(card)
    seeding.screened(store, STUDY, 0.91)
    said = text_of(open_case())
    assert "0.91 · flagged" in said
    assert "scored like this" not in said


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("{"),
        lambda path: path.write_text(path.read_text().replace("0.91", "NaN")),
        lambda path: path.write_text(
            path.read_text().replace('"figures": {', '"figures": 7, "": {')
        ),
    ],
    ids=["missing", "broken", "not a number", "not a table"],
)
def test_a_result_stays_readable_without_a_usable_card(
    store: Store, use_card: Callable[[ModelCard], Path], damage: Callable[[Path], None]
) -> None:
    damage(use_card(CARD))
    seeding.screened(store, STUDY, 0.91)
    said = text_of(open_case())
    assert "0.91 · flagged" in said
    assert "scored like this" not in said


def test_series_used_and_left_out_stand_with_their_reasons(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    assert "Series: 1 used, 1 left out" in [expander.label for expander in at.expander]
    said = text_of(at)
    assert "series 2 “HEAD 5.0” · 20 slices" in said
    assert "Bone kernel (H60s)." in said
    assert "Slice spacing is uneven: 4.2 then 7.4 mm." in said


def test_the_banner_names_the_patient_and_hiding_takes_every_trace_away(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    assert "<b>Doe, Jane</b>" in text_of(at)
    assert "accession A10231" in text_of(at)
    at.toggle(key="hide").set_value(True).run()
    assert not at.exception
    said = text_of(at)
    assert not any(trace in said for trace in ("Doe", "00231", "A10231", "CT HEAD"))


def test_the_next_case_opens_with_its_identity_hidden_also_when_loaded_again(
    store: Store,
) -> None:
    seeding.screened(store, STUDY, 0.91)
    seeding.screened(store, "1.2.840.2", 0.78)
    at = open_case()
    at.toggle(key="hide").set_value(True).run()
    at.button(key="case-next").click().run()
    assert {"hide", "study"} == set(at.query_params)
    again = AppTest.from_file(str(APP), default_timeout=30)
    again.query_params.update(at.query_params)
    again.switch_page("ichdash/pages/case.py")
    again.run()
    assert "identity hidden" in text_of(again)
    assert "Doe" not in text_of(again)


def test_a_series_description_may_be_a_name_and_is_hidden_with_it(store: Store) -> None:
    seeding.not_screened(store, STUDY, 'Series 4 "DOE JANE.nii": one slice. Not screened.')
    assert "DOE JANE" in text_of(open_case())
    hidden = text_of(open_case(hide="true"))
    assert "DOE JANE" not in hidden and "Series 4: one slice. Not screened." in hidden
    seeding.screened(store, "1.2.840.2", 0.91)
    assert "HEAD 5.0" in text_of(open_case("1.2.840.2"))
    assert "HEAD 5.0" not in text_of(open_case("1.2.840.2", hide="true"))


def test_a_name_from_a_strangers_file_is_shown_and_not_run(store: Store) -> None:
    hostile = StudyAttributes(patient_name="<script>alert(1)</script>, X")
    seeding.screened(store, STUDY, 0.91, hostile)
    said = text_of(open_case())
    assert "<script>alert" not in said
    assert "&lt;script&gt;alert" in said


def test_a_study_not_screened_shows_the_reason_and_no_probability(store: Store) -> None:
    reason = "Series 2: slices 12–13 are missing. Not screened. Send the series again."
    seeding.not_screened(store, STUDY, reason)
    said = text_of(open_case())
    assert "▲ not screened" in said
    assert reason in said
    assert "read it as if there were no screening" in said
    assert "operating point" not in said


def test_a_queued_study_says_which_place_it_has(store: Store) -> None:
    seeding.receive(store, "1.2.840.0")
    seeding.receive(store, STUDY)
    said = text_of(open_case())
    assert "⋯ queued" in said
    assert "2nd in the queue." in said


def test_a_study_still_arriving_says_so(store: Store) -> None:
    store.receive(STUDY, seeding.PATIENT, "upload", seeding.NOW)
    assert "Still arriving: 0 images so far." in text_of(open_case())


def test_a_study_being_screened_says_so(store: Store) -> None:
    seeding.receive(store, STUDY)
    store.beat(seeding.OWNER, datetime.now(UTC))
    store.claim(seeding.OWNER, datetime.now(UTC))
    assert "Being screened. The result appears here by itself." in text_of(open_case())


def test_a_worker_without_a_model_tells_why_nothing_moves(store: Store) -> None:
    problem = "models/ich.json is missing. Screening is off; the worklist still opens."
    store.beat("a worker", datetime.now(UTC), problem=problem)
    seeding.receive(store, STUDY)
    assert parts.plain(problem) in [error.value for error in open_case().error]


def test_a_study_sent_again_keeps_its_old_result_and_tells_of_the_new_screening(
    store: Store,
) -> None:
    seeding.screened(store, STUDY, 0.91)
    store.screen_again(STUDY, seeding.NOW + timedelta(minutes=1))
    said = text_of(open_case())
    assert "1st in the queue." in said
    assert "Below: the result from before." in said
    assert "0.91 · flagged" in said


def test_a_result_without_its_images_still_shows_its_probability(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    store.files.drop_result(STUDY, store.screenings(STUDY)[0].screening_id)
    at = open_case()
    assert at.warning[0].value == (
        "The images of this screening are no longer stored. Screen the study again."
    )
    assert "0.91 · flagged" in text_of(at)


def test_a_result_of_the_active_model_can_be_asked_for_again(
    store: Store, use_card: Callable[[ModelCard], Path]
) -> None:
    use_card(CARD)
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    assert "not the active model" not in text_of(at)
    at.button(key=f"again {STUDY}").click().run()
    assert not at.exception
    said = text_of(at)
    assert "1st in the queue." in said
    assert "Below: the result from before." in said
    assert f"again {STUDY}" not in [button.key for button in at.button]
    assert len(store.screenings(STUDY)) == 1


def test_a_result_of_another_model_says_so_and_which_would_screen_it_now(
    store: Store, use_card: Callable[[ModelCard], Path]
) -> None:
    use_card(replace(CARD, model_id="ich-9"))
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    sentence = "Result by ich-test, not the active model ich-9."
    assert parts.plain(sentence) in [caption.value for caption in at.caption]
    assert at.button(key=f"again {STUDY}").label == r"Screen again with ich\-9"


def test_without_a_usable_model_nothing_can_be_screened_again(
    store: Store, use_card: Callable[[ModelCard], Path]
) -> None:
    use_card(CARD).unlink()
    seeding.screened(store, STUDY, 0.91)
    assert f"again {STUDY}" not in [button.key for button in open_case().button]


def test_a_result_says_what_the_use_of_its_model_is_restricted_to(
    store: Store, use_card: Callable[[ModelCard], Path]
) -> None:
    use_card(CARD)  # the result's model is what counts, active or not
    seeding.screened(store, STUDY, 0.91, restriction=NON_COMMERCIAL)
    said = text_of(open_case())
    assert parts.plain(f"ich-test: {NON_COMMERCIAL}.") in said
    assert f"ich-test ({NON_COMMERCIAL})</span>" in said


def test_a_review_is_kept_with_reader_comment_and_screening(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    at.text_input(key="reader").set_value("dr green").run()
    at.text_input(key=f"review-comment {STUDY} 0").set_value("left thalamus")
    press(at, ReviewState.DISAGREED).run()
    assert not at.exception
    (review,) = store.reviews(STUDY)
    assert (review.reader, review.state, review.comment) == (
        "dr green",
        ReviewState.DISAGREED,
        "left thalamus",
    )
    assert review.screening_id == store.screenings(STUDY)[0].screening_id
    assert "✗ disagreed</b> · dr green" in text_of(at)
    assert at.text_input(key=f"review-comment {STUDY} 1").value == ""
    at.run()
    assert len(store.reviews(STUDY)) == 1


def test_a_comment_stays_in_its_box_until_it_is_stored(store: Store, tmp_path: Path) -> None:
    seeding.screened(store, STUDY, 0.91)
    at = open_case()
    at.text_input(key=f"review-comment {STUDY} 0").set_value("left thalamus")
    press(at, ReviewState.AGREED)
    database = sqlite3.connect(tmp_path / DATABASE)
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON reviews BEGIN SELECT raise(ABORT, 'disk full'); END"
    )
    at.run()
    assert not at.exception
    assert "Nothing was stored" in at.error[0].value
    assert at.text_input(key=f"review-comment {STUDY} 0").value == "left thalamus"
    database.execute("DROP TRIGGER full")
    database.close()
    press(at, ReviewState.AGREED).run()
    assert [review.comment for review in store.reviews(STUDY)] == ["left thalamus"]


def test_what_was_typed_and_pressed_on_one_study_never_reaches_the_next(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    seeding.screened(store, "1.2.840.2", 0.78)
    at = open_case()
    at.text_input(key=f"review-comment {STUDY} 0").set_value("of the first study")
    press(at, ReviewState.DISAGREED)
    at.query_params["study"] = "1.2.840.2"  # the server went on; the browser shows the first
    at.run()
    assert "0.78 · flagged" in text_of(at)
    assert store.reviews("1.2.840.2") == ()
    assert at.text_input(key="review-comment 1.2.840.2 0").value == ""


def test_a_review_of_an_earlier_result_is_told_from_those_of_the_result_shown(
    store: Store,
) -> None:
    seeding.screened(store, STUDY, 0.08)
    store.add_review(STUDY, "reader 2", ReviewState.AGREED, "", seeding.NOW, screening_id=1)
    assert "✓ agreed</b> · reader 2" in text_of(open_case())
    store.screen_again(STUDY, seeding.NOW)
    seeding.screened(store, STUDY, 0.97)
    assert "✓ agreed</b> (of an earlier result) · reader 2" in text_of(open_case())


def test_the_second_reader_sees_the_first_answer_only_after_their_own(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    store.add_review(STUDY, "anna", ReviewState.AGREED, "thalamus", seeding.NOW, screening_id=1)
    store.second_reads.ask(STUDY, 1, "anna", seeding.NOW)
    at = open_case()
    assert "A second, independent read is wanted" in text_of(at)
    assert "thalamus" not in text_of(at) and "anna" not in text_of(at)
    press(at, ReviewState.DISAGREED).run()
    assert not at.exception
    assert "thalamus" in text_of(at)
    assert second.TO_ADJUDICATE in text_of(at)


def test_the_way_leads_to_the_neighbours_in_triage_order(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    seeding.screened(store, "1.2.840.2", 0.78)
    seeding.screened(store, "1.2.840.3", 0.08)
    at = open_case("1.2.840.2")
    assert "2 of 3" in text_of(at)
    at.button(key="case-next").click().run()
    assert at.query_params["study"] == "1.2.840.3"
    assert "0.08 · not flagged" in text_of(at)
    at.button(key="case-flagged").click().run()
    assert at.query_params["study"] == STUDY


def test_a_result_has_a_report_that_says_whether_it_names_the_patient(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    button, *_ = open_case().get("download_button")
    assert button.proto.label == "Report (PDF)"
    assert button.proto.help.endswith("It names the patient.")
    hidden, *rest = open_case(hide="true").get("download_button")
    assert hidden.proto.help.endswith("Identity is left out.")
    assert rest == []


def test_without_a_result_there_is_no_report(store: Store) -> None:
    seeding.not_screened(store, STUDY, "Only 3 slices.")
    labels = [each.proto.label for each in open_case().get("download_button")]
    assert labels == []


def test_where_measurements_cannot_be_read_the_case_is_shown_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeding.screened(store, STUDY, 0.91)

    def failing(*_: object) -> None:
        raise StoreError("The disk failed.")

    monkeypatch.setattr(Measurements, "of", failing)
    at = open_case()
    assert [error.value for error in at.error] == [parts.plain("The disk failed.")]
    assert "flagged" in text_of(at)
    assert at.get("download_button")


def test_the_patients_other_studies_stand_with_their_results_and_open(store: Store) -> None:
    earlier = replace(seeding.PATIENT, acquired_at=datetime(2026, 10, 12, 8, 30))
    stranger = replace(seeding.PATIENT, birth_date="1990-01-01")
    seeding.screened(store, STUDY, 0.91)
    seeding.screened(store, "1.2.840.2", 0.08, earlier)
    seeding.screened(store, "1.2.840.3", 0.5, stranger)
    at = open_case()
    (button,) = [each for each in at.button if each.key.startswith("other ")]
    assert "12 Oct 2026 08:30" in button.label
    assert "not flagged" in button.label
    assert button.label.endswith("] 0\\.08")
    button.click().run()
    assert at.query_params["study"] == "1.2.840.2"


def test_a_patient_without_an_id_has_no_other_studies(store: Store) -> None:
    nobody = replace(seeding.PATIENT, patient_id="")
    seeding.screened(store, STUDY, 0.91, nobody)
    seeding.screened(store, "1.2.840.2", 0.08, nobody)
    assert not [each for each in open_case().button if each.key.startswith("other ")]
