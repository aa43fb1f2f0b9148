"""`robustness` and `explanation`: what a finished model is put through."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ichdash.commands import DONE, FILE, FOLDER, cli
from ichdash.settings import Settings


@cli.command()
@click.option("--studies", required=True, type=FOLDER, help="Folder of labelled studies.")
@click.option("--labels", required=True, type=FILE, help="CSV of study-level labels.")
@click.option("--model", type=FILE, help="Model card instead of ICHDASH_MODEL.")
@click.option("--limit", type=click.IntRange(1), help="Score so many studies, of both kinds.")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1), help="At once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def robustness(  # noqa: PLR0917  one argument an option
    studies: Path,
    labels: Path,
    model: Path | None,
    limit: int | None,
    processes: int,
    as_json: bool,
) -> int:
    """Score labelled studies again under noise, tilt, other slices and the like.

    Told for each perturbation: the AUC and its drop against the same studies as they are, the
    median and the largest absolute change of a study's logit, how many studies cross the threshold,
    and how many could not be screened, with the reasons. The model itself is asked: where it learnt
    from the studies, the AUC is in-sample and the change of the logits is the figure to go by.

    \b
    Example:
      python -m ichdash robustness --studies ct-ich --labels ct-ich/labels.csv --limit 10
    """
    from ichdash.registry import active_card
    from ichdash.training.report import Progress
    from ichdash.trials import tables
    from ichdash.trials.robustness import run

    settings = Settings.from_environ(os.environ)
    with Progress() as progress:
        found = run(
            studies,
            labels,
            model or active_card(settings),
            progress.tell,
            limit=limit,
            processes=processes,
            engine=settings.engine,
        )
    tables.show_robustness(found, as_json=as_json)
    return DONE


@cli.command()
@click.option("--model", type=FILE, help="Model card instead of ICHDASH_MODEL.")
@click.option("--work", type=FOLDER, help="Folder of the training, for its folds and studies.")
@click.option("--heads", type=click.IntRange(1), help="Heads without hemorrhage to draw into.")
@click.option("--bleeds", default=8, show_default=True, type=click.IntRange(1), help="In each.")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1), help="At once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def explanation(  # noqa: PLR0917  one argument an option
    model: Path | None,
    work: Path | None,
    heads: int | None,
    bleeds: int,
    processes: int,
    as_json: bool,
) -> int:
    """Judge where the model looked on drawn bleeds whose true place is known.

    Told for HiResCAM, which the dashboard shows, for Grad-CAM, and for the head's own evidence
    map: in how many bleeds the map's maximum lies in the bleed (or in the next cell), by volume;
    how many heads without hemorrhage stay under a third of the full scale; the largest difference
    of two maps of one head; and how alike maps are once the head, or all weights, are random, which
    they must not be.

    With WORK, the folder that `train` kept, bleeds are drawn into its studies without hemorrhage,
    and each study is seen by the network of the fold that held it out. Without, the model sees
    synthetic heads that no training draws; that needs no data.

    \b
    Examples:
      python -m ichdash explanation
      python -m ichdash explanation --work runs/train --json
    """
    from ichdash.registry import active_card
    from ichdash.training.report import Progress
    from ichdash.trials import tables
    from ichdash.trials.explanation import run

    card = model or active_card(Settings.from_environ(os.environ))
    with Progress() as progress:
        found = run(card, progress.tell, work=work, heads=heads, bleeds=bleeds, processes=processes)
    tables.show_explanation(found, as_json=as_json)
    return DONE
