"""Everything that the case page shows of one study, read in one go before anything is drawn.

Banner, image and scores come from the same reading, so that they change together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ichdash.domain import FloatArray, ScreeningRow, ScreeningState, StudyRow
from ichdash.errors import NotFoundError
from ichdash.imaging.display import DisplayVolume
from ichdash.store import Place, Store, WorklistQuery


@dataclass(frozen=True, eq=False)
class Images:
    """The pictures of one screening."""

    display: DisplayVolume
    heatmap: FloatArray  # (slices, h, w) in [0, 1]


@dataclass(frozen=True, eq=False)
class Case:
    study: StudyRow
    place: Place
    screenings: tuple[ScreeningRow, ...]  # newest first
    images: Images | None  # of `shown`
    read_at: datetime

    @property
    def shown(self) -> ScreeningRow | None:
        """The newest screening that gave a result; a study sent again keeps showing it."""
        results = (s for s in self.screenings if s.state is ScreeningState.SCREENED)
        return next(results, None)


def read(store: Store, study_uid: str, query: WorklistQuery, now: datetime) -> Case:
    """Read the case of a study; raises NotFoundError for an unknown one, and StoreError."""
    study = store.study(study_uid)
    case = Case(study, store.place(study_uid, query), store.screenings(study_uid), None, now)
    return replace(case, images=None if case.shown is None else _images(store, case.shown))


def _images(store: Store, screening: ScreeningRow) -> Images | None:
    """The pictures of a screening, or None where its files are gone: its result still counts."""
    key = (screening.study_uid, screening.screening_id)
    try:
        display = DisplayVolume(store.files.display(*key), store.files.display_meta(*key))
        return Images(display, store.files.heatmap(*key))
    except NotFoundError:
        return None
