"""The bench measures real rooms on generated input; its figures are told with unit and goal."""

import io
import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from ichdash.bench import browser, following, report, thin, worklist
from ichdash.bench.timing import Stopwatch
from ichdash.errors import InputError
from ichdash.phantom import draw_head, random_head
from ichdash.records import ScreeningState
from ichdash.settings import ROOT, Settings
from ichdash.store import Store, WorklistQuery
from tests.samples import NOW, write_head

FIGURES = {
    "machine": {"cores": 2, "processor": "some processor"},
    "engine": "openvino",
    "repeat": 5,
    "seconds": {"load the model": 1.25, report.WHOLE: 1.5},
    "peak_memory_mb": 812.3,
    "display_bytes": 4_200_000,
    "worklist": {"studies": 100_000, "seconds": {"first page": 0.024}, "page_turn_s": 0.12},
    "viewer": {
        "first_image_s": 1.2,
        "cold_first_image_s": 1.9,
        "thin_first_image_s": 2.4,
        "slice_change_ms": 9.9,
        "slow_slice_change_ms": 21.5,
        "slowest_slice_change_ms": 31.0,
        "slowest_slice_change": "moment.js ran for 22 ms",
        "window_drag_ms": 12.3,
        "following_ms": 61.0,
        "slow_following_ms": 94.0,
        "heap_mb": 96.0,
        "volume_bytes": 5_300_000,
    },
}


def told(figures: report.Figures) -> list[str]:
    console = Console(width=120, file=io.StringIO())
    with console.capture() as capture:
        console.print(report.as_table(figures))
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def test_a_stopwatch_gives_the_median_of_each_stage_in_order() -> None:
    watch = Stopwatch()
    for name in ("read", "predict", "read"):
        with watch.stage(name):
            pass
    assert list(watch.medians()) == ["read", "predict"]
    assert all(0 <= seconds < 1 for seconds in watch.medians().values())


def test_the_table_gives_each_figure_its_unit_and_goal() -> None:
    lines = told(FIGURES)
    assert report.heading(FIGURES) == "some processor, 2 cores, engine openvino; medians of 5 runs"
    assert "load the model 1.250 s 3 s" in lines
    assert "read to stored result 1.500 s 2 s" in lines
    assert "peak memory 812.3 MB 1500 MB" in lines
    assert "first page 0.024 s 0.3 s" in lines
    assert "page turn in the browser 0.120 s 0.3 s" in lines
    assert "first image, empty browser cache 1.900 s 2 s" in lines
    assert "first image of 600 thin slices 2.400 s 3 s" in lines
    assert "slice change 9.9 ms 17 ms" in lines
    assert "slice change, 95 of 100 21.5 ms 25 ms" in lines
    assert "slowest slice change (moment.js ran for 22 ms) 31.0 ms" in lines
    assert "window drag 12.3 ms 17 ms" in lines
    assert "presenter to follower, 95 of 100 94.0 ms 500 ms" in lines
    assert "scripts' memory 96.0 MB 250 MB" in lines
    assert "volume sent 5.3 MB 8 MB" in lines


def test_without_a_browser_the_table_has_no_case_page() -> None:
    figures = {name: value for name, value in FIGURES.items() if name != "viewer"}
    assert not any(line.startswith("first image") for line in told(figures))


def test_a_made_up_worklist_is_in_every_state_and_the_same_each_time(tmp_path: Path) -> None:
    assert list(worklist.rows(120, NOW)) == list(worklist.rows(120, NOW))
    with Store.open(tmp_path) as store:
        store.add_rows(worklist.rows(120, NOW))
        page = store.worklist(WorklistQuery(page_size=120))
    states = [row.state for row in page.rows]
    assert page.total == 120
    assert states.count(ScreeningState.NOT_SCREENED) == 3
    assert page.rows[0].flagged


def test_a_thin_study_is_stored_as_a_worker_would(tmp_path: Path) -> None:
    spec = replace(random_head(17), slices=4, slice_mm=40.0, rows=32, columns=32)
    uid = thin.put(draw_head(spec), 12, tmp_path)
    with Store.open(tmp_path) as store:
        (screening,) = store.screenings(uid)
        assert store.study(uid).state is ScreeningState.SCREENED
        assert store.files.display_meta(uid, screening.screening_id)["slices"] == 12


def test_pages_of_a_worklist_are_measured_one_by_one(tmp_path: Path) -> None:
    seconds = worklist.measure(tmp_path, studies=60, repeat=1)
    assert list(seconds) == [
        "first page",
        "page in the middle",
        "search for a name",
        "sorted by patient",
    ]
    assert all(0 < value < 10 for value in seconds.values())


@pytest.mark.slow
def test_a_worker_beats_as_long_as_pages_are_measured(tmp_path: Path) -> None:
    with browser.serving(Settings(data_dir=tmp_path)), Store.open(tmp_path) as store:
        (first,) = store.workers(datetime.now(UTC))
        deadline = time.monotonic() + 30
        while store.workers(datetime.now(UTC))[0].beat_at == first.beat_at:
            assert time.monotonic() < deadline, "one beat was all"
            time.sleep(0.1)
    with Store.open(tmp_path) as store:
        assert store.workers(datetime.now(UTC)) == ()


def test_a_missing_model_is_told_by_the_measuring_process(tmp_path: Path) -> None:
    write_head(tmp_path / "study")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ichdash.bench.stages"),
            *(str(tmp_path / "study"), str(tmp_path / "data")),
            f"--model={tmp_path / 'no-card.json'}",
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert "no-card.json" in json.loads(done.stdout)["error"]


def test_a_follower_is_timed_from_the_press_to_the_slice_and_a_lost_move_is_told() -> None:
    told = [(12, 100.0), (13, 400.0), (12, 800.0)]
    seen = [(11, 90.0), (12, 130.0), (13, 460.0), (12, 845.0)]
    assert following.delays_ms(told, seen) == [30.0, 60.0, 45.0]
    assert following.delays_ms(told, [(12, 130.0), (12, 845.0)]) == [30.0, 445.0, 45.0]
    with pytest.raises(InputError, match="never showed slice 12"):
        following.delays_ms(told, seen[:-1])
