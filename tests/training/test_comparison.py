"""Two models on the same studies: the pairs that disagree decide."""

from dataclasses import replace

import pytest

from ichdash.model.card import ModelCard
from ichdash.training import comparison
from ichdash.training.comparison import Comparison, compare
from ichdash.training.metrics import Difference
from tests.tiny_model import write_model
from tests.training.judgements import FOUR, judged, turned

pytestmark = pytest.mark.usefixtures("few_resamples")

FOUND = Comparison(
    other_id="old-1",
    other_threshold=0.4,
    other_held_out=3,
    other_figures={},
    alone_right=7,
    other_alone_right=1,
    p_value=0.0703,
    auc_difference=Difference(-0.02, -0.1, 0.05),
)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return ModelCard.load(write_model(tmp_path_factory.mktemp("model")))


@pytest.mark.parametrize(
    ("alone", "other_alone", "p"),
    [
        (7, 1, 2 * (1 + 8) / 2**8),  # twice the chance of at most 1 of 8
        (1, 7, 2 * (1 + 8) / 2**8),
        (0, 5, 2 / 2**5),
        (4, 4, 1.0),
        (0, 0, 1.0),
    ],
)
def test_p_is_that_of_a_fair_coin_for_the_pairs_that_disagree(
    alone: int, other_alone: int, p: float
) -> None:
    assert comparison.mcnemar(alone, other_alone) == pytest.approx(p)


def test_each_model_is_right_alone_where_the_other_one_is_wrong(card: ModelCard) -> None:
    """Of four studies the first and last were right: the other is right on two and three."""
    others = FOUR[0], turned(FOUR[1]), turned(FOUR[2]), turned(FOUR[3])
    found = compare(FOUR, others, card)
    assert (found.alone_right, found.other_alone_right) == (1, 2)
    assert found.p_value == comparison.mcnemar(1, 2)


def test_the_other_model_is_told_with_its_figures(card: ModelCard) -> None:
    found = compare(FOUR, [turned(each) for each in FOUR], card)
    assert (found.other_id, found.other_threshold, found.other_held_out) == ("tiny-1", 0.42, 1)
    assert found.other_figures["accuracy"].value == 0.5


def test_the_areas_are_compared_on_the_same_studies(card: ModelCard) -> None:
    found = compare(FOUR, FOUR, card).auc_difference
    assert found == Difference(0, 0, 0)


def test_a_perfect_order_is_better_than_the_one_in_hand(card: ModelCard) -> None:
    perfect = [replace(each, probability=float(each.truth)) for each in FOUR]
    found = compare(perfect, FOUR, card).auc_difference
    assert found is not None
    assert found.value == 0.25


def test_of_one_class_alone_there_is_no_difference(card: ModelCard) -> None:
    bleeds = [judged("1.1", True, 0.9), judged("1.2", True, 0.2)]
    assert compare(bleeds, bleeds, card).auc_difference is None


def test_a_comparison_is_told_in_sentences() -> None:
    assert comparison.sentences("own-1", FOUND, 20) == (
        "Against old-1 on the same 20 studies, each at its own operating point: own-1 alone was "
        "right on 7, old-1 alone on 1 (McNemar's exact test, p = 0.070).",
        "old-1: operating point 0.40, 3 of 20 studies judged by their held-out score; the "
        "rest must be new to it.",
        "AUC of own-1 minus that of old-1: −0.020 (95 % interval −0.100 to +0.050, paired "
        "bootstrap by study).",
    )


def test_a_tiny_p_is_not_told_as_zero() -> None:
    told = comparison.sentences("own-1", replace(FOUND, p_value=1e-5), 20)
    assert told[0].endswith("(McNemar's exact test, p < 0.001).")


def test_where_all_were_held_out_none_has_to_be_new() -> None:
    told = comparison.sentences("own-1", FOUND, 3)[1]
    assert told == "old-1: operating point 0.40, 3 of 3 studies judged by their held-out score."


def test_without_a_difference_none_is_told() -> None:
    told = comparison.sentences("own-1", replace(FOUND, auc_difference=None), 20)
    assert not any("AUC" in sentence for sentence in told)
