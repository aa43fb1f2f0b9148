"""Who a worker is, and whether it still runs.

On one machine a killed process is known at once; from another machine only its silence tells.
A process is named by its number and its start, since numbers are given out again.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

SILENT_S = 15.0
"""A worker on another machine that was silent for so long is taken for dead."""
HUNG_S = 120.0
"""One on this machine that still exists is given longer: the machine may only be busy."""


@dataclass(frozen=True)
class Process:
    """A process of one machine, as it can be found again later."""

    host: str
    pid: int
    mark: str  # differs between two processes that had the same number; empty where unknown

    @classmethod
    def of(cls, pid: int) -> Process:
        return cls(_host(), pid, _mark(pid) or "")

    def is_gone(self) -> bool | None:
        """Whether it ended; None where that cannot be seen from here."""
        if self.host != _host():
            return None
        mark = _mark(self.pid)
        return mark is None or self.mark not in ("", mark)

    def is_dead(self, beat_at: datetime, now: datetime) -> bool:
        """Whether what it had claimed may be taken again."""
        gone = self.is_gone()
        patience_s = SILENT_S if gone is None else HUNG_S
        return gone is True or now - beat_at >= timedelta(seconds=patience_s)


def _host() -> str:
    """This machine; containers that share a name differ by the namespace of their processes."""
    namespace = Path("/proc/self/ns/pid")
    return f"{platform.node()}/{namespace.readlink() if namespace.is_symlink() else ''}"


def _mark(pid: int) -> str | None:
    """When process `pid` started, in ticks since the machine did; None where none runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # it runs, as somebody else
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()  # the name before it may hold anything
    is_zombie = fields[0] == "Z"
    return None if is_zombie else fields[19]
