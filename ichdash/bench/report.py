"""Runs every measurement on generated input and tells the figures, as a table or as JSON.

Each figure stands beside its goal: two cores, 34 slices of 512 × 512, uncompressed.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ichdash.bench import browser, following, thin, worklist
from ichdash.bench.stages import WHOLE
from ichdash.errors import IchdashError, ModelError
from ichdash.phantom import LesionSpec, Side, StudyLabel, draw_head, random_head, write_study
from ichdash.phantom.head import Phantom
from ichdash.phantom.spec import HeadSpec
from ichdash.phantom.study import uid_of
from ichdash.registry import active_card
from ichdash.settings import ROOT, Settings

SLICES = 34
VIEWER_SLICES, THIN_SLICES = 40, 600
BLEED = LesionSpec("intraparenchymal", 20, "putamen", Side.LEFT)
GOALS = {  # by the name of the figure; seconds, MB or ms as the figure is
    WHOLE: 2.0,
    "load the model": 3.0,
    "peak memory": 1500.0,
    "first page": 0.3,
    "page turn in the browser": 0.3,
    "first image": 1.0,
    "first image, empty browser cache": 2.0,
    "first image of 600 thin slices": 3.0,
    "slice change": 17.0,
    "slice change, 95 of 100": 25.0,
    "window drag": 17.0,
    "presenter to follower": 500.0,
    "presenter to follower, 95 of 100": 500.0,
    "scripts' memory": 250.0,
    "volume sent": 8.0,
}

Figures = dict[str, Any]


def run(settings: Settings, *, as_json: bool, repeat: int, studies: int, viewer: bool) -> None:
    """Measure and print. Raises ModelError where the model cannot be used."""
    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="ichdash-bench-") as folder:
        card = active_card(settings)
        own = replace(settings, data_dir=Path(folder) / "data", model=card)
        with progress.status("Measuring a screening"):
            figures = _figures(own, Path(folder), repeat)
        with progress.status(f"Measuring a worklist of {studies:,} studies"):
            figures["worklist"] = _worklist(Path(folder) / "long", studies, repeat)
        if viewer:
            with progress.status("Measuring in a browser"):
                figures["viewer"] = _viewer(own, Path(folder), repeat)
                long = replace(own, data_dir=Path(folder) / "long")
                figures["worklist"]["page_turn_s"] = browser.worklist_page(long, repeat)
    if as_json:
        sys.stdout.write(json.dumps(figures) + "\n")
    else:
        Console().print(heading(figures), as_table(figures))


def _figures(settings: Settings, folder: Path, repeat: int) -> Figures:
    spec = _head(SLICES)
    _write(draw_head(spec), spec, folder / "study")
    machine = {"cores": os.cpu_count(), "processor": _processor()}
    study = {"slices": SLICES, "rows": 512, "columns": 512, "transfer_syntax": "uncompressed"}
    measured = _stages(settings, folder / "study", repeat)
    return {"machine": machine, "study": study, "repeat": repeat, **measured}


def _worklist(data_dir: Path, studies: int, repeat: int) -> Figures:
    return {"studies": studies, "seconds": worklist.measure(data_dir, studies, repeat)}


def _viewer(settings: Settings, folder: Path, repeat: int) -> Figures:
    spec = _head(VIEWER_SLICES)
    phantom = draw_head(spec)
    _write(phantom, spec, folder / "shown")
    _stages(settings, folder / "shown", repeat=1)
    figures = asdict(browser.case_page(settings, uid_of(spec, "study"), repeat))
    thin_uid = thin.put(phantom, THIN_SLICES, settings.data_dir)
    thin_s = browser.first_image_s(settings, thin_uid, repeat)
    led = asdict(following.measure(settings, uid_of(spec, "study")))
    return figures | led | {"slices": VIEWER_SLICES, "thin_first_image_s": thin_s}


def _head(slices: int) -> HeadSpec:
    """A head of 170 mm with a bleed."""
    return replace(random_head(17, (BLEED,)), slices=slices, slice_mm=170 / slices)


def _write(phantom: Phantom, spec: HeadSpec, folder: Path) -> None:
    write_study(phantom, spec, folder, StudyLabel("BENCH", "BENCH", datetime.now(UTC)))


def _stages(settings: Settings, study: Path, repeat: int) -> Figures:
    """Measure in a fresh process, so that model load and peak memory are a worker's own."""
    command = [sys.executable, "-m", "ichdash.bench.stages", str(study), str(settings.data_dir)]
    options = {"model": settings.model, "engine": settings.engine, "repeat": repeat}
    command += [f"--{name}={value}" for name, value in options.items()]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise IchdashError(f"The measuring process ended with status {done.returncode}.")
    figures: Figures = json.loads(done.stdout)
    if "error" in figures:
        raise ModelError(figures["error"])
    return figures


def _processor() -> str:
    """The processor's name as Linux tells it, else what Python knows."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def heading(figures: Figures) -> str:
    """Where and how the figures were taken."""
    machine, engine = figures["machine"], figures["engine"]
    where = f"{machine['processor']}, {machine['cores']} cores, engine {engine}"
    return f"{where}; medians of {figures['repeat']} runs"


def as_table(figures: Figures) -> Table:
    """The figures, one a row, with the goal where there is one."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("what")
    table.add_column("measured", justify="right")
    table.add_column("goal", justify="right")
    for name, value, unit in _rows(figures):
        goal = f"{GOALS[name]:g} {unit}" if name in GOALS else ""
        table.add_row(name, f"{value:,.3f} {unit}" if unit == "s" else f"{value:,.1f} {unit}", goal)
    return table


def _rows(figures: Figures) -> Iterator[tuple[str, float, str]]:
    """(what, value, unit) of each figure, in the order of the table."""
    yield from ((name, value, "s") for name, value in figures["seconds"].items())
    yield "peak memory", figures["peak_memory_mb"], "MB"
    yield from ((name, value, "s") for name, value in figures["worklist"]["seconds"].items())
    if "viewer" in figures:
        yield "page turn in the browser", figures["worklist"]["page_turn_s"], "s"
        shown = figures["viewer"]
        yield "first image", shown["first_image_s"], "s"
        yield "first image, empty browser cache", shown["cold_first_image_s"], "s"
        yield "first image of 600 thin slices", shown["thin_first_image_s"], "s"
        yield "slice change", shown["slice_change_ms"], "ms"
        yield "slice change, 95 of 100", shown["slow_slice_change_ms"], "ms"
        cause = shown["slowest_slice_change"]
        yield f"slowest slice change ({cause})", shown["slowest_slice_change_ms"], "ms"
        yield "window drag", shown["window_drag_ms"], "ms"
        yield "presenter to follower", shown["following_ms"], "ms"
        yield "presenter to follower, 95 of 100", shown["slow_following_ms"], "ms"
        yield "scripts' memory", shown["heap_mb"], "MB"
        yield "volume sent", shown["volume_bytes"] / 1e6, "MB"
