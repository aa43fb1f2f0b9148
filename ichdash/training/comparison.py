"""Two models on the same studies: a test of pairs, since both saw the same bleeds.

McNemar's exact test asks whether one is right more often where they disagree; each counts at its
own operating point. The difference of the AUCs is resampled with both on the same studies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats

from ichdash.model.card import Figure, ModelCard
from ichdash.performance.words import restricted
from ichdash.training import judging, metrics
from ichdash.training.judging import Judged
from ichdash.training.metrics import Difference


@dataclass(frozen=True)
class Comparison:
    """A model against another one, the `other`."""

    other_id: str
    other_threshold: float
    other_held_out: int  # of the studies, judged by their cross-validation score
    other_figures: dict[str, Figure]
    alone_right: int  # studies that the other one got wrong
    other_alone_right: int
    p_value: float  # McNemar's exact test, two-sided
    auc_difference: Difference | None  # minus that of the other; none of one class alone
    other_restriction: str = ""  # on the use of the other


def compare(judged: Sequence[Judged], others: Sequence[Judged], other: ModelCard) -> Comparison:
    """What a model said of the studies against what the `other` said of the same ones."""
    pairs = [(one.is_right, two.is_right) for one, two in zip(judged, others, strict=True)]
    alone, other_alone = pairs.count((True, False)), pairs.count((False, True))
    known = judging.truth(judged)
    has_both = known.any() and not known.all()
    ranked = judging.ranking(judged), judging.ranking(others)
    return Comparison(
        other_id=other.model_id,
        other_threshold=other.operating_point.threshold,
        other_held_out=sum(each.is_held_out for each in others),
        other_figures=judging.figures(others),
        alone_right=alone,
        other_alone_right=other_alone,
        p_value=mcnemar(alone, other_alone),
        auc_difference=metrics.auc_difference(known, *ranked) if has_both else None,
        other_restriction=other.restriction,
    )


def mcnemar(alone: int, other_alone: int) -> float:
    """Two-sided p value of pairs that disagree, were either order as likely; 1 without any."""
    disagree = alone + other_alone
    return float(stats.binomtest(alone, disagree).pvalue) if disagree else 1.0


def sentences(model_id: str, found: Comparison, studies: int) -> tuple[str, ...]:
    """A comparison of `model_id` with the other one in words."""
    p = f"p = {found.p_value:.3f}" if found.p_value >= 0.001 else "p < 0.001"
    told = [
        f"Against {found.other_id} on the same {studies} studies, each at its own operating "
        f"point: {model_id} alone was right on {found.alone_right}, {found.other_id} alone on "
        f"{found.other_alone_right} (McNemar's exact test, {p}).",
        f"{found.other_id}: operating point {found.other_threshold:.2f}, {found.other_held_out} "
        f"of {studies} studies judged by their held-out score{_others_new(found, studies)}.",
    ]
    if (by := found.auc_difference) is not None:
        told.append(
            f"AUC of {model_id} minus that of {found.other_id}: {_signed(by.value)} (95 % interval "
            f"{_signed(by.low)} to {_signed(by.high)}, paired bootstrap by study)."
        )
    told.append(restricted(found.other_id, found.other_restriction))
    return tuple(filter(None, told))


def _others_new(found: Comparison, studies: int) -> str:
    """A model that learnt from a study without keeping its held-out score would be favoured."""
    return "" if found.other_held_out == studies else "; the rest must be new to it"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")
