"""The worker: claims what is queued, screens it, records the outcome, one study after another.

It beats from a thread of its own, so that the pages can tell a busy worker from a dead one, and
lives on where the model is missing: studies stay queued and its heartbeat tells why. Asked to end
(SIGTERM, SIGINT) it gives its study back between two stages, or finishes it.

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
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ichdash.domain import NotScreened
from ichdash.errors import ClaimLostError, ModelError, StoreError
from ichdash.screening import Detector, OnStage, screen_claimed
from ichdash.serve import StopSignal, as_environ
from ichdash.settings import ROOT, Settings
from ichdash.store import Claim, Process, Store, locked

log = logging.getLogger(__name__)

POLL_S = 0.5
BEAT_S = 3.0
RETRY_S = 15.0  # until a model or a disk that failed is tried again

Load = Callable[[Settings], Detector]


def load_detector(settings: Settings) -> Detector:
    """The active detector; raises ModelError."""
    # Torch takes seconds to import: the worker beats first, and the web process never pays.
    from ichdash.model.detector import Detector as Network  # noqa: PLC0415

    return Network.load(settings.model, settings.engine)


def run(
    settings: Settings,
    stop: Callable[[], bool] | None = None,
    *,
    load: Load = load_detector,
    on_stage: OnStage | None = None,
    owner: str | None = None,
    parent: int | None = None,
) -> None:
    """Screen until `stop` says so (SIGTERM or SIGINT where it is None).

    With a `parent` process it also ends once that is gone and nothing is queued. Raises
    StoreError where the store cannot be opened at all.
    """
    stop = StopSignal().__bool__ if stop is None else stop
    owner = owner or f"worker-{secrets.token_hex(8)}"
    watched = None if parent is None else Process.of(parent)
    with Store.open(settings.data_dir) as store, _Heart(settings.data_dir, owner) as heart:
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


class _Heart:
    """Beats from its own thread and with its own store, however long a stage takes."""

    def __init__(self, data_dir: Path, owner: str) -> None:
        self.owner = owner
        self._data_dir = data_dir
        self._told: dict[str, str | None] = {}
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._beat_until_ended, name="heart", daemon=True)

    def __enter__(self) -> Self:
        self._beat()  # before the first claim: one without a heartbeat would be taken back
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ended = True
        self._wake.set()
        self._thread.join()
        with Store.open(self._data_dir) as store:
            store.sign_off(self.owner)

    def tell(
        self, study_uid: str | None = None, model_id: str | None = None, problem: str = ""
    ) -> None:
        """What the next heartbeat, which comes at once, says of the worker."""
        self._told = {"study_uid": study_uid, "model_id": model_id, "problem": problem}
        self._wake.set()

    def _beat_until_ended(self) -> None:
        while not self._ended:
            self._wake.wait(BEAT_S)
            self._wake.clear()
            try:
                self._beat()
            except StoreError as error:
                log.warning("No heartbeat: %s", error)

    def _beat(self) -> None:
        with Store.open(self._data_dir) as store:
            told = self._told
            store.beat(
                self.owner,
                now(),
                study_uid=told.get("study_uid"),
                model_id=told.get("model_id"),
                problem=told.get("problem") or "",
            )


@dataclass
class _Shift:
    """One worker's turn at the queue."""

    settings: Settings
    store: Store
    heart: _Heart
    stop: Callable[[], bool]
    load: Load
    on_stage: OnStage | None
    detector: Detector | None = None
    card_changed_at: float = 0.0
    retry_at: float = 0.0  # monotonic seconds

    def screen_next(self) -> bool:
        """Screen one queued study; False where there was none, or no way to."""
        if time.monotonic() < self.retry_at:
            return False
        try:
            detector = self._ready_detector()
            self.store.queue_quiet(now())
            claim = self.store.claim(self.heart.owner, now())
            if claim is not None:
                self._screen(claim, detector)
        except (ModelError, StoreError) as error:
            log.error("%s", error)
            self.heart.tell(problem=str(error))
            self.retry_at = time.monotonic() + RETRY_S
            return False
        return claim is not None

    def _ready_detector(self) -> Detector:
        """The detector, loaded again where its card has changed; raises ModelError."""
        card = self.settings.model
        changed_at = card.stat().st_mtime if card.exists() else 0.0
        if self.detector is None or changed_at != self.card_changed_at:
            self.detector = None
            self.detector = self.load(self.settings)
            self.card_changed_at = changed_at
            self.heart.tell()
        return self.detector

    def _screen(self, claim: Claim, detector: Detector) -> None:
        self.heart.tell(study_uid=claim.study_uid)
        try:
            screen_claimed(self.store, detector, claim, now, self._stage)
        except _Stopping:
            self.store.release(claim)
        except ClaimLostError as error:
            log.warning("%s", error)
        except (ModelError, StoreError):
            raise
        except Exception as fault:  # noqa: BLE001 - one study's fault must not end the worker
            self._record_fault(claim, fault)
        self.heart.tell()

    def _stage(self, stage: str) -> None:
        if self.on_stage is not None:
            self.on_stage(stage)
        if stage in {"claimed", "read"} and self.stop():
            raise _Stopping

    def _record_fault(self, claim: Claim, fault: Exception) -> None:
        """Where and what class of fault goes to the log; its message may quote a header."""
        reference = secrets.token_hex(4)
        where = "".join(traceback.format_tb(fault.__traceback__))
        kind = type(fault).__name__
        log.error("Study %s, fault %s: %s at\n%s", claim.study_uid, reference, kind, where)
        reason = (
            f"Internal fault, reference {reference}. Kept, not screened. Read the images as "
            "usual, and give the reference to who runs ichdash."
        )
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
    settings = Settings.from_environ(os.environ)
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(message)s")
    run(settings, owner=given.owner, parent=given.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
