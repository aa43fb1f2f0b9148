"""Everything that the room shows, read in one go, and how it is told that it is no longer so."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ichdash.records import ScreeningRow, StudyRow
from ichdash.store import Presented, SessionCase, SessionRow, Store
from ichdash.web.sessions import agenda, blind, moves, seat
from ichdash.web.sessions.seat import Seat

Standing = tuple[object, ...]


@dataclass(frozen=True)
class Room:
    """A session as it is presented, seen from one seat."""

    session: SessionRow
    cases: tuple[SessionCase, ...]
    live: Presented | None
    seat: Seat
    case: SessionCase | None  # the one that is shown here
    study: StudyRow | None  # None: no longer stored
    screening: ScreeningRow | None  # the one whose images are shown
    measured: frozenset[str] = frozenset()  # ids of what was measured on the study

    @property
    def standing(self) -> Standing:
        """What the page must not be behind of."""
        screening_id = self.screening.screening_id if self.screening else None
        presenter = (self.live.presenter, self.live.token) if self.live else None
        shown = self.case, screening_id, self.measured
        return self.session, self.cases, presenter, self.seat, shown

    @property
    def scene_name(self) -> str:
        """What viewers know the case by; empty where there is nothing to view."""
        if self.case is None or self.screening is None:
            return ""
        return moves.scene_name(self.case.case_id, self.screening.screening_id)

    @property
    def place(self) -> int | None:
        """Where the case stands in the session, from 0; None where it was taken out."""
        ids = [each.case_id for each in self.cases]
        return ids.index(self.case.case_id) if self.case and self.case.case_id in ids else None

    def beside(self, by: int) -> int | None:
        """The case so many places on; the first where this one was taken out."""
        at = 0 if self.place is None else self.place + by
        return self.cases[at].case_id if 0 <= at < len(self.cases) else None


def read(store: Store, session_id: int) -> Room:
    """The room as it is now; raises NotFoundError, and StoreError."""
    held, cases = store.sessions.session(session_id), store.session_cases.of(session_id)
    live = store.live.now(session_id)
    place = seat.of(session_id, live)
    case = _case(store, cases, _wanted(session_id, live, place))
    if case is None:
        return Room(held, cases, live, place, None, None, None)
    study = agenda.study_of(store, case)
    screening = blind.shown_screening(store, case.study_uid) if study else None
    measured = store.measurements.ids(case.study_uid)
    return Room(held, cases, live, place, case, study, screening, measured)


def _wanted(session_id: int, live: Presented | None, place: Seat) -> int | None:
    own: int | None = st.session_state.get(seat.own_key(session_id))
    if live is not None and (place.leads or place.follows or own is None):
        return live.case_id
    return own


def _case(store: Store, cases: tuple[SessionCase, ...], wanted: int | None) -> SessionCase | None:
    """The case that is wanted, also where it was just taken out; else the first."""
    by_id = {each.case_id: each for each in cases}
    if wanted in by_id:
        return by_id[wanted]
    if wanted is not None:
        return store.session_cases.case(wanted)
    return cases[0] if cases else None
