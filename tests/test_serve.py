"""Supervision: a process that dies comes back, and all of them end with serve."""

import errno
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ichdash import worker
from ichdash.errors import SettingsError
from ichdash.serve import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    STEADY_AFTER_S,
    Child,
    StopSignal,
    answers,
    as_environ,
    check_port_is_free,
    children,
    serve,
    url,
    web_command,
)
from ichdash.settings import PARENT, ROOT, Settings
from ichdash.store import Store
from tests.test_worker import wait_until

SLEEPS = [sys.executable, "-c", "import time; time.sleep(60)"]
DIES = [sys.executable, "-c", "raise SystemExit(3)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, sys, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " pathlib.Path(sys.argv[1]).touch(); time.sleep(60)",
]


@pytest.fixture
def made() -> Iterator[list[Child]]:
    kept: list[Child] = []
    yield kept
    for child in kept:
        child.wait(deadline=0.0)


def child(made: list[Child], command: list[str]) -> Child:
    made.append(Child("worker 1", command, {}))
    made[-1].start(now=0.0)
    return made[-1]


def until_noticed(dying: Child, now: float, caplog: pytest.LogCaptureFixture) -> str:
    """Look after the child at `now` until its end is seen; the line that was logged."""
    caplog.clear()
    deadline = time.monotonic() + 20
    while not caplog.messages and time.monotonic() < deadline:
        dying.look_after(now)
    return caplog.messages[0]


def test_a_child_that_died_is_started_again_after_a_pause(
    made: list[Child], caplog: pytest.LogCaptureFixture
) -> None:
    dying = child(made, DIES)
    first = dying.pid
    assert until_noticed(dying, 5.0, caplog) == (
        "Worker 1 ended with status 3; starting it again in 1 s."
    )
    dying.look_after(5.0 + FIRST_PAUSE_S / 2)
    assert dying.pid == first
    dying.look_after(5.0 + FIRST_PAUSE_S)
    assert dying.pid != first


def test_the_pause_grows_with_every_quick_death_up_to_a_limit(
    made: list[Child], caplog: pytest.LogCaptureFixture
) -> None:
    dying, now, pauses = child(made, DIES), 0.0, []
    for _ in range(7):
        pauses.append(until_noticed(dying, now, caplog).rpartition(" in ")[2])
        now += LONGEST_PAUSE_S
        dying.look_after(now)
    assert pauses == ["1 s.", "2 s.", "4 s.", "8 s.", "16 s.", "30 s.", "30 s."]


def test_a_child_that_lived_long_starts_again_at_once(
    made: list[Child], caplog: pytest.LogCaptureFixture
) -> None:
    dying = child(made, DIES)
    until_noticed(dying, 0.0, caplog)
    dying.look_after(1.0)
    assert until_noticed(dying, 1.0 + STEADY_AFTER_S, caplog).endswith("again in 1 s.")


def test_a_living_child_is_left_alone(made: list[Child]) -> None:
    living = child(made, SLEEPS)
    first = living.pid
    living.look_after(1000.0)
    assert living.pid == first


def test_a_child_that_will_not_end_is_killed(
    made: list[Child], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    deaf = child(made, [*DEAF, str(tmp_path / "is deaf")])
    while not (tmp_path / "is deaf").exists():
        time.sleep(0.01)
    deaf.ask_to_end()
    deaf.wait(deadline=time.monotonic() + 0.1)
    assert caplog.messages == ["Worker 1 did not end when asked and was killed."]
    assert deaf.pid is not None
    assert not Path(f"/proc/{deaf.pid}").exists()


def test_a_child_ends_when_asked(made: list[Child], caplog: pytest.LogCaptureFixture) -> None:
    living = child(made, SLEEPS)
    living.ask_to_end()
    living.wait(deadline=time.monotonic() + 20)
    assert caplog.messages == []


def test_a_port_in_use_is_refused_with_the_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            check_port_is_free("127.0.0.1", port)
    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 cannot be listened on (address already in use). Nothing was "
        "started. End the program that uses it, or set ICHDASH_PORT and ICHDASH_HOST to others."
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"Port 8501 on 192\.0\.2\.1 cannot be listened on"):
        check_port_is_free("192.0.2.1", 8501)


