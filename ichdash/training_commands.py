"""`train` and `drawings`: the commands around training; like all of them they decide nothing."""

from __future__ import annotations

from pathlib import Path

import click

from ichdash.commands import DONE, FILE, FOLDER, NEW, cli
from ichdash.settings import Settings


@cli.command()
@click.option(
    "--studies",
    required=True,
    multiple=True,
    type=FOLDER,
    help="Folder of labelled studies; give it again, with --labels, for a further one.",
)
@click.option(
    "--labels", required=True, multiple=True, type=FILE, help="CSV of study-level labels."
)
@click.option("--output", required=True, type=NEW, help="Card to write, ending in .json.")
@click.option("--model-id", default="own", show_default=True, help="Name of the model.")
@click.option("--name", "names", multiple=True, help="Name of the data.  [default: own archive]")
@click.option(
    "--licence", "licences", multiple=True, help="Licence of the data.  [default: not stated]"
)
@click.option("--citation", "citations", multiple=True, help="How to cite the data.")
@click.option(
    "--leave-out", is_flag=True, help="Leave out studies that cannot be used, naming them."
)
@click.option(
    "--finding",
    "findings",
    multiple=True,
    help="Finding to learn, hemorrhage first.  [default: all]",
)
@click.option("--start-from", type=FILE, help="Card of a model whose weights to go on from.")
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of prepared studies, for several runs to share.  [default: WORK/cache]",
)
@click.option(
    "--size",
    type=click.Choice(["128", "160", "192", "224", "256", "320", "384"]),
    default="256",
    show_default=True,
    help="Samples a side in teaching, a quarter more at screening; of no account with "
    "--start-from.",
)
@click.option("--steps", type=click.IntRange(10), help="Steps of each fit.")
@click.option("--start-steps", type=click.IntRange(1), help="Steps on drawn heads, once for all.")
@click.option(
    "--synthetic-heads", type=click.IntRange(0), help="Drawn heads to learn from as well."
)
@click.option(
    "--early-stop",
    type=click.IntRange(1),
    help="End a fit after as many looks (50 steps each) without a gain on patients set apart.",
)
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2), help="Folds.")
@click.option("--seed", default=0, show_default=True, help="Seed of everything random.")
@click.option("--processes", default=2, show_default=True, type=click.IntRange(1), help="At once.")
@click.option(
    "--work",
    default="runs/train",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of checkpoints; a run that was ended goes on from there.",
)
def train(  # noqa: PLR0917  one argument an option
    studies: tuple[Path, ...],
    labels: tuple[Path, ...],
    output: Path,
    model_id: str,
    names: tuple[str, ...],
    licences: tuple[str, ...],
    citations: tuple[str, ...],
    leave_out: bool,
    findings: tuple[str, ...],
    start_from: Path | None,
    cache: Path | None,
    size: str,
    steps: int | None,
    start_steps: int | None,
    synthetic_heads: int | None,
    early_stop: int | None,
    folds: int,
    seed: int,
    processes: int,
    work: Path,
) -> int:
    """Train a detector from study-level labels, cross-validate it and write its card.

    LABELS has one row a study: study_uid or accession_number, optionally patient_id (else the
    headers' PatientID tells which studies are of one patient), then 0, 1 or empty for hemorrhage
    and other findings. Bleeds are drawn into the studies without hemorrhage; no slice
    label is read. The card, the weights and the scores of held-out studies are written side by
    side. A run that was ended goes on from the folder WORK; give another one for another run.

    \b
    Example:
      python -m ichdash train --studies ct-ich --labels ct-ich/labels.csv \\
          --output models/own.json

    \b
    On four GPUs of one machine (torchrun starts them on several, too, that share WORK):
      torchrun --nproc-per-node 4 -m ichdash train --studies archive --labels archive.csv \\
          --output models/own.json

    \b
    Going on from the shipped weights, other findings included:
      python -m ichdash train --studies archive --labels archive.csv \\
          --output models/own.json --start-from models/ich.json
    """
    import os

    from ichdash.registry import check_id
    from ichdash.training import report, team, together
    from ichdash.training.job import Job, sources
    from ichdash.training.recipe import Recipe
    from ichdash.training.train import run

    check_id(model_id, "Nothing was trained. Give another --model-id.")
    given = {
        "steps": steps,
        "start_steps": start_steps,
        "synthetic_heads": synthetic_heads,
        "early_stop": early_stop,
    }
    recipe = Recipe(seed=seed, **{k: v for k, v in given.items() if v is not None})
    job = Job(
        sources=sources(studies, labels, names, licences, citations),
        output=output,
        work=work,
        model_id=model_id,
        recipe=recipe,
        size=int(size),
        folds=folds,
        processes=processes,
        findings=findings,
        cache=cache,
        start_from=start_from,
        leaves_out=leave_out,
    )
    joined = team.from_environ(os.environ)
    if not joined.is_first:
        together.run(work, folds, joined, lambda done, total: None)
        return DONE
    with report.Progress() as progress:
        card = run(job, progress.tell, progress.note, joined)
    report.show_card(card, output)
    return DONE


@cli.command()
@click.option("--studies", required=True, type=FOLDER, help="Folder of labelled studies.")
@click.option("--labels", required=True, type=FILE, help="CSV of study-level labels.")
@click.option("--output", required=True, type=NEW, help="Picture to write, .png or .webp.")
@click.option("--model", type=FILE, help="Model card instead of ICHDASH_MODEL.")
@click.option("--seed", default=0, show_default=True, help="Seed of what is drawn.")
def drawings(studies: Path, labels: Path, output: Path, model: Path | None, seed: int) -> int:
    """Draw what training draws: bleeds of each subtype below real ones, then the look-alikes.

    One picture, to judge by eye whether training teaches what studies show. Of a real study
    stands the slice in which the model sees most evidence; no slice label is read.

    \b
    Example:
      python -m ichdash drawings --studies ct-ich --labels ct-ich/labels.csv --output sheet.webp
    """
    import os

    from ichdash.registry import active_card
    from ichdash.training import report, sheet

    card = model or active_card(Settings.from_environ(os.environ))
    with report.Progress() as progress:
        sheet.write(studies, labels, card, output, seed, progress.tell)
    click.echo(f"Written: {output.name}.", err=True)
    return DONE
