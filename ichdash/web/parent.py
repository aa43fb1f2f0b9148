"""Ends the dashboard with the `serve` that started it, also where that was killed.

Left behind it would keep the port, so that the next `serve` could not start.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping

from ichdash.settings import PARENT
from ichdash.store import Process

WATCH_S = 1.0


def end_with_parent(environ: Mapping[str, str]) -> None:
    """Have this process end once the one that `environ` names, if any, is gone."""
    if PARENT in environ:
        parent = Process.of(int(environ[PARENT]))
        threading.Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()


def _end_after(parent: Process) -> None:
    while not parent.is_gone():
        time.sleep(WATCH_S)
    os.kill(os.getpid(), signal.SIGTERM)
