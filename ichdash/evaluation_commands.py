"""`evaluate`: what a model is worth, told in tables, JSON, a report, and pictures."""

from __future__ import annotations

from pathlib import Path

import click

from ichdash.commands import DONE, FILE, FOLDER, NEW, cli
from ichdash.settings import Settings


@cli.command()
@click.option("--studies", required=True, type=FOLDER, help="Folder of labelled studies.")
@click.option("--labels", required=True, type=FILE, help="CSV of study-level labels.")
@click.option("--slice-labels", type=FILE, help="CSV of slice labels, for figures of slices.")
@click.option("--model", type=FILE, help="Model card instead of the active model's.")
@click.option("--against", type=FILE, help="Card of another model, for a paired test.")
@click.option("--report", "report_path", type=NEW, help="HTML report to write, ending in .html.")
@click.option("--failures", type=NEW, help="Picture of what was judged wrongly, .png or .webp.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def evaluate(  # noqa: PLR0917  one argument an option
    studies: Path,
    labels: Path,
    slice_labels: Path | None,
    model: Path | None,
    against: Path | None,
    report_path: Path | None,
    failures: Path | None,
    as_json: bool,
) -> int:
    """Measure a model on labelled studies, at its operating point, with 95 % intervals.

    A study that the model was trained on is judged by the score it got while it was held out in
    cross-validation (kept beside the card), never by the weights that learnt from it.

    SLICE_LABELS has one row a slice: sop_instance_uid, or study_uid and instance_number, and 0 or 1
    for hemorrhage. With it come the area under the ROC curve over the slices of studies with
    hemorrhage, in how many of these the slice with the highest score shows it, and what is found
    by the number of slices that show it. A study is left out, and named, unless each of its slices
    has a label.

    AGAINST is the card of another model, which judges the same studies: McNemar's exact test of
    what each got right at its own operating point, and the difference of the areas under both ROC
    curves with its paired bootstrap interval.

    REPORT is one HTML file that needs no network, with charts, sensitivity by subtype, predictive
    values by prevalence, the waiting time saved in a simulated queue, and each missed study and
    false alarm. The same figures are written as JSON beside it. Studies are named by their UIDs
    alone.

    FAILURES is a picture: of each missed study and false alarm the slice with the highest score, of
    missed ones among those that show it where slices are labelled.

    \b
    Examples:
      python -m ichdash evaluate --studies ct-ich --labels ct-ich/labels.csv
      python -m ichdash evaluate --studies ct-ich --labels ct-ich/labels.csv \\
          --model models/own.json --against models/ich.json --report own.html
    """
    import os
    from datetime import date

    from ichdash.registry import active_card
    from ichdash.training import failures as wrong
    from ichdash.training import pictures, report, report_contents, written_report
    from ichdash.training.evaluate import run

    if report_path:
        written_report.check(report_path)
    if failures:
        pictures.check(failures)

    settings = Settings.from_environ(os.environ)
    with report.Progress() as progress:
        result = run(
            studies,
            labels,
            model or active_card(settings),
            progress.tell,
            slice_labels=slice_labels,
            against=against,
            engine=settings.engine,
        )
    if report_path:
        written_report.write(report_path, report_contents.contents(result, date.today()))
    report.show_evaluation(result, as_json=as_json)
    if report_path:
        report.show_written(report_path)
    if failures:
        count = wrong.write(failures, studies, result.judged, result.slices_joined)
        told = f"Written: {failures.name}." if count else "Nothing was judged wrongly: no picture."
        click.echo(told, err=True)
    return DONE
