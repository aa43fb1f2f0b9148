"""The worker: claims what is queued, screens it, records the outcome, one study after another.

It beats from a thread of its own, so that the pages can tell a busy worker from a dead one, and
lives on where the model is missing: studies stay queued and its heartbeat tells why. Asked to end
(SIGTERM, SIGINT, SIGHUP) it gives its study back between two stages, or finishes it.

The web process starts one where none beats (`ensure_worker`). Such a worker outlives a rerun and
a browser, and ends by itself once the web process is gone and nothing is queued.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ichdash.domain import NotScreened
from ichdash.errors import (
    ClaimLostError,
    FaultError,
    IchdashError,
    ModelError,
    SettingsError,
    StoreError,
)
from ichdash.registry import active_card
from ichdash.screening import READ_AS_USUAL, Detector, OnStage, recorded, screen_claimed
from ichdash.serve import StopSignal, as_environ
from ichdash.settings import ROOT, Settings
from ichdash.store import Claim, Heart, Process, Store, locked

log = logging.getLogger(__name__)

POLL_S = 0.5
RETRY_S = 15.0  # until a model or a disk that failed is tried again

Load = Callable[[Settings], Detector]


def load_detector(settings: Settings) -> Detector:
    """The active detector; raises ModelError."""
    # Torch takes seconds to import: the worker beats first, and the web process never pays.
    from ichdash.model.detector import Detector as Network  # noqa: PLC0415

    return Network.load(active_card(settings), settings.engine)


def run(
    settings: Settings,
    stop: Callable[[], bool] | None = None,
    *,
    load: Load = load_detector,
    on_stage: OnStage | None = None,
    owner: str | None = None,
    parent: int | None = None,
) -> None:
    """Screen until `stop` says so (a signal to end where it is None).

    With a `parent` process it also ends once that is gone and nothing is queued. Raises
    StoreError where the store cannot be opened at all.
    """
    stop = StopSignal().__bool__ if stop is None else stop
    owner = owner or f"worker-{secrets.token_hex(8)}"
    watched = None if parent is None else Process.of(parent)
    with Store.open(settings.data_dir) as store, Heart(settings.data_dir, owner, now) as heart:
        store.files.sweep(now())
        shift = _Shift(settings, store, heart, stop, load, on_stage)
        while not stop():
            if shift.screen_next():
                continue
            if watched is not None and watched.is_gone():
                break
            time.sleep(POLL_S)


def now() -> datetime:
    return datetime.now(UTC)


class _Stopping(BaseException):
    """The worker was asked to end between two stages; no fault, so no `except Exception` has it."""


@dataclass
class _Shift:
    """One worker's turn at the queue."""

    settings: Settings
    store: Store
    heart: Heart
    stop: Callable[[], bool]
    load: Load
    on_stage: OnStage | None
    detector: Detector | None = None
    loaded: tuple[Path, float] | None = None  # the card, and when it was changed
    retry_at: float = 0.0  # monotonic seconds

    def screen_next(self) -> bool:
        """Screen one queued study; False where there was none, or no way to."""
        if time.monotonic() < self.retry_at:
            return False
        try:
            was_busy = self._screen_one()
        except (ModelError, StoreError) as error:
            return self._pause(str(error))
        except FaultError as fault:
            return self._pause(f"{fault} Studies wait.")
        if was_busy or self.retry_at:
            self.heart.tell()  # neither busy nor in trouble any more
        self.retry_at = 0.0
        return was_busy

    def _screen_one(self) -> bool:
        """Claim a study and screen it; False where none is queued. Raises what stops them all."""
        with recorded("No study"):
            detector = self._ready_detector()
            self.store.queue_quiet(now())
            claim = self.store.claim(self.heart.owner, now())
        if claim is None:
            return False
        self.heart.tell(study_uid=claim.study_uid)
        try:
            self._screen(claim, detector)
        except ClaimLostError as error:
            log.warning("%s", error)
        return True

    def _pause(self, problem: str) -> bool:
        log.error("%s", problem)
        self.heart.tell(problem=problem)
        self.retry_at = time.monotonic() + RETRY_S
        return False

    def _ready_detector(self) -> Detector:
        """The detector, loaded again where another is active or its card has changed.

        Raises ModelError.
        """
        card = active_card(self.settings)
        wanted = card, card.stat().st_mtime if card.exists() else 0.0
        if self.detector is None or wanted != self.loaded:
            self.detector = None
            self.detector = self.load(replace(self.settings, model=card))
            self.loaded = wanted
        return self.detector

    def _screen(self, claim: Claim, detector: Detector) -> None:
        try:
            with recorded(f"Study {claim.study_uid}"):
                screen_claimed(
                    self.store, detector, claim, now, self._stage, slab_mm=self.settings.slab_mm
                )
        except _Stopping:
            self.store.release(claim)
        except FaultError as fault:
            self._give_up(claim, fault)

    def _stage(self, stage: str) -> None:
        if self.on_stage is not None:
            self.on_stage(stage)
        if stage in {"claimed", "read"} and self.stop():
            raise _Stopping

    def _give_up(self, claim: Claim, fault: FaultError) -> None:
        reason = f"{fault} Kept, not screened. {READ_AS_USUAL}"
        self.store.record(NotScreened(claim.study_uid, reason), claim, now())


def ensure_worker(settings: Settings) -> bool:
    """Start a worker for this process where none beats; whether one was started.

    Raises StoreError. Several sessions and processes may ask at once: one of them starts it.
    """
    with Store.open(settings.data_dir) as store, locked(settings.data_dir / "worker.lock"):
        if any(worker.is_alive for worker in store.workers(now())):
            return False
        owner = f"worker-{secrets.token_hex(8)}"
        process = _start(settings, owner)
        store.beat(owner, now(), pid=process.pid)  # in its name, until it beats itself
    # Somebody must wait for it to end, or it stays a zombie as long as this process lives.
    threading.Thread(target=process.wait, name="worker's end", daemon=True).start()
    return True


def _start(settings: Settings, owner: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ichdash.worker", "--owner", owner]
    with (settings.data_dir / "worker.log").open("ab") as output:
        return subprocess.Popen(
            [*command, "--parent", str(os.getpid())],
            cwd=ROOT,
            env={**os.environ, **as_environ(settings)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def main(args: Sequence[str] | None = None) -> int:
    """What `ensure_worker` starts; people use `python -m ichdash worker`."""
    parser = argparse.ArgumentParser(prog="ichdash.worker", description=__doc__)
    parser.add_argument("--owner", help="the name that it beats under")
    parser.add_argument("--parent", type=int, help="the process that it works for")
    given = parser.parse_args(args)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        settings = Settings.from_environ(os.environ)
        logging.getLogger().setLevel(settings.log_level.upper())
        run(settings, owner=given.owner, parent=given.parent)
    except IchdashError as error:
        log.error("%s", error)
        return 2 if isinstance(error, SettingsError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
