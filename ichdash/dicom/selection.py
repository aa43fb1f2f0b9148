"""Which series of a study is screened, and for each of the others why it is not.

The order of preference: nothing speaks against it, a soft kernel before a bone kernel (blood is
read on soft ones), 2–6 mm slices as the model was trained on, then more slices. A series with
missing slices is never chosen, nor is the little that is left beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ichdash.dicom import words
from ichdash.dicom.acceptance import doubts, is_ct, not_hounsfield, why_not
from ichdash.dicom.parting import is_localizer, parts
from ichdash.dicom.planes import is_direction_pair, plane_name, planes
from ichdash.dicom.spacing import LEAST_COVERAGE_MM, coverage_mm
from ichdash.dicom.stacking import Stack, stack, thickness_mm
from ichdash.dicom.studies import BROKEN, NO_SERIES, Series, Study
from ichdash.dicom.words import Sharpness
from ichdash.domain import SeriesVerdict
from ichdash.errors import NotScreenableError

PREFERRED_MM = (2.0, 6.0)
ROUNDING_MM = 0.05
MOST_NAMED = 3  # series that a study's reason names one by one


@dataclass(frozen=True)
class Selection:
    """The series to screen, or None; a verdict on each series; the choice in a sentence."""

    series: Series | None
    verdicts: tuple[SeriesVerdict, ...]
    reason: str  # why this series, or why none


@dataclass(frozen=True)
class _Criterion:
    """One thing that makes a series fit: lower is better, and what it says of a series."""

    rank: float
    phrase: str


@dataclass(frozen=True)
class _Candidate:
    series: Series
    reason: str = ""  # why it cannot be screened, empty where it can
    fitness: tuple[_Criterion, ...] = ()
    is_broken: bool = False  # axial slices that do not make a whole scan
    is_stackable: bool = False

    @property
    def ranks(self) -> tuple[float, ...]:
        return tuple(criterion.rank for criterion in self.fitness)


def select(study: Study) -> Selection:
    """Choose the series of `study` to screen, with a verdict on each of its series.

    A series that holds several scans is parted first, each part having its own verdict. Never
    raises: where none can be screened, `series` is None and `reason` says why.
    """
    candidates = _without_leftovers([_judge(part) for part in _parts(study)])
    if faults := _unplaced(study):
        return _refuse_whole(candidates, faults)
    fit = [candidate for candidate in candidates if not candidate.reason]
    best = min(fit, key=lambda candidate: candidate.ranks, default=None)
    verdicts = tuple(_verdict(candidate, best) for candidate in candidates)
    if best is None:
        return Selection(None, verdicts, _why_none(study, candidates))
    return Selection(best.series, verdicts, _why_used(best))


def _parts(study: Study) -> list[Series]:
    """The scans of `study`, series by series, the largest of a series first."""
    return [
        part
        for series in study.series
        for part in sorted(parts(series), key=lambda part: part.frame_count, reverse=True)
    ]


def _without_leftovers(candidates: list[_Candidate]) -> list[_Candidate]:
    """The candidates, with a reason for each that must not stand in for a larger, failed one."""
    return [
        replace(one, reason=one.reason or _leftover_reason(one, candidates)) for one in candidates
    ]


def _leftover_reason(one: _Candidate, candidates: list[_Candidate]) -> str:
    main = next((main for main in candidates if _is_leftover(one, main)), None)
    if main is None:
        return ""
    count = one.series.frame_count
    rest = "the only image" if count == 1 else f"only {count} images"
    return f"{rest} left beside {main.series.label}, which cannot be screened. Not screened."


def _is_leftover(one: _Candidate, main: _Candidate) -> bool:
    """Whether `one` is too little to stand in for `main`, or a part of the same broken scan."""
    if not main.reason or main.series.frame_count < one.series.frame_count:
        return False
    first, other = planes(one.series)[0], planes(main.series)[0]
    if is_localizer(other):
        return False
    is_short = one.fitness[0].rank > 0
    if one.series.series_uid != main.series.series_uid:
        return is_short and main.is_broken
    return is_short or (main.is_broken and first.size != other.size)


def _judge(series: Series) -> _Candidate:
    ordered, fault = _stacked(series)
    if reason := why_not(series):
        return _Candidate(series, reason, is_stackable=ordered is not None)
    if ordered is None:
        return _Candidate(series, fault, is_broken=_is_axial(series))
    return _Candidate(series, fitness=_fitness(series, ordered), is_stackable=True)


def _stacked(series: Series) -> tuple[Stack | None, str]:
    """The slices of a CT series in order, or None and why they cannot be laid on one another."""
    if not is_ct(series) or not_hounsfield(series):
        return None, ""
    try:
        return stack(series), ""
    except NotScreenableError as error:
        return None, str(error).removeprefix(f"{series.label}: ")


def _is_axial(series: Series) -> bool:
    known = (plane.frame.orientation for plane in planes(series))
    return any(
        found and is_direction_pair(found) and plane_name(found) == "axial" for found in known
    )


def _fitness(series: Series, ordered: Stack) -> tuple[_Criterion, ...]:
    """In falling weight: what differs first decides between two series."""
    doubt, kernel = doubts(series), ordered.planes[0].frame.kernel
    sharpness = words.sharpness(kernel, series.description)
    step, count = ordered.spacing_mm[0], len(ordered.planes)
    thickness = float(np.median([thickness_mm(plane) for plane in ordered.planes]))
    covered = coverage_mm(ordered.positions_mm, thickness)
    is_short = covered < LEAST_COVERAGE_MM
    return (
        _Criterion(is_short, f"coverage of {'only ' if is_short else ''}{covered:.0f} mm"),
        _Criterion(len(doubt), " ".join(doubt)),
        _Criterion(sharpness, _kernel_phrase(sharpness, kernel)),
        _Criterion(_thickness_rank(max(step, thickness)), f"{thickness:.1f} mm slices"),
        _Criterion(-count, "1 slice" if count == 1 else f"{count} slices"),
    )


def _kernel_phrase(sharpness: Sharpness, kernel: str) -> str:
    kind = {Sharpness.SOFT: "soft kernel", Sharpness.BONE: "bone kernel"}.get(sharpness)
    if kind is None:
        return f"kernel {kernel}" if kernel else "kernel not recorded"
    return f"{kind} ({kernel})" if kernel else kind


def _thickness_rank(slice_mm: float) -> int:
    low, high = PREFERRED_MM[0] - ROUNDING_MM, PREFERRED_MM[1] + ROUNDING_MM
    return 0 if low <= slice_mm <= high else 1 if slice_mm < low else 2


def _verdict(candidate: _Candidate, best: _Candidate | None) -> SeriesVerdict:
    series, used = candidate.series, candidate is best
    reason = candidate.reason
    if best and not reason:
        reason = _why_used(best) if used else _why_left_out(candidate, best)
    description = (
        f"{series.description} ({series.part})".strip() if series.part else series.description
    )
    return SeriesVerdict(
        series.series_uid,
        series.number,
        description,
        series.frame_count,
        used,
        reason,
        series.part,
        candidate.is_stackable,
    )


def _why_used(best: _Candidate) -> str:
    _, doubt, kernel, thickness, count = best.fitness
    facts = ", ".join(("axial CT", kernel.phrase, thickness.phrase, count.phrase))
    return f"Used: {facts}. {doubt.phrase}".strip()


def _why_left_out(candidate: _Candidate, best: _Candidate) -> str:
    for own, chosen in zip(candidate.fitness, best.fitness, strict=True):
        if own.rank != chosen.rank:
            other = f"; {best.series.label} has {chosen.phrase}" if chosen.phrase else ""
            return f"Left out: {own.phrase.rstrip('.')}{other}."
    return f"Left out: the same kind as {best.series.label}, which comes first."


def _why_none(study: Study, candidates: list[_Candidate]) -> str:
    """The study's reason: that of its CT series, or what it holds instead."""
    ct = [candidate for candidate in candidates if is_ct(candidate.series)]
    if not ct:
        kinds = sorted({series.modality for series in study.series})
        count = "one series" if len(study.series) == 1 else f"{len(study.series)} series"
        return (
            f"Study {study.study_uid}: {count}, modality {', '.join(kinds)}. "
            "Only CT is screened. Kept, not screened."
        )
    named = " ".join(_sentence(candidate) for candidate in ct[:MOST_NAMED])
    more = len(ct) - MOST_NAMED
    return f"{named} {more} more series cannot be screened either." if more > 0 else named


def _sentence(candidate: _Candidate) -> str:
    return f"{candidate.series.label}: {candidate.reason}"


def _unplaced(study: Study) -> list[str]:
    """Why each file that belongs to the study cannot be placed in it, in sentences."""
    nameless = [series for series in study.series if series.series_uid == NO_SERIES]
    files = [instance for series in nameless for instance in series.instances]
    return [
        *(f"{file.short_name} has no Series Instance UID: {BROKEN}." for file in files),
        *(refusal.reason for refusal in study.refused),
    ]


def _refuse_whole(candidates: list[_Candidate], faults: list[str]) -> Selection:
    """A file that cannot be placed may be a slice: a series without it must not pass as whole."""
    files = "One file" if len(faults) == 1 else f"{len(faults)} files"
    reason = (
        f"{files} of the study cannot be placed: {faults[0]} "
        "A slice may be missing. Not screened. Send the study again."
    )
    left_out = "Left out: a file of the study cannot be placed."
    refused = (replace(one, reason=one.reason or left_out) for one in candidates)
    return Selection(None, tuple(_verdict(one, None) for one in refused), reason)
