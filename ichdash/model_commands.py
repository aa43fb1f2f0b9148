"""`models` and `rescreen`: which model screens; like all commands they decide nothing."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ichdash.commands import DONE, FILE, FOLDER, OUR_FAULT, checked_settings, cli


@cli.group()
def models() -> None:
    """List, verify, add, activate and accept models.

    A model is a card and the weights beside it; it enters only with its card. One model is
    active, and workers, screen, and the pages use it: the one that ICHDASH_MODEL names where it
    is set, else the one that was activated, else models/ich.json.

    \b
    Examples:
      python -m ichdash models list
      python -m ichdash models add ~/own/own.json
      python -m ichdash models activate own
      python -m ichdash models accept --studies site --labels site.csv --limits limits.toml
    """


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list instead of a table.")
def list_models(as_json: bool) -> int:
    """List every model with what its card says, and whether its weights match the card.

    \b
    Example:
      python -m ichdash models list
    """
    from ichdash import model_listing, registry
    from ichdash.errors import ModelError

    settings = checked_settings()
    known = registry.models(settings)
    if as_json:
        click.echo(json.dumps([model_listing.as_json(each) for each in known]))
    else:
        model_listing.show(known)
    try:
        registry.active_card(settings)
    except ModelError as error:
        click.echo(f"ichdash: {error}", err=True)
    return DONE


@models.command()
@click.argument("model", required=False)
def verify(model: str | None) -> int:
    """Verify that weights match their card and fit the network that it describes.

    MODEL is the id of one model; without it, all are verified.

    \b
    Example:
      python -m ichdash models verify ich-0.3

    \b
    Exit code: 0 all can be used; 1 one cannot, and why is said on stderr.
    """
    from ichdash import registry

    settings = checked_settings()
    known = [registry.find(settings, model)] if model else registry.models(settings)
    status = DONE
    for each in known:
        if fault := registry.fault_of(each.path):
            status = OUR_FAULT
            click.echo(f"{each.name}: {fault}", err=True)
        else:
            click.echo(f"{each.name}: the weights match the card and fit its network.")
    return status


@models.command()
@click.argument("card", type=FILE)
def add(card: Path) -> int:
    """Copy a model into the data folder: its card, weights and held-out scores, once verified.

    CARD is the .json file of the card. What has the id of another model is refused.

    \b
    Example:
      python -m ichdash models add ~/own/own.json
    """
    from ichdash import registry

    added = registry.add(checked_settings(), card)
    if added is None:
        click.echo("This very model is there already. Nothing was changed.")
    else:
        name = added.parent.name
        click.echo(f"Added {name}. To use it: python -m ichdash models activate {name}")
    return DONE


@models.command()
@click.argument("model")
def activate(model: str) -> int:
    """Make a model the active one, once verified; workers take it for the next study.

    MODEL is the id of a model. Studies that were screened before keep the result of the model
    that made it; python -m ichdash rescreen has them screened again.

    \b
    Example:
      python -m ichdash models activate own
    """
    from ichdash import registry
    from ichdash.performance.words import model_text

    card = registry.activate(checked_settings(), model).card
    told = model_text(model, card.restriction) if card else model
    click.echo(f"{told} is active. Studies screened before keep their results.")
    return DONE


@models.command()
@click.option("--studies", required=True, type=FOLDER, help="Folder of labelled studies.")
@click.option("--labels", required=True, type=FILE, help="CSV of study-level labels.")
@click.option("--limits", required=True, type=FILE, help="TOML file of limits.")
@click.option("--model", help="Id of the model instead of the active one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def accept(studies: Path, labels: Path, limits: Path, model: str | None, as_json: bool) -> int:
    """Try a model on your own labelled studies, and pass or fail it against your limits.

    Studies that the model was trained on (its held-out scores lie beside the card) are left out.
    A figure passes by its value; its 95 % interval tells how sure that is. Limits, each optional:
    auc, average_precision, sensitivity, specificity, accuracy, f1 (at least),
    calibration_error_at_most, most_failed_share (of studies that could not be screened), and
    least_studies. docs/acceptance.toml is an example.

    \b
    Example:
      python -m ichdash models accept --studies site --labels site.csv \\
          --limits docs/acceptance.toml

    \b
    Exit code: 0 passed; 1 failed; 2 wrong input.
    """
    from ichdash import registry
    from ichdash.training import acceptance, acceptance_report, report
    from ichdash.training.limits import read

    asked, settings = read(limits), checked_settings()
    card = registry.find(settings, model).path if model else registry.active_card(settings)
    with report.Progress() as progress:
        found = acceptance.run(studies, labels, card, asked, progress.tell, settings.engine)
    acceptance_report.show(found, as_json=as_json)
    return DONE if found.passed else OUR_FAULT


@cli.command()
@click.argument("study_uids", nargs=-1, metavar="STUDY_UID…")
@click.option("--all-from", metavar="MODEL", help="Every study whose result is by that model.")
def rescreen(study_uids: tuple[str, ...], all_from: str | None) -> int:
    """Queue studies to be screened again with the active model; earlier results stay.

    \b
    Examples:
      python -m ichdash rescreen 1.2.840.1 1.2.840.2
      python -m ichdash rescreen --all-from ich-0.2

    \b
    Exit code: 0 queued; 2 a study or a model is unknown, nothing was queued.
    """
    from ichdash import rescreening

    if bool(study_uids) == bool(all_from):
        raise click.UsageError("Give the UIDs of studies, or --all-from MODEL.")
    click.echo(rescreening.queue(checked_settings(), study_uids, all_from))
    return DONE
