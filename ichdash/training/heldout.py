"""Scores of studies by networks that had not seen them: kept beside the card, so that anybody can
recompute its figures."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ichdash.domain import HEMORRHAGE
from ichdash.errors import InputError
from ichdash.model.card import Figure, Performance
from ichdash.training import calibration, metrics
from ichdash.training.cases import Case
from ichdash.training.scoring import HeldOut

SLICE_DIGITS = 2


@dataclass(frozen=True)
class Score:
    """One held-out study: probability and flag come from calibration on the other folds."""

    study_uid: str
    fold: int
    probability: float
    flagged: bool
    logits: Mapping[str, float]  # by finding
    slices: tuple[float, ...] = ()  # logit of hemorrhage in each slab, feet to head


def path_beside(card: Path) -> Path:
    """Where the held-out scores of a card lie."""
    return card.with_suffix(".heldout.csv")


def whole(cases: Sequence[Case], folds: int) -> metrics.BoolArray:
    """(studies,) by which of them calibration, threshold and figures are made.

    Those of several slices, as are screened; all, where these are too few.
    """
    truth = np.array([case.is_positive for case in cases])
    is_whole = np.array([len(case.hu) > 1 for case in cases])
    least = min((is_whole & (truth == answer)).sum() for answer in (True, False))
    return is_whole if least >= folds else np.ones(len(cases), np.bool_)


def scores(
    cases: Sequence[Case],
    findings: Sequence[str],
    scored: Sequence[HeldOut],
    is_whole: metrics.BoolArray,
) -> tuple[Score, ...]:
    """Calibrate each fold on the others and say of each study what would have been said."""
    truth = np.array([case.is_positive for case in cases])
    logits = np.stack([each.logits for each in scored]).astype(np.float64)
    fold = np.array([each.fold for each in scored])
    probability, flagged = calibration.nested(logits[:, 0], truth, fold, is_whole)
    return tuple(
        Score(
            each.study_uid,
            each.fold,
            float(probability[index]),
            bool(flagged[index]),
            dict(zip(findings, logits[index].tolist(), strict=True)),
            tuple(each.slices.astype(np.float64).round(SLICE_DIGITS).tolist()),
        )
        for index, each in enumerate(scored)
    )


def performance(
    everything: Sequence[Score],
    cases: Sequence[Case],
    is_whole: metrics.BoolArray,
    folds: int,
) -> Performance:
    """Figures of the held-out scores of whole studies; of the others, single slices, the AUC."""
    held = [*compress(everything, is_whole)]
    targets = np.stack([case.targets for case in compress(cases, is_whole)])  # (studies, findings)
    truth = targets[:, 0] == 1
    probability = np.array([score.probability for score in held])
    flagged = np.array([score.flagged for score in held])
    logits = np.array([score.logits[HEMORRHAGE] for score in held])
    return Performance(
        method=f"patient-wise {folds}-fold cross-validation, calibration and threshold nested",
        studies=len(held),
        positive_studies=int(truth.sum()),
        # calibration differs from fold to fold and reorders nothing within one: pool plain logits
        figures=metrics.figures(truth, logits, flagged) | _of_single(everything, cases, ~is_whole),
        finding_auc=_finding_auc(held, targets),
        roc=metrics.roc(truth, logits),
        calibration=metrics.calibration(truth, probability),
        effort_saved=1 - len(cases) / sum(case.slices for case in cases),
    )


def _of_single(
    held: Sequence[Score], cases: Sequence[Case], is_single: metrics.BoolArray
) -> dict[str, Figure]:
    truth = np.array([case.is_positive for case in compress(cases, is_single)])
    logits = np.array([score.logits[HEMORRHAGE] for score in compress(held, is_single)])
    return {"auc_single": metrics.auc(truth, logits)} if {*truth.tolist()} == {True, False} else {}


def _finding_auc(held: Sequence[Score], targets: npt.NDArray[np.float32]) -> dict[str, Figure]:
    found = {}
    for index, name in enumerate(held[0].logits):
        truth = targets[:, index] == 1
        known = ~np.isnan(targets[:, index])
        if truth[known].any() and not truth[known].all():
            logits = np.array([score.logits[name] for score in held])
            found[name] = metrics.auc(truth[known], logits[known])
    return found


def save(card: Path, held: Sequence[Score]) -> None:
    """Write the scores as CSV beside the card."""
    with path_beside(card).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        findings = list(held[0].logits)
        logits = [f"logit_{name}" for name in findings]
        writer.writerow(["study_uid", "fold", "probability", "flagged", *logits, "slice_logits"])
        for score in held:
            values = [f"{score.logits[name]:.4f}" for name in findings]
            row = [score.study_uid, score.fold, f"{score.probability:.4f}", int(score.flagged)]
            slices = " ".join(f"{value:.{SLICE_DIGITS}f}" for value in score.slices)
            writer.writerow([*row, *values, slices])


def load(card: Path) -> dict[str, Score]:
    """Read the scores beside the card by study UID; none where there is no file.

    Raises InputError where the file is there and broken.
    """
    path = path_beside(card)
    if not path.exists():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["study_uid"]: _score(row) for row in csv.DictReader(file)}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path.name} is not a table of held-out scores: {error}.") from error


def _score(row: Mapping[str, str]) -> Score:
    logits = {k.removeprefix("logit_"): float(v) for k, v in row.items() if k.startswith("logit_")}
    flagged = row["flagged"] == "1"
    slices = tuple(float(value) for value in (row.get("slice_logits") or "").split())
    return Score(
        row["study_uid"], int(row["fold"]), float(row["probability"]), flagged, logits, slices
    )
