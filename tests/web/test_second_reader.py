"""A second reader on the case page: blind, then compared, then settled."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from ichdash.records import Answer, ReviewState, SecondRead
from ichdash.store import Store
from ichdash.web import session
from ichdash.web.case import second
from tests.web import seeding
from tests.web.test_case_page import STUDY, open_case, press, store, text_of

KEY = f"{STUDY} 1"  # of the study and its screening

__all__ = ["store"]  # the fixture


def as_reader(name: str) -> AppTest:
    at = open_case()
    at.text_input(key=session.READER_KEY).set_value(name).run()
    assert not at.exception
    return at


def answered(name: str, state: ReviewState, comment: str = "") -> AppTest:
    at = as_reader(name)
    at.text_input(key=f"review-comment {STUDY} 0").set_value(comment)
    press(at, state).run()
    assert not at.exception
    return at


def asked(store: Store) -> None:
    """The first reader has agreed, and asked for a second one."""
    seeding.screened(store, STUDY, 0.91)
    at = answered("Ada", ReviewState.AGREED, "thin, left")
    at.button(key=f"ask-second {STUDY} 1").click().run()
    assert not at.exception


def test_only_who_has_answered_may_ask_for_a_second_reader(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    keys = [button.key for button in as_reader("Ada").button]
    assert f"ask-second {STUDY} 1" not in keys


def test_the_second_reader_sees_nothing_of_the_first_before_their_own_answer(store: Store) -> None:
    asked(store)
    at = as_reader("Bo")
    assert second.BLIND in text_of(at)
    assert "Ada" not in text_of(at) and "thin, left" not in text_of(at)
    assert second.WAITING in text_of(as_reader("Ada"))


def test_two_readers_who_agree_end_it_and_see_each_other(store: Store) -> None:
    asked(store)
    at = answered("Bo", ReviewState.AGREED)
    assert "thin, left" in text_of(at)
    assert store.study(STUDY).second_read is SecondRead.AGREEING


def test_where_they_disagree_a_third_reader_settles_it(store: Store) -> None:
    asked(store)
    answered("Bo", ReviewState.DISAGREED)
    at = as_reader("Cy")
    assert not [each for each in at.checkbox if each.key == f"settle-together {KEY}"]
    at.button(key=f"settle-press {KEY}").click().run()
    assert "Choose a final answer first; nothing was stored." in text_of(at)
    settle(at)
    assert not at.exception
    settled = store.second_reads.of(1)
    assert settled is not None and settled.settlement is not None
    assert settled.settlement.answer is Answer.HEMORRHAGE
    assert settled.settlement.readers == ("Cy",)
    assert store.study(STUDY).second_read is SecondRead.SETTLED


def settle(at: AppTest) -> None:
    (answer,) = [each for each in at.button_group if each.label == "Final answer"]
    answer.set_value(Answer.HEMORRHAGE)
    at.text_input(key=f"settle-comment {KEY}").set_value("seen on the control")
    at.button(key=f"settle-press {KEY}").click().run()


def test_one_of_the_two_settles_it_only_together_with_the_other(store: Store) -> None:
    asked(store)
    answered("Bo", ReviewState.DISAGREED)
    at = as_reader("Bo")
    settle(at)
    assert "Settle it together, or ask a third reader" in text_of(at)
    assert store.study(STUDY).second_read is SecondRead.TO_ADJUDICATE
    box = at.checkbox(key=f"settle-together {KEY}")
    assert box.label == "together with Ada, who agrees to this"
    box.check()
    settle(at)
    reading = store.second_reads.of(1)
    assert reading is not None and reading.settlement is not None
    assert set(reading.settlement.readers) == {"Ada", "Bo"}


def test_a_disagreement_stands_above_the_result(store: Store) -> None:
    asked(store)
    assert second.TO_ADJUDICATE not in text_of(as_reader("Cy"))
    answered("Bo", ReviewState.DISAGREED)
    bodies = [each.proto.body for each in as_reader("Cy").get("html")]
    (place,) = [i for i, body in enumerate(bodies) if second.TO_ADJUDICATE in body]
    (findings,) = [i for i, body in enumerate(bodies) if 'class="case-findings"' in body]
    assert place < findings


def test_the_answer_by_finding_is_kept_with_the_review(store: Store) -> None:
    seeding.screened(store, STUDY, 0.91)
    at = as_reader("Ada")
    (subdural,) = [each for each in at.button_group if each.label.startswith("subdural")]
    subdural.set_value("disagree")
    press(at, ReviewState.AGREED).run()
    (review,) = store.reviews(STUDY)
    assert review.findings == {"subdural": ReviewState.DISAGREED}
