"""The heartbeat: tells the pages, and other workers, that a worker lives and what it is at."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ichdash.errors import StoreError
from ichdash.store.store import Store

log = logging.getLogger(__name__)

BEAT_S = 3.0


class Heart:
    """Beats from its own thread and with its own store, however long the worker is busy.

    The first beat is there on entering: a claim without one would be taken back. On leaving, the
    worker has signed off. Both raise StoreError; in between a missed beat is only logged.
    """

    def __init__(self, data_dir: Path, owner: str, clock: Callable[[], datetime]) -> None:
        self.owner = owner
        self._data_dir = data_dir
        self._clock = clock
        self._study_uid: str | None = None
        self._problem = ""
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._beat_until_ended, name="heart", daemon=True)

    def __enter__(self) -> Self:
        self._beat()
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

    def tell(self, study_uid: str | None = None, problem: str = "") -> None:
        """What the next heartbeat, which comes at once, says of the worker."""
        self._study_uid, self._problem = study_uid, problem
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
            study_uid, problem = self._study_uid, self._problem
            store.beat(self.owner, self._clock(), study_uid=study_uid, problem=problem)
