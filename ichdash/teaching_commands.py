"""`synthetic`: draws synthetic teaching cases; the Teaching page starts it too."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from ichdash.commands import DONE, cli
from ichdash.errors import ModelError
from ichdash.settings import Settings

if TYPE_CHECKING:
    from ichdash.model.detector import Detector


@cli.command()
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 200), help="Cases.")
@click.option("--finding", default="any", show_default=True, help="Subtype, none, or any.")
@click.option("--place", default="any", show_default=True, help="Where, as the page lists it.")
@click.option(
    "--side",
    default="any",
    show_default=True,
    type=click.Choice(["any", "left", "right"]),
    help="Of the bleed.",
)
@click.option("--volume-ml", type=float, help="Of the bleed; by chance where not given.")
@click.option("--distractor", "distractors", multiple=True, help="May be given several times.")
@click.option("--author", default="ichdash", show_default=True, help="Who asked for them.")
@click.option("--seed", type=int, help="The same seed draws the same cases.")
def synthetic(  # noqa: PLR0917  one argument an option
    count: int,
    finding: str,
    place: str,
    side: str,
    volume_ml: float | None,
    distractors: tuple[str, ...],
    author: str,
    seed: int | None,
) -> int:
    """Draw synthetic teaching cases with their true masks, and let the active model judge them.

    With `any`, every other case has no hemorrhage. Each case is kept as soon as it is drawn.

    \b
    Example:
      python -m ichdash synthetic --count 5 --finding subdural --volume-ml 20
    """
    from ichdash.store import Store
    from ichdash.teaching.drawing import Wish, cases

    settings = Settings.from_environ(os.environ)
    wish = Wish(finding, place, side, volume_ml, distractors)
    seed = secrets.randbits(31) if seed is None else seed
    with Store.open(settings.data_dir) as store:
        for number, drawn in enumerate(cases(wish, count, _detector(settings), seed), 1):
            store.teaching.add(
                drawn.lesson,
                drawn.pictures,
                drawn.ai,
                author,
                datetime.now(UTC),
                is_synthetic=True,
            )
            click.echo(f"{number} of {count}")
    return DONE


def _detector(settings: Settings) -> Detector | None:
    """The active model; None where it cannot be used: the cases are drawn all the same."""
    from ichdash.model.detector import Detector
    from ichdash.registry import active_card

    with suppress(ModelError):
        return Detector.load(active_card(settings), settings.engine)
    return None
