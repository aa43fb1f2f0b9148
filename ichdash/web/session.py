"""What every page needs from outside, in one place: settings, store, detector, worker, reader.

An SQLite connection belongs to one thread, so a store is opened for each rerun; the detector is
large and read-only, so it is loaded once for the whole process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from ichdash.errors import ModelError, NamelessError
from ichdash.lessons import LONGEST
from ichdash.model.card import ModelCard
from ichdash.registry import active_card
from ichdash.settings import Settings
from ichdash.store import Store
from ichdash.worker import ensure_worker

if TYPE_CHECKING:
    from ichdash.model.detector import Detector

READER_KEY, _KEPT_NAME_KEY = "reader", "kept name"
HIDE_IDENTITY_KEY = "hide"
VIEW, PRESENT = "view", "present"  # in the address of a room where a session is presented
LEARNER, _BEGUN_KEY = "learner", "learner of the quiz begun"
_ENTERED_KEY = "entered a room"
NO_NAME = "No name is given, so nothing was kept. Type yours at the top right, then do it again."
WORKER_CHECK = timedelta(seconds=20)


def page_path(name: str) -> str:
    """A page as `st.switch_page` and `st.page_link` want it: "worklist", "upload", "case"."""
    return f"ichdash/pages/{name}.py"


def now() -> datetime:
    """The present in UTC: the clock that the store is given."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    """The time zone of the reader's browser; UTC where it names none that is known here."""
    return zone_named(st.context.timezone)


def zone_named(name: str | None) -> ZoneInfo:
    """A time zone by a name that came from outside."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown, not a name, or a folder's name
        return ZoneInfo("UTC")


def settings() -> Settings:
    """Settings of this process; raises SettingsError naming variable, value and need."""
    return Settings.from_environ(os.environ)


@contextmanager
def open_store() -> Iterator[Store]:
    """A store for this rerun or fragment; raises StoreError when the data folder is unusable."""
    with Store.open(settings().data_dir) as store:
        yield store


def card() -> ModelCard:
    """The active model's card; raises ModelError with the sentence to show."""
    path = active_card(settings())
    return _card(path, _changed_at(path))


def card_or_none() -> ModelCard | None:
    """The active model's card; None where it is broken: results stay, the model page says why."""
    try:
        return card()
    except ModelError:
        return None


def detector() -> Detector:
    """The active detector, loaded once a process; raises ModelError with the sentence to show."""
    path = active_card(settings())
    return _detector(path, settings().engine, _changed_at(path))


def _changed_at(path: Path) -> float:
    """A new card on disk is a new cache entry, so that a repaired model needs no restart."""
    return path.stat().st_mtime if path.exists() else 0.0


@st.cache_resource(show_spinner=False)
def _card(path: Path, changed_at: float) -> ModelCard:
    return ModelCard.load(path)


@st.cache_resource(show_spinner="Loading the model", max_entries=1)
def _detector(path: Path, engine: str, changed_at: float) -> Detector:
    # torch takes seconds to import, and few pages need it
    from ichdash.model.detector import Detector  # noqa: PLC0415

    return Detector.load(path, engine)


def start_worker() -> None:
    """Start a worker where none beats; asked for by every rerun, looked at now and then."""
    _start_worker(settings())


@st.cache_resource(show_spinner=False, ttl=WORKER_CHECK)
def _start_worker(settings: Settings) -> None:
    ensure_worker(settings)


def reader() -> str:
    """Who reads in this browser tab, kept for the session; empty where no name was given, which is
    nobody's: whoever only looks needs none."""
    typed = cast(str, st.session_state.get(READER_KEY, "")).strip()
    return typed or cast(str, st.session_state.get(_KEPT_NAME_KEY, ""))


def keep_name(name: str) -> None:
    """The name that the tab remembers."""
    st.session_state[_KEPT_NAME_KEY] = name[: LONGEST["name"]].strip()


def recall_name() -> None:
    """Fill the field with the name that the tab remembers; before it is drawn.

    That one is replaced, never emptied: a browser that had not yet heard of it when something else
    on the page changed tells an empty field, too.
    """
    if name := st.session_state.pop(_BEGUN_KEY, "") or reader():
        st.session_state[READER_KEY] = name
        if _KEPT_NAME_KEY in st.session_state:
            st.session_state[_KEPT_NAME_KEY] = name


def signature() -> str:
    """The name that something is kept under; raises NamelessError where none was given, since two
    people must not share one without knowing it."""
    if not (name := reader()):
        raise NamelessError(NO_NAME)
    return name


def learner() -> str:
    """Who began the quiz that the address names; empty where nobody did."""
    return " ".join(st.query_params.get(LEARNER, "").split())[: LONGEST["name"]]


def begin_as(name: str) -> None:
    """Whoever begins a quiz is the reader from the next run on; the address alone names nobody."""
    st.session_state[_BEGUN_KEY] = name


def is_identity_hidden() -> bool:
    """Whether names, IDs and dates of birth are hidden in this browser tab."""
    return bool(st.session_state.get(HIDE_IDENTITY_KEY, False))


def recall_hidden_identity() -> None:
    """Take the identity switch from the address, once a session; before the switch is drawn.

    Whoever enters a room where cases are presented enters it with the switch on.
    """
    is_asked = st.query_params.get(HIDE_IDENTITY_KEY) == "true"
    st.session_state.setdefault(HIDE_IDENTITY_KEY, is_asked)
    is_room = st.query_params.get(VIEW) == PRESENT
    if is_room and not st.session_state.get(_ENTERED_KEY):
        st.session_state[HIDE_IDENTITY_KEY] = True
    st.session_state[_ENTERED_KEY] = is_room


def remember_hidden_identity() -> None:
    """Keep the switch in the address of every page: loading it again must not show a name."""
    if is_identity_hidden():
        if st.query_params.get(HIDE_IDENTITY_KEY) != "true":
            st.query_params[HIDE_IDENTITY_KEY] = "true"
    elif HIDE_IDENTITY_KEY in st.query_params:
        del st.query_params[HIDE_IDENTITY_KEY]


def open_case(study_uid: str) -> NoReturn:
    """Go to the case page of a study, with identity hidden there too where it is here."""
    query = {HIDE_IDENTITY_KEY: "true"} if is_identity_hidden() else {}
    st.switch_page(page_path("case"), query_params=query | {"study": study_uid})
