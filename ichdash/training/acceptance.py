"""The local acceptance test: a model on a site's own labelled studies against the site's limits.

Studies that the model was trained on do not count at all: a held-out score tells of networks of
other folds, and here the very weights that will be used are on trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ichdash.errors import InputError
from ichdash.model.card import Figure
from ichdash.training import evaluate, judging, learnt, metrics
from ichdash.training.evaluate import Evaluation, OnProgress
from ichdash.training.judging import Judged
from ichdash.training.limits import Limits

NEEDS_POSITIVE = frozenset({"sensitivity", "f1", "auc", "average_precision"})
NEEDS_NEGATIVE = frozenset({"specificity", "auc", "average_precision"})


@dataclass(frozen=True)
class Check:
    """One figure against its limit; the figure itself is compared, not its interval."""

    name: str
    value: float
    low: float | None  # 95 % interval; none of a count
    high: float | None
    limit: float
    is_ceiling: bool
    passed: bool


@dataclass(frozen=True)
class Acceptance:
    """What an acceptance test found."""

    model_id: str
    restriction: str  # on the use of the model
    threshold: float
    studies: int
    positive_studies: int
    trained_on: int  # studies left out
    knows_training: bool  # whether a list of these lies beside the card
    not_screened: dict[str, str]  # study UID: reason; counted as failed
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every limit was kept."""
        return all(check.passed for check in self.checks)


def run(  # noqa: PLR0917  on what, with what, against what
    studies: Path,
    labels: Path,
    card: Path,
    asked: Limits,
    on_progress: OnProgress,
    engine: str = "auto",
) -> Acceptance:
    """Screen every labelled study that is new to the model and compare with what is asked.

    Raises InputError where labels are broken or a limit cannot be judged on these studies,
    ModelError where the model cannot be loaded.
    """
    trained_on = learnt.of(card).studies
    found = evaluate.run(studies, labels, card, on_progress, engine=engine)
    new = [each for each in found.judged if not each.is_held_out]
    failed = {uid: why for uid, why in found.not_screened.items() if uid not in trained_on}
    _refuse_unanswerable(asked, new, found)
    return Acceptance(
        model_id=found.model_id,
        restriction=found.restriction,
        threshold=found.threshold,
        studies=len(new),
        positive_studies=sum(each.truth for each in new),
        trained_on=(
            found.studies - len(new) + len(found.not_screened) - len(failed) + len(found.left_out)
        ),
        knows_training=bool(trained_on),
        not_screened=failed,
        checks=tuple(_checks(asked, new, len(failed))),
    )


def _refuse_unanswerable(asked: Limits, new: Sequence[Judged], found: Evaluation) -> None:
    """Raises InputError naming all that these studies cannot tell: none of it may count as kept."""
    if not new:
        raise InputError(
            f"{found.model_id} was trained on all {found.studies} studies that could be screened: "
            "they cannot count. Nothing was accepted. Give studies that are new to it."
        )
    truths = {each.truth for each in new}
    faults = [
        f"{name} cannot be measured without a study {'with' if truth else 'without'} hemorrhage"
        for truth, needing in ((True, NEEDS_POSITIVE), (False, NEEDS_NEGATIVE))
        for name in asked.floors
        if truth not in truths and name in needing
    ]
    if faults:
        raise InputError(
            f"{'; '.join(faults)}. Nothing was accepted. Add such studies, new to "
            f"{found.model_id}, or leave these limits out."
        )


def _checks(asked: Limits, new: Sequence[Judged], failed: int) -> list[Check]:
    figures = judging.figures(new)
    checks = [_floor(name, figures[name], floor) for name, floor in asked.floors.items()]
    if asked.calibration_error is not None:
        checks.append(_ceiling("calibration_error", calibration(new), asked.calibration_error))
    if asked.failed_share is not None:
        share = metrics.proportion(failed, failed + len(new))
        checks.append(_ceiling("failed_share", share, asked.failed_share))
    if (least := asked.least_studies) is not None:
        counted = len(new)
        checks.append(Check("studies", counted, None, None, least, False, counted >= least))
    return checks


def _floor(name: str, figure: Figure, limit: float) -> Check:
    passed = figure.value >= limit
    return Check(name, figure.value, figure.low, figure.high, limit, False, passed)


def _ceiling(name: str, figure: Figure, limit: float) -> Check:
    passed = figure.value <= limit
    return Check(name, figure.value, figure.low, figure.high, limit, True, passed)


def calibration(judged: Sequence[Judged], seed: int = 0) -> Figure:
    """Expected calibration error with its interval from resampling studies.

    A resample repeats studies, which alone makes the error larger: so the resamples are shifted
    to have their mean at the error itself.
    """
    truth, probability = judging.truth(judged), judging.probability(judged)
    value = metrics.calibration_error(truth, probability)
    rng = np.random.default_rng(seed)
    draws = (rng.integers(len(truth), size=len(truth)) for _ in range(metrics.RESAMPLES))
    drawn = np.array([metrics.calibration_error(truth[i], probability[i]) for i in draws])
    low, high = np.clip(np.percentile(drawn, (2.5, 97.5)) - drawn.mean() + value, 0, 1)
    return Figure(value, float(low), float(high))
