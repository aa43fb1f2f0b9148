"""What readers measure, kept with the study: on the case page and in a session's room."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from ichdash.errors import IchdashError, NamelessError
from ichdash.records import Measurement, ScreeningRow
from ichdash.web import parts, session
from ichdash.web.case import second
from ichdash.web.viewer import measured


@dataclass(frozen=True)
class Place:
    """Where something is measured: in one viewer, on the series that a screening shows."""

    viewer_key: str
    scene_name: str
    screening: ScreeningRow
    slices: int
    case_id: int | None = None  # of the session in whose room it is measured

    @property
    def series(self) -> tuple[str, str, int]:
        return self.screening.study_uid, self.screening.series_uid or "", self.slices

    @property
    def fault_key(self) -> str:
        return f"measured fault {self.screening.screening_id}"

    @property
    def heard_key(self) -> str:
        return f"measured and heard {self.scene_name}"


_UNSIGNED_KEY = "measured without a name"
UNSIGNED = (
    "Measured, but not kept yet, since no name is given. Type yours at the top right, and it is."
)


def tell(fault: str) -> None:
    """What kept something measured from being stored or read, below the image."""
    if fault == UNSIGNED:
        st.caption(fault)
    elif fault:
        parts.fault(fault)


def keep(place: Place) -> None:
    """Keep what the viewer tells; called before the page, also where the reader goes on at once."""
    told = st.session_state.get(place.viewer_key, {}).get("measured")
    st.session_state[place.fault_key] = _fault_in_storing(place, told)


def _fault_in_storing(place: Place, told: object) -> str:
    """Store what was told of a place; what kept it from being stored, empty where nothing did."""
    try:
        now = session.now()
        changes = measured.changes(told, place.scene_name, place.slices, session.signature, now)
        with session.open_store() as store:
            store.measurements.add(*place.series, changes.added, place.case_id)
            for measure_id, remover in changes.removed:
                store.measurements.remove(place.screening.study_uid, measure_id, remover, now)
        st.session_state[place.heard_key] = changes.marks
    except NamelessError:
        st.session_state.setdefault(_UNSIGNED_KEY, {})[place.scene_name] = place, told
        return UNSIGNED
    except IchdashError as error:
        return f"Measured, but not kept. {error}"
    return ""


def _sign() -> None:
    """Store what was measured before a name was given, on studies that were left since, too."""
    waiting = st.session_state.pop(_UNSIGNED_KEY, {}) if session.reader() else {}
    for place, told in waiting.values():
        st.session_state[place.fault_key] = _fault_in_storing(place, told)


def heard(place: Place) -> tuple[str, ...]:
    """Marks of what the viewer told last and is kept: it need not tell that again."""
    marks: tuple[str, ...] = st.session_state.get(place.heard_key, ())
    return marks


def kept(place: Place, *, of_case: bool = False) -> tuple[tuple[Measurement, ...], str]:
    """What was measured on the series so far, or in the room alone, and what kept it from being
    stored or read. What could not be stored before is tried again, as once a name is given."""
    _sign()
    if st.session_state.get(place.fault_key):
        keep(place)
    try:
        with session.open_store() as store:
            found = second.measurements(
                store,
                place.screening,
                place.slices,
                session.reader(),
                place.case_id if of_case else None,
            )
    except IchdashError as error:
        return (), str(error)
    return found, st.session_state.get(place.fault_key, "")
