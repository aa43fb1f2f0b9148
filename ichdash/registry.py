"""Which models there are, and which one is active: cards in two folders and one line in a file.

A model is known by the id in its card. Those that come with ichdash, or were trained into its
folder, lie in `models/`; those that were added lie in `<data folder>/models/<id>/`. The file
`<data folder>/models/active` names the active one; without it the shipped `ich.json` is. The
setting ICHDASH_MODEL, where it is set, decides instead of both.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ichdash.errors import InputError, ModelError
from ichdash.model.card import SCREENING_OFF, ModelCard
from ichdash.settings import SHIPPED, Settings
from ichdash.store import Store, disk

DEFAULT = SHIPPED / "ich.json"
ACTIVE = "active"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Model:
    """One card in a models folder. The fault is a sentence, and empty where there is none."""

    name: str  # its id; the file where that is not known
    path: Path
    card: ModelCard | None  # None where it is broken
    fault: str
    is_active: bool


def active_card(settings: Settings) -> Path:
    """The card of the active model; raises ModelError where the model chosen is gone."""
    if settings.model is not None:
        return settings.model
    chosen = chosen_id(settings)
    if not chosen:
        return DEFAULT
    for path in _cards(settings):
        if _name(settings, path) == chosen:
            return path
    raise ModelError(
        f"The active model {chosen} is no longer there. {SCREENING_OFF} "
        "Choose another: python -m ichdash models activate MODEL."
    )


def chosen_id(settings: Settings) -> str:
    """What the file of the active model says; empty where none was chosen."""
    try:
        return (_folder(settings) / ACTIVE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def models(settings: Settings) -> tuple[Model, ...]:
    """Every model, the shipped ones first; weights are compared with their cards, not built."""
    active = _active_or_none(settings)
    paths = list(_cards(settings))
    if active is not None and active not in paths:
        paths.insert(0, active)
    return tuple(_model(_name(settings, path), path, path == active) for path in paths)


def find(settings: Settings, model_id: str) -> Model:
    """The model of that id; raises InputError where there is none, or more than one."""
    known = models(settings)
    found = [each for each in known if each.name == model_id]
    if len(found) == 1:
        return found[0]
    if found:
        files = ", ".join(str(each.path) for each in found)
        raise InputError(f"{len(found)} models are called {model_id}: {files}. Keep one of them.")
    names = ", ".join(each.name for each in known)
    raise InputError(f"There is no model {model_id}. Known: {names}.")


def fault_of(path: Path) -> str:
    """Build the network of the card at `path` and load its weights: what is wrong, or empty."""
    # Torch takes seconds to import, and few commands and pages need it.
    from ichdash.model.detector import load_network  # noqa: PLC0415

    try:
        load_network(path)
    except ModelError as error:
        return _plain(error)
    return ""


def activate(settings: Settings, model_id: str) -> Model:
    """Make a model the active one, for workers that run too.

    Raises InputError for an unknown one or where ICHDASH_MODEL decides, and ModelError where its
    weights cannot be used; the active model stays the one that it was.
    """
    if settings.model is not None:
        raise InputError(
            f"ICHDASH_MODEL={settings.model} decides which model is used. Nothing was changed. "
            f"Start ichdash without that setting, then activate {model_id}."
        )
    model = find(settings, model_id)
    if fault := fault_of(model.path):
        before = _active_or_none(settings)
        stays = f"{_name(settings, before)} stays active" if before else "no model is active"
        raise ModelError(f"{fault} {model_id} was not activated: {stays}.")
    with Store.open(settings.data_dir), disk.faults_told("The choice", settings.data_dir):
        _remember(_folder(settings), "" if model.path == DEFAULT else model_id)
    return model


def _remember(folder: Path, model_id: str) -> None:
    """The shipped model is the one without a choice, so that an update brings its successor."""
    disk.make_folder(folder)
    if model_id:
        part = folder / f".{ACTIVE}.{secrets.token_hex(4)}"
        disk.write(part, folder / ACTIVE, iter([f"{model_id}\n".encode()]))
    else:
        (folder / ACTIVE).unlink(missing_ok=True)
    disk.sync_folder(folder)


def add(settings: Settings, path: Path) -> Path | None:
    """Copy a card, its weights and its held-out scores into the data folder, once verified.

    The card's new path, or None where it is known already. Raises InputError for what is no
    card, ModelError for weights that cannot be used, StoreError.
    """
    if path.suffix.lower() != ".json":
        raise InputError(
            f"{path.name} is not a model card. Nothing was added. A model enters only with its "
            "card: name the .json file that its weights came with."
        )
    if fault := fault_of(path):
        raise ModelError(f"{fault} Nothing was added.")
    card = ModelCard.load(path)
    check_id(card.model_id, "Nothing was added. Give the model another id in its card.")
    if _is_known(settings, card):
        return None
    beside = [path.with_suffix(ending) for ending in (".heldout.csv", ".learnt.csv")]
    files = [path, path.with_name(card.weights), *beside]
    folder = _folder(settings)
    with (
        Store.open(settings.data_dir),
        disk.faults_told(f"Model {card.model_id}", settings.data_dir),
    ):
        disk.make_folder(folder)
        contents = {each.name: each.read_bytes() for each in files if each.exists()}
        part = folder / f".{card.model_id}.{secrets.token_hex(4)}"
        disk.write_folder(part, folder / card.model_id, contents)
    return folder / card.model_id / path.name


def check_id(model_id: str, then: str) -> None:
    """Raises InputError, ending with the sentences `then`, unless an id may name a folder."""
    if model_id.casefold() == ACTIVE:
        raise InputError(
            f"{model_id!r} cannot be the id of a model: the choice is kept under that name. {then}"
        )
    if not _ID.fullmatch(model_id):
        raise InputError(
            f"{model_id!r} cannot be the id of a model: it must be of 1 to 64 letters, digits, "
            f"dots, hyphens and underscores, the first a letter or a digit. {then}"
        )


def _is_known(settings: Settings, card: ModelCard) -> bool:
    """Whether the very same model is there; raises InputError where another one has its id."""
    same = [m for m in models(settings) if m.name.casefold() == card.model_id.casefold()]
    if any(model.card == card for model in same):
        return True
    for model in same:
        known = model.card
        what = "weights" if known is None or known.sha256 != card.sha256 else "card"
        raise InputError(
            f"There is a model {model.name} with another {what} already ({model.path}). Nothing "
            "was added. Give the new one another model_id in its card."
        )
    return False


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "models"


def _cards(settings: Settings) -> Iterator[Path]:
    """Cards of the shipped models, then of those added; what is half written has a hidden name."""
    yield from sorted(SHIPPED.glob("*.json"), key=lambda path: path.stem)  # ich, then ich-…
    added = sorted(_folder(settings).glob("*/*.json"))
    yield from (path for path in added if not path.parent.name.startswith("."))


def _active_or_none(settings: Settings) -> Path | None:
    try:
        return active_card(settings)
    except ModelError:
        return None


def _model(name: str, path: Path, is_active: bool) -> Model:
    card = None
    try:
        card = ModelCard.load(path)
        card.verified_weights(path.parent)
    except ModelError as error:
        return Model(name, path, card, _plain(error), is_active)
    return Model(name, path, card, "", is_active)


def _name(settings: Settings, path: Path) -> str:
    """What a model is called: one that was added by its folder, even where its card is broken."""
    if path.parent.parent == _folder(settings):
        return path.parent.name
    try:
        return ModelCard.load(path).model_id
    except ModelError:
        return path.name


def _plain(error: ModelError) -> str:
    """A fault of a model that need not be the active one, so that screening may go on."""
    return str(error).removesuffix(f" {SCREENING_OFF}")
