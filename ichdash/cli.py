"""The command line: `python -m ichdash`. Every error becomes one sentence and an exit code.

Exit codes: 0 done, 1 our fault, 2 bad input or usage. The commands are in `ichdash.commands`.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import click

from ichdash import (  # noqa: F401  register
    evaluation_commands,
    model_commands,
    teaching_commands,
    training_commands,
    trial_commands,
)
from ichdash.commands import BAD_INPUT, DONE, OUR_FAULT, cli
from ichdash.errors import IchdashError, InputError, SettingsError
from ichdash.settings import Settings

PROGRAM = "python -m ichdash"


def main(args: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; every error becomes one sentence on stderr."""
    try:
        status = cli.main(args=args, prog_name=PROGRAM, standalone_mode=False)
        return status if isinstance(status, int) else DONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last boundary: whatever is left is told here
        return _fail(error)


def _fail(error: Exception) -> int:
    """Say in one sentence what ended the command; a fault of ours is recorded first."""
    click.echo(f"ichdash: {_told(error)}", err=True)
    return BAD_INPUT if isinstance(error, InputError | SettingsError) else OUR_FAULT


def _told(error: Exception) -> str:
    if isinstance(error, IchdashError):
        return str(error)
    if isinstance(error, click.Abort):
        return "Stopped before the end."
    return _about_a_file(error) if isinstance(error, OSError) else _recorded(error)


def _about_a_file(error: OSError) -> str:
    what = error.filename or "A file"
    why = (error.strerror or type(error).__name__).lower()
    return f"{what} could not be used ({why}). The command ended there; what it did before stays."


def _recorded(error: Exception) -> str:
    """Add the traceback to the log of faults and return the sentence that names it."""
    with _fault_log() as file:
        file.write(f"{datetime.now().astimezone().isoformat()}\n")
        traceback.print_exception(error, file=file)
    kind = type(error).__name__
    return f"A fault inside ichdash ({kind}) ended the command. The details are in {file.name}."


def _fault_log() -> IO[str]:
    """One log in the data folder; a file of its own where there is no such folder yet."""
    data_dir = Path(os.environ.get("ICHDASH_DATA", Settings.data_dir))
    if data_dir.is_dir() and os.access(data_dir, os.W_OK):
        return (data_dir / "faults.log").open("a", encoding="utf-8")
    return tempfile.NamedTemporaryFile(
        "w", prefix="ichdash-fault-", suffix=".log", delete=False, encoding="utf-8"
    )
