"""One case: its features in, its probability out, with what is known of cases like it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core import workflows
from core.contract import Contract, Feature
from pages.parts import court
from pages.parts.frame import card, head
from pages.parts.reads import read
from pages.parts.state import _, number


@dataclass(frozen=True)
class Answer:
    """The champion's probability for the case, and whether its training data has nothing like it."""

    probability: float
    outside: bool


def answer(project: str, contract: Contract) -> Answer:
    """What the champion says of the case on the page."""
    row = pd.DataFrame([_values(project, contract)])
    return Answer(float(workflows.predict(project, row)[0]), bool(workflows.unlike_training(project, row)[0]))


def head_of(project: str, contract: Contract, found: Answer):
    """The sentence that changes with the case."""
    if found.outside:
        return head(
            _("No trustworthy answer for this case"),
            _("The model says {p:.0%}, but it has seen next to nothing like it.", p=found.probability),
        )
    return head(
        _("The probability is {p:.0%}", p=found.probability),
        _("Move the shot or change a value, and the answer follows.") if court.has(project) else contract.title,
    )


def show(project: str, contract: Contract, found: Answer) -> None:
    """The case's controls, its answer and, where there is one, the court."""
    average = read(workflows.champion_average, project)
    if not court.has(project):
        with card(_("Probability")):
            _figures(found, average)
        with card(_("The case")):
            grid = st.grid(3, min_column_width=220)
            for feature in contract.features:
                with grid.container():
                    _control(project, feature)
        return
    left, right = st.columns([1.22, 1])
    with left, card(_("Where the shot is taken"), _("click to move it")):
        values = _values(project, contract)
        court.pick(project, values, read(workflows.champion_training_rows, project), average)
    with right:
        with card(_("Probability"), height="content"):
            _figures(found, average)
        with card(_("The case")):
            court.fields()
            placed = court.features(*court.place())
            for feature in contract.features:
                if feature.name not in placed:
                    _control(project, feature)


def _figures(found: Answer, average: float) -> None:
    if found.outside:
        st.warning(_("Outside what the model has seen. Do not rely on this figure."), icon=":material/warning:")
    case, usual = st.columns(2)
    case.metric(
        _("This case"),
        number(found.probability, ".1%"),
        f"{(found.probability - average) * 100:+.1f}",
        delta_description=_("points from average"),
        delta_color="off",
    )
    usual.metric(_("Average in training"), number(average, ".1%"))


def _values(project: str, contract: Contract) -> dict[str, object]:
    usual = read(workflows.usual_case, project)
    placed = court.features(*court.place()) if contract.surface == court.SURFACE else {}
    return {
        feature.name: placed.get(feature.name, st.session_state.get(f"case-{feature.name}", usual[feature.name]))
        for feature in contract.features
    }


def _control(project: str, feature: Feature) -> None:
    key = f"case-{feature.name}"
    label = f"{feature.title}, {feature.unit}" if feature.unit else feature.title
    usual = read(workflows.usual_case, project)[feature.name]
    if feature.kind == "boolean":
        st.toggle(label, bool(usual), key=key)
    elif feature.kind == "category":
        options = feature.categories or read(workflows.known_categories, project)[feature.name]
        st.selectbox(
            label,
            options,
            list(options).index(usual) if usual in options else 0,
            key=key,
            accept_new_options=not feature.categories,
        )
    elif feature.kind == "integer" and feature.minimum is not None and feature.maximum is not None:
        st.slider(label, int(feature.minimum), int(feature.maximum), int(usual), key=key)
    elif feature.kind == "integer":
        st.number_input(label, feature.minimum, feature.maximum, int(usual), 1, key=key)
    else:
        st.number_input(label, feature.minimum, feature.maximum, float(usual), key=key)
