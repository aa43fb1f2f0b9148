"""Model: the card of the active detector, with what it learnt from, how well it does, its limits.

Figures stand with their 95 % intervals, and predictive values at several prevalences, since the
sensitivity of a small, enriched validation says little about one's own emergency department.
"""

from __future__ import annotations

import streamlit as st

from ichdash.model.card import ModelCard, Performance, TrainingData
from ichdash.performance import charts
from ichdash.performance.words import (
    FIGURES,
    NOT_A_DEVICE,
    figure_row,
    operating_point_text,
    predictive_values,
    restricted,
    window_text,
)
from ichdash.web import models, parts, session

PREVALENCES = (0.02, 0.05, 0.1, 0.25)


def page() -> None:
    """The whole card, or what is wrong with it; then the models that there are."""
    with parts.faults_told():
        card = session.card()
        st.title(card.model_id, anchor=False)
        st.markdown(f"{parts.plain(card.intended_use)} **{NOT_A_DEVICE}**")
        if card.restriction:
            st.markdown(f"**{parts.plain(restricted(card.model_id, card.restriction))}**")
        if card.performance is None:
            st.info("This card holds no validation figures. Run python -m ichdash evaluate.")
        else:
            performed(card, card.performance)
        about, limits = st.columns(2, gap="large")
        with about:
            described(card)
            for data in card.training:
                learnt_from(data)
            learning_curves(card)
        with limits:
            limited(card)
            checked()
    models.show()


def performed(card: ModelCard, performance: Performance) -> None:
    """Figures at the operating point beside the two charts."""
    st.subheader("How it performs", anchor=False)
    st.markdown(
        f"{_capital(parts.plain(performance.method.rstrip('.')))}: {performance.studies} studies, "
        f"{performance.positive_studies} with hemorrhage. "
        f"{operating_point_text(card.operating_point)}"
    )
    figures, roc, calibration = st.columns([1.1, 1, 1], gap="medium")
    with figures:
        known = [name for name in FIGURES if name in performance.figures]
        st.table([figure_row(FIGURES[name], performance.figures[name]) for name in known])
        predicted(card)
    auc = performance.figures["auc"].value if "auc" in performance.figures else None
    roc.plotly_chart(
        charts.roc(performance.roc, card.operating_point, auc),
        key="roc",
        config={"displayModeBar": False},
    )
    calibration.plotly_chart(
        charts.calibration(performance.calibration),
        key="calibration",
        config={"displayModeBar": False},
    )
    by_finding(performance)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def by_finding(performance: Performance) -> None:
    """The AUC of each finding, where the card has them."""
    if not performance.finding_auc:
        return
    with st.expander("AUC by finding"):
        st.table([figure_row(name, auc) for name, auc in performance.finding_auc.items()])


def predicted(card: ModelCard) -> None:
    """What a flag, and its absence, are worth where hemorrhage is rarer or more frequent."""
    st.table(
        [
            {
                "Prevalence": f"{prevalence:.0%}",
                "Flagged: share with hemorrhage": parts.plain(parts.probability_text(positive)),
                "Not flagged: share without": parts.plain(parts.probability_text(negative)),
            }
            for prevalence in PREVALENCES
            for positive, negative in [predictive_values(card.operating_point, prevalence)]
        ]
    )


def described(card: ModelCard) -> None:
    """What the network sees and says."""
    st.subheader("What it is", anchor=False)
    windows = ", ".join(window_text(window) for window in card.network.windows)
    lines = [
        f"**Findings**: {', '.join(card.network.findings)}",
        f"**Sees**: slices of {card.network.size} × {card.network.size} pixels in the windows "
        f"{windows} (HU, center/width)",
        f"**Made**: {card.created}; weights {parts.plain(card.weights)}, "
        f"SHA-256 {card.sha256[:12]}…",
    ]
    if card.performance is not None:
        lines.append(
            f"**Labelling effort saved**: {card.performance.effort_saved:.1%} "
            "(labels of studies, not of slices)"
        )
    st.markdown("\n".join(f"- {line}" for line in lines))


def learnt_from(data: TrainingData) -> None:
    """One source of training data with its licence and citation."""
    st.subheader(f"Trained on {parts.plain(data.name)}", anchor=False)
    st.markdown(
        f"- {data.studies:,} studies, {data.positive_studies:,} with hemorrhage; "
        f"{data.slices:,} slices\n"
        f"- **Licence**: {parts.plain(data.licence)}\n"
        f"- **Cite**: {parts.plain(data.citation)}\n"
        f"- {parts.plain(data.notes)}"
    )


def learning_curves(card: ModelCard) -> None:
    """How the loss fell in training, where the card tells."""
    if card.curves:
        with st.expander("Learning curves"):
            st.plotly_chart(
                charts.learning(card.curves), key="curves", config={"displayModeBar": False}
            )


def limited(card: ModelCard) -> None:
    """Where the model fails, or was never tried."""
    st.subheader("Limits", anchor=False)
    st.markdown("\n".join(f"- {parts.plain(limit)}" for limit in card.limits))


def checked() -> None:
    """Load the detector here and now, since a card alone proves nothing about the machine."""
    st.subheader("On this machine", anchor=False)
    if st.button("Check the model", help="Loads the weights and compares them with the card."):
        with parts.faults_told():
            detector = session.detector()
            st.markdown(f"The weights match the card. Engine: {detector.engine.name}.")


page()
