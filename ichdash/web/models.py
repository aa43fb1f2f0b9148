"""The models that there are, on the model page: what each is, and the switch to another.

There is no login, so the switch is there only where a setting allows it; everywhere else the page
names the command.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ichdash import registry
from ichdash.performance.words import figure_text, licences
from ichdash.registry import Model
from ichdash.settings import Settings
from ichdash.web import parts, session

ON_THE_COMMAND_LINE = (
    "Choose another on the command line: `python -m ichdash models activate MODEL`. "
    "With `ICHDASH_ADMINISTRATION=on` it can be done here."
)


def show() -> None:
    """Every model with its state, and the switch where it is allowed."""
    st.subheader("Models", anchor=False)
    with parts.faults_told():
        settings = session.settings()
        known = registry.models(settings)
        st.table([_row(model) for model in known])
        for model in known:
            if model.fault:
                parts.fault(f"{model.name}: {model.fault}")
        if settings.model is not None:
            st.caption("The setting `ICHDASH_MODEL` decides which model is used.")
        elif settings.administration == "on":
            _switch(settings, known)
        else:
            st.caption(ON_THE_COMMAND_LINE)


def _row(model: Model) -> dict[str, str]:
    card, performance = model.card, model.card.performance if model.card else None
    return {
        "Model": parts.plain(model.name),
        "State": "active" if model.is_active else "",
        "Made": parts.plain(card.created) if card else "–",
        "Licence of its training data": parts.plain(licences(card)) if card else "–",
        "AUC (95 % interval)": figure_text(performance.figures.get("auc") if performance else None),
        "Weights": "cannot be used" if model.fault else "match the card",
    }


def _switch(settings: Settings, known: Sequence[Model]) -> None:
    """Activate one that can be used; workers that run take it for the next study."""
    usable = [model.name for model in known if not model.fault and not model.is_active]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Other models", usable, key="model_choice", disabled=not usable, width=320
        )
        pressed = st.button("Activate", key="model_activate", disabled=not usable)
    if pressed and chosen:
        with st.spinner(f"Checking {chosen}"):
            registry.activate(settings, chosen)
        st.rerun()
