"""Medians of repeated runs, by the name of what ran. Seconds of the wall clock."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Collects how long named stages take; a name may come many times."""

    def __init__(self) -> None:
        self._runs: dict[str, list[float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._runs.setdefault(name, []).append(time.perf_counter() - started)

    def medians(self) -> dict[str, float]:
        """Median seconds by stage, in the order in which the stages first ran."""
        return {name: statistics.median(runs) for name, runs in self._runs.items()}
