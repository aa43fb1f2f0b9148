"""Everything that the case page shows of one study, read in one go before anything is drawn.

Banner, image and scores come from the same reading, so that they change together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ichdash.domain import FloatArray
from ichdash.errors import NotFoundError
from ichdash.imaging.display import DisplayVolume
from ichdash.model.card import Bin, ModelCard
from ichdash.records import ScreeningRow, StudyRow, newest_result
from ichdash.store import Place, SessionRow, Store, SubtypeMaps, WorklistQuery


@dataclass(frozen=True, eq=False)
class Images:
    """The pictures of one screening."""

    display: DisplayVolume
    heatmap: FloatArray  # (slices, h, w) in [0, 1]
    subtypes: SubtypeMaps | None = None


@dataclass(frozen=True, eq=False)
class Case:
    study: StudyRow
    place: Place
    screenings: tuple[ScreeningRow, ...]  # newest first
    others: tuple[StudyRow, ...] = ()  # of the same patient, newest first
    images: Images | None = None  # of `shown`
    scored_alike: Bin | None = None  # validation studies scored like `shown`
    active: ModelCard | None = None  # the active model's card; None where it is broken
    sessions: tuple[SessionRow, ...] = ()  # those that are open
    held_in: frozenset[int] = frozenset()  # ids of the sessions that hold the study

    @property
    def shown(self) -> ScreeningRow | None:
        """The newest screening that gave a result; a study sent again keeps showing it."""
        return newest_result(self.screenings)


def read(
    store: Store, study_uid: str, query: WorklistQuery, now: datetime, card: ModelCard | None
) -> Case:
    """Read the case of a study; raises NotFoundError for an unknown one, and StoreError."""
    study = store.study(study_uid)
    place, screenings = store.place(study_uid, query), store.screenings(study_uid)
    case = Case(
        study,
        place,
        screenings,
        store.of_patient(study),
        active=card,
        sessions=tuple(each for each in store.sessions.all() if not each.is_closed),
        held_in=frozenset(each.session_id for each in store.sessions.of_study(study_uid)),
    )
    if case.shown is None:
        return case
    alike = _scored_alike(case.shown, card)
    return replace(case, images=_images(store, case.shown), scored_alike=alike)


def newest_images(store: Store, study_uid: str) -> Images:
    """The pictures of a study's newest result; raises NotFoundError where there are none."""
    result = newest_result(store.screenings(study_uid))
    found = result and _images(store, result)
    if not found:
        raise NotFoundError("Its images are no longer stored. Screen the study again.")
    return found


def _images(store: Store, screening: ScreeningRow) -> Images | None:
    """The pictures of a screening, or None where its files are gone: its result still counts."""
    key = (screening.study_uid, screening.screening_id)
    try:
        display = DisplayVolume(store.files.display(*key), store.files.display_meta(*key))
        return Images(display, store.files.heatmap(*key), store.files.subtypes(*key))
    except NotFoundError:
        return None


def _scored_alike(screening: ScreeningRow, card: ModelCard | None) -> Bin | None:
    """Validation studies scored like this one; another model's say nothing of it."""
    if card is None or card.performance is None or screening.probability is None:
        return None
    if not card.made(screening.model_id, screening.model_sha256):
        return None
    return card.performance.scored_like(screening.probability)
