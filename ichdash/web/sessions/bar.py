"""The bar above the image in the room: which case, who presents, reveal, and the decision.

The keys of its widgets name session and case: what is pressed on a page that is behind never
arrives at another case.
"""

from __future__ import annotations

import streamlit as st

from ichdash.store import SessionCase, Verdict
from ichdash.web import parts, session
from ichdash.web.sessions import seat, told, way
from ichdash.web.sessions.subject import Room


def show(room: Room) -> None:
    """One line at the top of the screen."""
    held = room.session
    with st.container(
        key="room-bar", horizontal=True, vertical_alignment="center", gap="small", wrap=False
    ):
        if st.button("‹", key=f"leave {held.session_id}", help="Back to the list of cases"):
            way.to_session(held.session_id)
        _steps(room)
        if room.case is not None:
            _reveal(room, room.case)
            _decision(room.session.session_id, room.case)
        _presence(room)


def _steps(room: Room) -> None:
    number = "–" if room.place is None else room.place + 1
    _step("‹ K", "Case before", room, -1, "k")
    st.html(f'<b class="room-place">Case {number} of {len(room.cases)}</b>', width="content")
    _step("J ›", "Next case", room, 1, "j")


def _step(label: str, meaning: str, room: Room, by: int, shortcut: str) -> None:
    to = room.beside(by)
    here = room.case.case_id if room.case else 0
    st.button(
        label,
        key=f"step {by} {room.session.session_id} {here}",
        help=f"{meaning} (key {shortcut.upper()})",
        shortcut=shortcut,
        disabled=to is None or room.seat.follows,
        on_click=_turn,
        args=(room.session.session_id, to, room.seat.leads),
    )


def _turn(session_id: int, case_id: int, leads: bool) -> None:
    st.session_state[seat.own_key(session_id)] = case_id
    if not leads:
        return
    with told.acting(session_id) as store:
        if not store.live.turn_to(session_id, seat.token(), case_id):
            store.sessions.open(session_id)  # or it is told who closed it
            told.done("Another reader presents now: this turned the page on your screen alone.")
            st.session_state[seat.follow_key(session_id)] = False


def _reveal(room: Room, case: SessionCase) -> None:
    """The presenter's: what is revealed is revealed to all."""
    if not room.seat.leads or room.screening is None:
        return
    is_revealed = case.is_revealed
    st.button(
        "Hide result" if is_revealed else "Reveal",
        key=f"reveal {case.case_id} {is_revealed}",
        help="AI result, heatmap and slice scores, for all who follow (key S)",
        shortcut="s",
        type="secondary" if is_revealed else "primary",
        on_click=_set_revealed,
        args=(room.session.session_id, case.case_id, not is_revealed),
    )


def _set_revealed(session_id: int, case_id: int, is_revealed: bool) -> None:
    with told.acting(session_id) as store:
        store.sessions.open(session_id)  # or it is told who closed it
        live = store.live.now(session_id)
        if live is None or live.token != seat.token():
            told.done("Another reader presents now. Nothing was revealed or hidden; ask them to.")
            return
        store.session_cases.reveal(case_id, is_revealed, session.now())


def _decision(session_id: int, case: SessionCase) -> None:
    name = f"{case.case_id} {st.session_state.get(_counter(case.case_id), 0)}"
    with (
        st.popover("Decide", key=f"decide {name}"),  # a new one, closed, once it is recorded
        st.form(f"decision {name}", border=False),
    ):
        st.radio(
            "Decision",
            list(Verdict),
            key=f"verdict {name}",
            index=None,
            format_func=lambda each: each.value,
        )
        st.text_input("In words", key=f"decided {name}", placeholder="what, where, next step")
        st.form_submit_button(
            f"Record as {parts.plain(reader)}" if (reader := session.reader()) else "Record",
            key=f"record {name}",
            type="primary",
            on_click=_record,
            args=(session_id, case.case_id, name),
        )
        if st.session_state.pop(_undecided(case.case_id), False):
            st.caption("No decision was chosen, so none was recorded. Choose one of the four.")


def _undecided(case_id: int) -> str:
    return f"undecided {case_id}"


def _counter(case_id: int) -> str:
    return f"decisions given {case_id}"


def _record(session_id: int, case_id: int, name: str) -> None:
    """Keep what was decided; only then is the form emptied, by a new key."""
    verdict, comment = st.session_state[f"verdict {name}"], st.session_state[f"decided {name}"]
    if verdict is None:
        st.session_state[_undecided(case_id)] = True
        return
    with told.acting(session_id) as store:
        store.session_cases.decide(
            case_id, Verdict(verdict), comment.strip(), session.signature(), session.now()
        )
        st.session_state[_counter(case_id)] = st.session_state.get(_counter(case_id), 0) + 1


def _presence(room: Room) -> None:
    """Who presents, and what this screen does."""
    session_id, live = room.session.session_id, room.live
    here = room.case.case_id if room.case else 0
    if room.seat.leads:
        st.html('<span class="room-who leads">● You present</span>', width="content")
        st.button(
            "End", key=f"end {session_id}", on_click=_end, args=(session_id,), type="tertiary"
        )
        return
    name = parts.plain(live.presenter) if live else ""
    if live is None:
        words = f"Nobody presents yet; the chair is {parts.plain(room.session.chair)}"
    else:
        words = (
            f"Following **{name}**" if room.seat.follows else f"On your own; **{name}** presents"
        )
    st.markdown(words, width="content")
    if live is not None:
        label = "Look on my own" if room.seat.follows else f"Back to {name}"
        st.button(
            label,
            key=f"seat {session_id} {room.seat.follows}",
            type="tertiary" if room.seat.follows else "primary",
            on_click=_sit,
            args=(session_id, not room.seat.follows, here),
        )
    st.button(
        "Present from here",
        key=f"take {session_id}",
        type="tertiary",
        on_click=_take,
        args=(session_id,),
    )


def _sit(session_id: int, follows: bool, case_id: int) -> None:
    st.session_state[seat.follow_key(session_id)] = follows
    st.session_state[seat.own_key(session_id)] = case_id


def _take(session_id: int) -> None:
    with told.acting(session_id) as store:
        seat.take(store, session_id)


def _end(session_id: int) -> None:
    with told.acting(session_id) as store:
        store.live.end(session_id, seat.token())
