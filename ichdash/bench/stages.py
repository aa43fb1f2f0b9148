"""Times one study from its files to the stored result, in a process of its own.

`python -m ichdash.bench.stages FOLDER DATA` prints one JSON object. The process holds what a
worker holds (detector, store, one study at a time), so its peak memory is a worker's.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ichdash.bench.timing import Stopwatch
from ichdash.dicom.geometry import load_volume
from ichdash.dicom.reading import Study, read
from ichdash.dicom.selection import select
from ichdash.domain import Volume
from ichdash.errors import IchdashError, InputError
from ichdash.imaging import display, preprocess
from ichdash.imaging.head import why_not_a_head
from ichdash.intake import take_in
from ichdash.screening import screen_claimed
from ichdash.store import Store

if TYPE_CHECKING:  # loaded where its import is timed
    from ichdash.model.detector import Detector

OWNER = "bench"
WHOLE = "read to stored result"


def main(args: Sequence[str] | None = None) -> int:
    """What `ichdash.bench.report` starts as a process of its own."""
    parser = argparse.ArgumentParser(prog="ichdash.bench.stages", description=__doc__)
    parser.add_argument("folder", type=Path, help="one study as DICOM")
    parser.add_argument("data", type=Path, help="data folder to store it in")
    parser.add_argument("--model", type=Path, required=True, help="model card")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args(args)
    try:
        found = measure(given.folder, given.data, given.model, given.engine, given.repeat)
    except IchdashError as error:
        found = {"error": str(error)}
    json.dump(found, sys.stdout)
    return 0


def measure(folder: Path, data: Path, card: Path, engine: str, repeat: int) -> dict[str, Any]:
    """Median seconds by stage, the engine, peak memory in MB, bytes that the viewer gets."""
    watch = Stopwatch()
    detector = _load(card, engine, watch)
    with Store.open(data) as store:
        study_uid = _take_in(folder, store, watch)
        _warm_up(folder, detector)
        for _ in range(repeat):
            shown_bytes = _stage_by_stage(folder, detector, watch)
            _whole(study_uid, store, detector, watch)
    return {
        "engine": detector.engine.name,
        "seconds": watch.medians(),
        "peak_memory_mb": _peak_memory_mb(),
        "display_bytes": shown_bytes,
    }


def _load(card: Path, engine: str, watch: Stopwatch) -> Detector:
    with watch.stage("import libraries"):
        from ichdash.model.detector import Detector  # torch takes seconds: timed here
    with watch.stage("load the model"):
        return Detector.load(card, engine)


def _take_in(folder: Path, store: Store, watch: Stopwatch) -> str:
    with watch.stage("take in"):
        kept = take_in([folder], store, OWNER, datetime.now(UTC)).studies
    if not kept:
        raise InputError(f"{folder} holds no study. Nothing was measured.")
    return kept[0]


def _warm_up(folder: Path, detector: Detector) -> None:
    """One run that does not count: the first one compiles and fills caches."""
    _stage_by_stage(folder, detector, Stopwatch())


def _stage_by_stage(folder: Path, detector: Detector, watch: Stopwatch) -> int:
    """The stages of a screening one by one; the bytes that the viewer would get."""
    with watch.stage("read headers"):
        study = _read(folder)
    with watch.stage("select and decode"):
        volume = _volume(study)
    with watch.stage("check for a head"):
        why_not_a_head(volume)
    _predict(volume, detector, watch)
    with watch.stage("encode for the viewer"):
        shown = display.encode(volume)
    return len(shown.payload)


def _predict(volume: Volume, detector: Detector, watch: Stopwatch) -> None:
    """A whole prediction, and beside it the two parts that come before the scores."""
    with watch.stage("preprocess (part of predict)"):
        prepared = preprocess.prepare(volume, detector.card.network.size)
    with watch.stage("network's body (part of predict)"):
        detector.features(prepared.hu)
    with watch.stage("predict, with heatmap"):
        detector.predict(volume)


def _read(folder: Path) -> Study:
    with tempfile.TemporaryDirectory(prefix="ichdash-") as scratch:
        return read([folder], Path(scratch)).studies[0]


def _volume(study: Study) -> Volume:
    selection = select(study)
    if selection.series is None:
        raise InputError(f"Study {study.study_uid}: {selection.reason} Nothing was measured.")
    return load_volume(selection.series)


def _whole(study_uid: str, store: Store, detector: Detector, watch: Stopwatch) -> None:
    """What a worker does with a study: claim it, screen it, store everything."""
    store.screen_again(study_uid, datetime.now(UTC))
    store.beat(OWNER, datetime.now(UTC))
    with watch.stage(WHOLE):
        claim = store.claim(OWNER, datetime.now(UTC))
        if claim is not None:
            screen_claimed(store, detector, claim, lambda: datetime.now(UTC))


def _peak_memory_mb() -> float:
    """The most memory that this process has held at once."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held when it started this one
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024 / 1e6  # kB, as Linux says for KiB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


if __name__ == "__main__":
    sys.exit(main())
