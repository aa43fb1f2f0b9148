"""The commands of `python -m ichdash`: each turns its options into one call and decides nothing.

Heavy libraries are imported inside the commands, so that `--help` answers at once. A command
returns the exit code; its errors are told by `ichdash.cli`.
"""

from __future__ import annotations

import logging
import os
from dataclasses import fields, replace
from pathlib import Path

import click

from ichdash import __version__
from ichdash.settings import Settings

DONE, OUR_FAULT, BAD_INPUT = 0, 1, 2

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)

log = logging.getLogger("ichdash")


def _settings_help() -> str:
    lines = [
        f"  {f.metadata['variable']}: {f.metadata['meaning']} [{f.default or 'none'}]"
        for f in fields(Settings)
    ]
    return "\b\nSettings, read from the environment [default]:\n" + "\n".join(lines)


def checked_settings() -> Settings:
    """The checked settings, with logging started at their level."""
    settings = Settings.from_environ(os.environ)
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(message)s")
    log.setLevel(settings.log_level.upper())
    # What these two warn of quotes header values, and with them patient names.
    logging.captureWarnings(True)
    for name in ("pydicom", "py.warnings"):
        logging.getLogger(name).setLevel("ERROR")
    return settings


@click.group(epilog=_settings_help(), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ichdash")
def cli() -> None:
    """Find intracranial hemorrhage on non-contrast head CT and put the urgent study on top.

    For research, review, and teaching; not a medical device.

    \b
    Start the dashboard:       python -m ichdash serve
    Screen without a server:   python -m ichdash screen ~/studies
    """


@cli.command()
def serve() -> int:
    """Serve the dashboard and its workers until Ctrl-C.

    Address, port, and number of workers are settings (see python -m ichdash --help).

    \b
    Example:
      ICHDASH_PORT=9000 ICHDASH_WORKERS=2 python -m ichdash serve
    """
    from ichdash.serve import serve as serve_until_stopped

    serve_until_stopped(checked_settings(), say=click.echo)
    return DONE


@cli.command()
@click.option("--parent", type=int, hidden=True, help="The process that it works for.")
def worker(parent: int | None) -> int:
    """Screen what is queued in the data folder until stopped.

    serve starts workers by itself; run more of them where there are idle cores. Several never
    screen the same study.

    \b
    Example:
      ICHDASH_DATA=/srv/ichdash python -m ichdash worker
    """
    from ichdash.worker import run

    run(checked_settings(), parent=parent)
    return DONE


@cli.command()
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="Only write DICOM."
)
@click.option("--first-start", is_flag=True, help="Do nothing where the data folder has a store.")
def demo(folder: Path | None, first_start: bool) -> int:
    """Add twelve synthetic head CTs to the worklist and screen them.

    The heads are drawn, not scanned: no patient stands behind them. Running it again adds
    nothing twice.

    \b
    Examples:
      python -m ichdash demo
      python -m ichdash demo --folder /tmp/heads    (DICOM files only, nothing is screened)
    """
    from ichdash import demo as demonstration

    settings = checked_settings()
    if folder is not None:
        demonstration.write(folder)
    elif not (first_start and demonstration.has_store(settings.data_dir)):
        click.echo(demonstration.fill(settings))
    return DONE


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a study and line.")
@click.option(
    "--heatmaps",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write each study's heatmap as DIR/<study_uid>.npz.",
)
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="CARD",
    help="Model card to use instead of the active model's.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "openvino", "torch"]),
    help="Engine to use instead of ICHDASH_ENGINE.",
)
def screen(
    paths: tuple[Path, ...],
    as_json: bool,
    heatmaps: Path | None,
    model: Path | None,
    engine: str | None,
) -> int:
    """Screen files, folders, and ZIP archives; needs no server and stores nothing.

    PATH may be DICOM files, folders with anything between, ZIP archives, or NIfTI in HU. A study
    that cannot be screened is listed with the reason, and the run goes on. What could not be
    read at all is named on stderr, and so is the final count.

    \b
    Examples:
      python -m ichdash screen ~/studies
      python -m ichdash screen export.zip --json > results.jsonl
      python -m ichdash screen ~/studies --heatmaps ~/heatmaps

    \b
    Keys of a JSON object: study_uid, series_uid, status ("screened" or "not
    screened"), reason, probability, flagged, threshold, findings, slice_scores,
    slices, model_id, seconds, restriction (what the licence of the model's
    training data restricts its use to). What was not measured is null or empty.
    A heatmap file holds heatmap (slices, h, w) in [0, 1], feet to head, each map
    covering the whole stored slice, and sop_instance_uids in the same order.

    \b
    Exit code: 0 done, also where studies were not screened; 1 our fault;
    2 a PATH is missing or no study could be read.
    """
    from ichdash.batch import Batch
    from ichdash.worker import load_detector

    given = checked_settings()
    settings = replace(given, model=model or given.model, engine=engine or given.engine)
    batch = Batch(lambda: load_detector(settings), heatmaps, as_json=as_json)
    return DONE if batch.screen(paths) else BAD_INPUT


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option(
    "--repeat",
    default=5,
    type=click.IntRange(1),
    show_default=True,
    help="Runs that each median is taken of.",
)
@click.option(
    "--studies",
    default=100_000,
    type=click.IntRange(1),
    show_default=True,
    help="Studies on the worklist.",
)
@click.option(
    "--viewer", is_flag=True, help="Also measure case page and worklist in headless Chromium."
)
def bench(as_json: bool, repeat: int, studies: int, viewer: bool) -> int:
    """Measure speed and memory on this machine.

    A synthetic study of 34 slices, 512 × 512, goes from files to a stored result, stage by stage;
    then a page of a long worklist is read. Nothing touches your data folder.

    \b
    Examples:
      python -m ichdash bench
      python -m ichdash bench --viewer --json > bench.json
    """
    from ichdash.bench import report

    report.run(checked_settings(), as_json=as_json, repeat=repeat, studies=studies, viewer=viewer)
    return DONE
