"""Queues studies of a terminal's choice again; what became of them stays in their history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ichdash.errors import InputError, NotFoundError
from ichdash.model.card import ModelCard
from ichdash.registry import active_card
from ichdash.settings import Settings
from ichdash.store import Store


def queue(settings: Settings, study_uids: Sequence[str], all_from: str | None) -> str:
    """Queue studies by UID, or all whose result is by a model; a line for the person.

    Raises InputError where one of them is unknown; nothing is queued then. Raises ModelError
    where there is no active model to screen them with.
    """
    model_id = ModelCard.load(active_card(settings)).model_id
    with Store.open(settings.data_dir) as store, store.batch():
        wanted = _by_model(store, all_from) if all_from else _known(store, study_uids)
        now = datetime.now(UTC)
        queued = sum(store.screen_again(uid, now) for uid in wanted)
    waiting = len(wanted) - queued
    already = f" Already on the way: {waiting}." if waiting else ""
    studies = "1 study is" if queued == 1 else f"{queued} studies are"
    return f"{studies} queued to be screened again with {model_id}.{already}"


def _by_model(store: Store, model_id: str) -> Sequence[str]:
    found = store.screened_by(model_id)
    if not found:
        known = ", ".join(store.models()) or "none"
        raise InputError(
            f"No study has a result by {model_id}. Nothing was queued. "
            f"Models that have results here: {known}."
        )
    return found


def _known(store: Store, study_uids: Sequence[str]) -> Sequence[str]:
    unknown = []
    for uid in study_uids:
        try:
            store.study(uid)
        except NotFoundError:
            unknown.append(uid)
    if unknown:
        raise InputError(
            f"There is no study {', '.join(unknown)} here. Nothing was queued. "
            "Copy the UIDs from the addresses of the case pages."
        )
    return tuple(dict.fromkeys(study_uids))
