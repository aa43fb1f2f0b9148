"""How a learner or a class does, from what was answered: figures with 95 % intervals and counts."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from ichdash.lessons import SUBTYPES, Answer
from ichdash.model.card import Figure
from ichdash.teaching.marks import HIT_MM
from ichdash.training import metrics

LEAST_OF_EACH = 3  # cases with and without a hemorrhage before an area is told


@dataclass(frozen=True)
class Share:
    """So many of so many, with the interval; nothing to tell where `of` is 0."""

    count: int
    of: int

    @property
    def figure(self) -> Figure:
        return metrics.proportion(self.count, self.of)

    @property
    def value(self) -> float:
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True)
class Figures:
    """What a set of answers is worth."""

    answers: int
    positive: int  # cases with a hemorrhage
    auc: Figure | None  # None: too few answers
    roc: tuple[tuple[float, float], ...]  # (1 - specificity, sensitivity)
    sensitivity: Share  # a hemorrhage called, of the cases with one
    specificity: Share
    seen: dict[str, Share]  # by subtype: a hemorrhage called
    named: dict[str, Share]  # by subtype: this subtype called
    located: Share  # marks within HIT_MM, of the cases whose place is known
    median_s: float | None

    @property
    def negative(self) -> int:
        return self.answers - self.positive


def figures(answers: Sequence[Answer]) -> Figures:
    """The figures of `answers`; any number of them, also none."""
    truth = np.array([bool(each.truth) for each in answers], np.bool_)
    confidence = np.array([each.confidence for each in answers], np.float64)
    positive = int(truth.sum())
    is_enough = min(positive, len(answers) - positive) >= LEAST_OF_EACH
    ill = [each for each in answers if each.truth]
    placed = [each for each in ill if each.is_placed]
    return Figures(
        answers=len(answers),
        positive=positive,
        auc=metrics.auc(truth, confidence) if is_enough else None,
        roc=metrics.roc(truth, confidence) if is_enough else (),
        sensitivity=_share(ill, lambda each: bool(each.findings)),
        specificity=_share([e for e in answers if not e.truth], lambda each: not each.findings),
        seen={s: _share(_with(ill, s), lambda each: bool(each.findings)) for s in SUBTYPES},
        named={s: _share(_with(ill, s), lambda each, s=s: s in each.findings) for s in SUBTYPES},  # type: ignore[misc]
        located=_share(placed, is_located),
        median_s=median(each.seconds for each in answers) if answers else None,
    )


def is_located(answer: Answer) -> bool:
    """Whether the mark is near enough to the blood."""
    return answer.distance_mm is not None and answer.distance_mm <= HIT_MM


def _with(answers: Iterable[Answer], subtype: str) -> list[Answer]:
    return [each for each in answers if subtype in each.truth]


def _share(answers: Sequence[Answer], holds: Callable[[Answer], bool]) -> Share:
    return Share(sum(map(holds, answers)), len(answers))


def by_learner(answers: Iterable[Answer]) -> dict[str, tuple[Answer, ...]]:
    """The answers of each learner, by name."""
    return dict(sorted(_grouped(answers, lambda each: each.learner).items()))


def by_case(answers: Iterable[Answer]) -> dict[str, tuple[Answer, ...]]:
    """The answers to each case, the hardest first: where fewest were right."""
    groups = _grouped(answers, lambda each: each.file_id).items()
    return dict(sorted(groups, key=lambda group: right(group[1]).value))


def right(answers: Sequence[Answer]) -> Share:
    """Answers that called hemorrhage or none as the key has it."""
    return _share(answers, lambda each: each.is_right)


def _grouped(
    answers: Iterable[Answer], key: Callable[[Answer], str]
) -> dict[str, tuple[Answer, ...]]:
    groups: dict[str, list[Answer]] = defaultdict(list)
    for each in answers:
        groups[key(each)].append(each)
    return {name: tuple(group) for name, group in groups.items()}


COLUMNS = (
    "learner",
    "quiz",
    "case",
    "with AI",
    "key",
    "answer",
    "confidence",
    "right",
    "distance mm",
    "seconds",
    "answered",
)


def as_csv(answers: Iterable[Answer], quiz_names: dict[str, str], titles: dict[str, str]) -> str:
    """Every answer as a row; a cell that a spreadsheet would take for a formula begins with '."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in answers:
        writer.writerow(_safe(cell) for cell in _cells(each, quiz_names, titles))
    return out.getvalue()


def _cells(each: Answer, quiz_names: dict[str, str], titles: dict[str, str]) -> tuple[str, ...]:
    return (
        each.learner,
        quiz_names.get(each.quiz_id, each.quiz_id),
        titles.get(each.file_id, each.file_id),
        "yes" if each.with_ai else "no",
        " ".join(each.truth) or "none",
        " ".join(each.findings) or "none",
        str(each.confidence),
        "yes" if each.is_right else "no",
        "" if each.distance_mm is None else f"{each.distance_mm:.1f}",
        f"{each.seconds:.1f}",
        each.answered_at.isoformat(timespec="seconds"),
    )


def _safe(cell: str) -> str:
    return (
        f"'{cell}"
        if cell.lstrip().startswith(("=", "+", "-", "@")) or (cell[:1] in "\t\r\n" and cell)
        else cell
    )
