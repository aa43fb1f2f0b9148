"""The dashboard's entry, `app.py`, makes up for what Streamlit loses, before it serves anything."""

from __future__ import annotations

import os
import subprocess
import sys

from ichdash.settings import ROOT

CODE = """
import app
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
print(ForwardMsgQueue.clear.__module__, AppSession.request_rerun.__module__)
"""


def test_the_server_keeps_what_is_chosen_and_clicked() -> None:
    told = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["ichdash.web.whole_runs", "ichdash.web.fragment_clicks"]
