"""The room where a session is presented: one case large, for the projector and for who follows.

The page is drawn anew only where case, presenter, decision or reveal change. What the presenter
looks at goes past the page, from browser to browser (`relay`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import streamlit as st

from ichdash.errors import NotFoundError
from ichdash.records import ScreeningRow
from ichdash.store import SessionCase, Store
from ichdash.web import parts, session, viewer
from ichdash.web.case import banner, measures, words
from ichdash.web.sessions import agenda, bar, blind, link, moves, relay, seat, subject, told
from ichdash.web.sessions.link import Link
from ichdash.web.sessions.subject import Room

CSS = Path(__file__).with_name("room.css")
VIEWER_KEY = "room viewer"
STAGE_HEIGHT = "calc(100vh - 114px)"  # what the bar, the case's line and the viewer's buttons leave
PULSE = timedelta(seconds=2)  # how often it is looked what has become of the session, untold


def show(store: Store, session_id: int) -> None:
    """The room of a session; raises NotFoundError for an unknown one, and StoreError."""
    st.html(CSS)
    room = subject.read(store, session_id)
    bar.show(room)
    with st.container():  # always there: what is said must not move the viewer
        told.show()
    if room.session.is_closed:
        st.markdown(
            f"“{parts.plain(room.session.name)}” is closed: cases and decisions are frozen. "
            "Go back to the list of cases for its minutes, or to open it again."
        )
    elif room.case is None:
        st.markdown("This session has no cases yet. Go back to its list and add some.")
    else:
        _case(store, room, room.case)
    st.fragment(_pulse, run_every=PULSE)(room)


def _case(store: Store, room: Room, case: SessionCase) -> None:
    is_hidden = session.is_identity_hidden()
    with st.container(key="room-line", horizontal=True, vertical_alignment="center"):
        _line(room, case, is_hidden)
    problem = agenda.lost(room.study, is_hidden) if room.screening is None else ""
    if case.is_removed:
        problem = (
            f"{case.removed_by} took this case out of the session meanwhile. Its note and "
            "decisions are kept. Go on with the next one, or bring it back on the list of cases."
        )
    if problem or room.study is None or room.screening is None:
        waits = "Not screened yet: its images come with the result."
        st.markdown(f"#### {parts.plain(problem or waits)}")
        return
    corner = banner.corner(room.study, is_hidden)
    try:
        scene = blind.scene(store, case, room.screening, corner, STAGE_HEIGHT)
    except NotFoundError:
        st.markdown("#### The images of this case are no longer stored. Screen the study again.")
        return
    if case.is_revealed and scene.heatmap is None:
        st.caption("The heatmap of this case is no longer stored. Screen the study again for one.")
    _picture(scene, case, room.screening)


@st.fragment
def _picture(scene: viewer.Scene, case: SessionCase, screening: ScreeningRow) -> None:
    """The viewer. Before the reveal it shows what was measured in this room alone: what readers
    measured who knew the result would tell it."""
    slices = scene.display.meta["slices"]
    place = measures.Place(VIEWER_KEY, scene.name, screening, slices, case.case_id)
    kept, fault = measures.kept(place, of_case=not case.is_revealed)
    viewer.show(
        replace(
            scene,
            measurements=kept,
            heard=measures.heard(place),
            reader=session.reader(),
        ),
        key=VIEWER_KEY,
        on_measured=partial(_measured, place, case.session_id),
    )
    measures.tell(fault)


def _measured(place: measures.Place, session_id: int) -> None:
    measures.keep(place)
    relay.relay.tell_changed(session_id)


def _line(room: Room, case: SessionCase, is_hidden: bool) -> None:
    """Whose case, its note, the result once it is revealed, and what was decided."""
    title, sub = agenda.title_of(room.study, is_hidden, session.zone())
    said = [f"**{parts.plain(title)}** :gray[{parts.plain(sub)}]"]
    if case.note:
        said.append(f"“{parts.plain(case.note)}”")
    if case.is_revealed and room.screening is not None:
        said.append(result_words(room.screening))
    if decided := agenda.decision_words(case, session.zone()):
        said.append(f"decided: **{parts.plain(decided)}**")
    st.markdown(" · ".join(filter(None, said)))


def result_words(screening: ScreeningRow) -> str:
    """The AI result in one line, as Markdown."""
    if screening.probability is None:
        return ""
    flagged = words.is_flagged(screening)
    mark = parts.mark_text(parts.Mark.FLAGGED if flagged else parts.Mark.NOT_FLAGGED)
    found = [
        f"{name} {parts.probability_text(value)}"
        for name, value in words.subtypes(screening.findings)[:3]
    ]
    number = parts.probability_text(screening.probability)
    point = screening.operating_point
    cut = f"flagged from {point.threshold:.2f}" if point else ""
    quiet = parts.plain(" · ".join(filter(None, (cut, *found))))
    return f"AI: {mark} **{parts.plain(number)}** :gray[{quiet}]"


def _pulse(seen: Room) -> None:
    """Look what became of the session; draw the page anew where it is not what it was."""
    with parts.faults_told():
        session_id = seen.session.session_id
        with session.open_store() as store:
            now = subject.read(store, session_id)
        if now.standing != seen.standing:
            st.rerun()
        key = f"link {session_id}"
        link.show(_link(now), key, on_led=partial(_led, now, key), on_seat=partial(_seat, now, key))


def _link(now: Room) -> Link:
    session_id, live, leads = now.session.session_id, now.live, now.seat.leads
    return Link(
        session_id=session_id,
        name=now.scene_name,
        leads=leads,
        follows=now.seat.follows,
        key=seat.token() if leads else relay.reading_key(session_id),
        moves=live.moves if live else 0,
        view=live.view if live else None,
    )


def _led(now: Room, key: str) -> None:
    """Keep where the presenter looks; called before the fragment runs."""
    view = moves.view_of(st.session_state[key].get("led"), now.scene_name)
    if view is None or now.case is None:
        return
    with told.kept(), session.open_store() as store:
        store.live.look_at(now.session.session_id, seat.token(), now.case.case_id, view)


def _seat(now: Room, key: str) -> None:
    """Sit again where this browser tab sat before its page was loaded again."""
    held = st.session_state[key].get("seat")
    with told.kept(), session.open_store() as store:
        store.live.hand_over(now.session.session_id, str(held), seat.token())
