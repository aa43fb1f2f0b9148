"""Which series of a study is screened, and why each of the others is not."""

from __future__ import annotations

from dataclasses import dataclass

from ichdash.dicom.stacking import stack
from ichdash.dicom.studies import Series, Study
from ichdash.domain import SeriesVerdict
from ichdash.errors import NotScreenableError


@dataclass(frozen=True)
class Selection:
    """The series to screen, or None and the reason; a verdict on each series."""

    series: Series | None
    verdicts: tuple[SeriesVerdict, ...]
    reason: str


def select(study: Study) -> Selection:
    """Choose the series to screen."""
    verdicts, chosen, reason = [], None, "no series"
    for series in study.series:
        try:
            stack(series)
            chosen, reason = chosen or series, "axial"
        except NotScreenableError as error:
            reason = str(error)
        verdicts.append(
            SeriesVerdict(
                series.series_uid,
                series.number,
                series.description,
                series.frame_count,
                chosen is series,
                reason,
            )
        )
    return Selection(chosen, tuple(verdicts), reason)
