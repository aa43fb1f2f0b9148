"""README, `--help`, Makefile and settings tell the same story."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ichdash.cli import cli
from ichdash.domain import NotScreened
from ichdash.model.card import NON_COMMERCIAL, ModelCard
from ichdash.outcomes import as_json
from ichdash.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def told(*args: str) -> str:
    result = CliRunner().invoke(cli, [*args, "--help"], terminal_width=200)
    assert result.exit_code == 0
    return result.output


def default(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value or "none")


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command by its words; one that holds others stands among them."""
    for name, command in group.commands.items():
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


COMMANDS = dict(commands(cli))


def shell_lines() -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        yield from (line for line in block.splitlines() if line and not line.startswith("#"))


def command_lines() -> list[list[str]]:
    """What stands after `python -m ichdash` in README's code blocks, split as a shell would."""
    lines = (line.partition("python -m ichdash ")[2] for line in shell_lines())
    return [shlex.split(line.partition(" > ")[0]) for line in lines if line]


def test_readme_lists_every_setting_with_default_and_meaning() -> None:
    rows = re.findall(r"^\| `(ICHDASH_\w+)` \| `(.*?)` \| (.*?) \|$", README, re.MULTILINE)
    assert rows == [
        (f.metadata["variable"], default(f.default), f.metadata["meaning"])
        for f in fields(Settings)
    ]


def test_help_lists_every_setting_with_default_and_meaning() -> None:
    for f in fields(Settings):
        assert (
            f"{f.metadata['variable']}: {f.metadata['meaning']} [{f.default or 'none'}]" in told()
        )


def test_readme_names_no_setting_that_does_not_exist() -> None:
    known = {f.metadata["variable"] for f in fields(Settings)}
    assert set(re.findall(r"ICHDASH_[A-Z_]+", README)) <= known


def test_readme_lists_every_command_with_the_first_sentence_of_its_help() -> None:
    rows = re.findall(r"^\| `python -m ichdash (\w+).*?` \| (.*?) \|$", README, re.MULTILINE)
    sentences = {name: (cmd.help or "").split("\n\n")[0] for name, cmd in cli.commands.items()}
    assert dict(rows) == {name: " ".join(text.split()) for name, text in sentences.items()}


@pytest.mark.parametrize("args", command_lines(), ids=" ".join)
def test_a_command_line_of_readme_is_understood(args: list[str]) -> None:
    command = COMMANDS.get(" ".join(args[:2])) or COMMANDS[args[0]]
    options = {option for param in command.params for option in param.opts}
    assert {arg for arg in args[1:] if arg.startswith("--")} <= options


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_a_command_teaches_with_an_example(name: str) -> None:
    examples = told(*name.split()).partition("Example")[2]
    assert f"python -m ichdash {name}" in examples


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_says_what_it_does(name: str) -> None:
    options = [p for p in COMMANDS[name].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_make_targets_of_readme_exist() -> None:
    used = set(re.findall(r"\bmake (run|test|[a-z]+(?=\n```|`))", README))
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert {"run", "test"} <= used <= targets


def test_continuous_integration_runs_make_test_and_nothing_else() -> None:
    commands = [line for line in WORKFLOW.splitlines() if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_links_and_pictures_of_readme_exist() -> None:
    links = re.findall(r"\]\((?!https?:)(.*?)\)", README)
    assert links != []
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_json_keys_stand_in_readme_and_help_in_their_order() -> None:
    keys = list(as_json(NotScreened("1.2", "why")))
    for text in (README, told("screen")):
        places = [re.search(rf"\b{key}\b", text[text.index("study_uid") :]) for key in keys]
        starts = [place.start() for place in places if place]
        assert len(starts) == len(keys)
        assert starts == sorted(starts)


MODEL = json.loads((ROOT / "models" / "ich.json").read_text(encoding="utf-8"))
CARD_TEXT = (ROOT / "models" / "MODEL_CARD.md").read_text(encoding="utf-8")


RESEARCH = json.loads((ROOT / "models" / "ich-research.json").read_text(encoding="utf-8"))
RESEARCH_TEXT = (ROOT / "models" / "RESEARCH_CARD.md").read_text(encoding="utf-8")


def test_the_research_model_stands_with_its_figures_and_what_it_may_be_used_for() -> None:
    assert RESEARCH_TEXT.startswith(f"# Model card: {RESEARCH['model_id']}\n")
    assert RESEARCH["sha256"] in RESEARCH_TEXT
    assert ModelCard.load(ROOT / "models" / "ich-research.json").restriction == NON_COMMERCIAL
    assert ModelCard.load(ROOT / "models" / "ich.json").restriction == ""
    assert "non-commercial research and education only" in README
    assert "**Non-commercial research and education only**" in RESEARCH_TEXT
    for name in ("auc", "auc_single"):
        figure = RESEARCH["performance"]["figures"][name]
        value, low, high = (figure[key] for key in ("value", "low", "high"))
        assert f"{value:.2f} ({low:.2f}–{high:.2f})" in README
        assert f"| {value:.3f} | {low:.3f}–{high:.3f} |" in RESEARCH_TEXT


@pytest.mark.parametrize("name", ["auc", "sensitivity", "specificity", "accuracy", "f1"])
def test_readme_and_model_card_tell_the_figures_of_the_shipped_model(name: str) -> None:
    figure = MODEL["performance"]["figures"][name]
    value, low, high = (figure[key] for key in ("value", "low", "high"))
    word = {"auc": "AUC", "f1": "F1"}.get(name, name)
    assert re.search(rf"{word}\s{value:.2f}\s\((95\s%\sinterval\s)?{low:.2f}–{high:.2f}\)", README)
    assert f"| {word} | {value:.3f} | {low:.3f}–{high:.3f} |" in CARD_TEXT


def test_model_card_names_the_shipped_model() -> None:
    assert CARD_TEXT.startswith(f"# Model card: {MODEL['model_id']}\n")