def test_a_free_port_is_accepted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    check_port_is_free("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8501"),
        ("0.0.0.0", "http://127.0.0.1:8501"),
        ("::", "http://127.0.0.1:8501"),
        ("::1", "http://[::1]:8501"),
        ("triage.example.org", "http://triage.example.org:8501"),
    ],
)
def test_the_address_shown_can_be_opened_in_a_browser(host: str, shown: str) -> None:
    assert url(Settings(host=host)) == shown


def test_children_read_the_settings_that_were_checked(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=9000, workers=3, upload_limit_mb=5)
    assert Settings.from_environ(as_environ(settings)) == settings


def test_naming_the_parent_is_no_setting() -> None:
    assert Settings.from_environ({PARENT: "1"}) == Settings()


def test_there_is_one_dashboard_and_as_many_workers_as_set() -> None:
    names = [each.name for each in children(Settings(workers=2), {})]
    assert names == ["worker 1", "worker 2", "dashboard"]


def test_streamlit_gets_address_port_and_upload_limit() -> None:
    command = web_command(Settings(host="0.0.0.0", port=9000, upload_limit_mb=5))
    assert {"--server.address=0.0.0.0", "--server.port=9000", "--server.maxUploadSize=5"} <= set(
        command
    )
    told = subprocess.run([*command[:3], "run", "--help"], capture_output=True, check=True)
    for flag in command[5:]:
        assert flag.partition("=")[0] in told.stdout.decode()


def asked_to_end_by_a_closed_terminal(before: str = "pass") -> str:
    code = (
        f"import os, signal; from ichdash.serve import StopSignal; {before}; stop = StopSignal();"
        "os.kill(os.getpid(), signal.SIGHUP); print(bool(stop))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


def test_a_closed_terminal_asks_to_end_except_under_nohup() -> None:
    assert asked_to_end_by_a_closed_terminal() == "True"
    nohup = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    assert asked_to_end_by_a_closed_terminal(nohup) == "False"


def test_children_end_where_nobody_hears_that_they_do(tmp_path: Path) -> None:
    """As when the terminal was closed."""

    def say(line: str) -> None:
        if line.startswith("Ending"):
            raise OSError(errno.EIO, "Input/output error")

    class AtOnce(StopSignal):
        def __init__(self) -> None:
            """No signal is caught."""

        def __bool__(self) -> bool:
            return True

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings(data_dir=tmp_path, model=tmp_path / "none.json", port=port)
    before = set(children_of(os.getpid()))
    serve(settings, say, AtOnce())
    assert set(children_of(os.getpid())) == before


def children_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_dashboard_and_worker_end_where_the_process_that_started_them_is_killed(
    tmp_path: Path,
) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from ichdash import serve;"
        "from ichdash.settings import Settings; from ichdash.store import Store;"
        "data = Path(sys.argv[1]);"
        "settings = Settings(data_dir=data, model=data / 'none.json', port=int(sys.argv[2]));"
        "environ = {**os.environ, **serve.as_environ(settings)};"
        "[child.start(0.0) for child in serve.children(settings, environ)];"
        "print('started', flush=True); time.sleep(300)"
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    command = [sys.executable, "-c", code, str(tmp_path), str(port)]
    health = f"http://127.0.0.1:{port}/_stcore/health"
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as parent,
        Store.open(tmp_path) as store,
    ):
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"started\n"
            wait_until(lambda: answers(health) and bool(store.workers(worker.now())), 60)
        finally:
            parent.kill()
        wait_until(lambda: not answers(health) and not store.workers(worker.now()), 60)
