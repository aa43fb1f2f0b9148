"""What a whole run has drawn reaches the browser, though a fragment runs before it is sent."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from ichdash.web import whole_runs

FORM = "the form"


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)  # as it was, afterwards
    whole_runs.keep()


def drawn(place: int, fragment: str = "", text: str = "whole") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path[:] = [0, place]
    message.delta.fragment_id = fragment
    message.delta.new_element.markdown.body = text
    return message


def finished(status: ForwardMsg.ScriptFinishedStatus.ValueType) -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = status
    return message


def queue_of(*messages: ForwardMsg) -> ForwardMsgQueue:
    queue = ForwardMsgQueue()
    for message in messages:
        queue.enqueue(message)
    return queue


def test_a_fragment_drops_nothing_of_a_whole_run_that_is_told_to_be_finished() -> None:
    queue = queue_of(drawn(0), drawn(1, FORM), finished(ForwardMsg.FINISHED_SUCCESSFULLY))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=[FORM])
    queue.enqueue(drawn(1, FORM, "again"))
    sent = queue.flush()
    assert [m.WhichOneof("type") for m in sent] == ["delta", "delta", "script_finished", "delta"]
    assert [sent[i].delta.new_element.markdown.body for i in (1, 3)] == ["whole", "again"]
    assert sent[2].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


@pytest.mark.parametrize("fragments", [[FORM], None])
def test_a_run_that_was_broken_off_is_cleared_as_ever(fragments: list[str] | None) -> None:
    queue = queue_of(drawn(1, FORM), finished(ForwardMsg.FINISHED_EARLY_FOR_RERUN))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    assert [m.WhichOneof("type") for m in queue.flush()] == ["script_finished"]


def test_the_next_whole_run_clears_as_ever() -> None:
    queue = queue_of(drawn(0), finished(ForwardMsg.FINISHED_SUCCESSFULLY))
    queue.clear(retain_lifecycle_msgs=True)
    (told,) = queue.flush()
    assert told.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
    queue = queue_of(drawn(0))
    queue.clear()
    assert queue.is_empty()
