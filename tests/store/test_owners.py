"""Dead or busy: a process by its number and start, another machine by its silence."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from ichdash.store.owners import Process
from tests.samples import NOW


def test_this_process_runs() -> None:
    assert Process.of(os.getpid()).is_gone() is False


def test_killed_process_is_gone_even_before_its_parent_noticed() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with process:
        known = Process.of(process.pid)
        assert known.is_gone() is False
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, but not reaped
        assert known.is_gone() is True


def test_number_given_to_another_process_does_not_revive_the_first() -> None:
    here = Process.of(os.getpid())
    assert Process(here.host, here.pid, "1").is_gone() is True


def test_process_of_another_machine_is_judged_by_its_silence() -> None:
    far = Process("elsewhere", os.getpid(), "1")
    assert far.is_gone() is None
    assert not far.is_dead(NOW, NOW + timedelta(seconds=14))
    assert far.is_dead(NOW, NOW + timedelta(seconds=15))
