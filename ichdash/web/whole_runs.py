"""Keeps what a run of the whole page has drawn, where a fragment runs before it was sent.

Streamlit drops from a session's outgoing queue whatever the fragment is about to draw again, yet
still tells the browser that the whole page has been drawn. The browser then takes the fragment's
widgets for gone and forgets what was chosen in them; drawn again a moment later they are empty. So
a click beside a fragment, and one in it right afterwards, could undo the second on a busy server.
Seen with Streamlit 1.67. With this such a queue is sent as it is, in its order.
"""

from __future__ import annotations

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def _tells_of_a_whole_run(queue: ForwardMsgQueue) -> bool:
    return any(
        message.WhichOneof("type") == "script_finished"
        and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        for message in queue._queue
    )


def _clear_unless_whole(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if fragment_ids_this_run is None or not _tells_of_a_whole_run(queue):
        _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        return
    queue._delta_index_map = {}  # what comes now is added, and takes no earlier message's place


def keep() -> None:
    """Have every session of this server do so; again does no harm."""
    ForwardMsgQueue.clear = _clear_unless_whole  # type: ignore[assignment,method-assign]
