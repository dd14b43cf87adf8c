"""The controls of a single case, made from the contract; every value is in the link."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from pages.parts import court
from pages.parts.reads import read
from pages.parts.state import _, named, number

if TYPE_CHECKING:
    from core.data.contract import Contract, Feature

FEW = 8
"""Whole numbers up to which each is a button of its own."""


def values(project: str, contract: Contract) -> dict[str, float | str]:
    """The case on the page: what a control says, else the link, else what is usual."""
    usual = read(workflows.usual_case, project)
    placed = court.features(*court.place()) if court.has(project) else {}
    found: dict[str, float | str] = {}
    for feature in contract.features:
        if feature.name in placed:
            found[feature.name] = placed[feature.name]
            continue
        key = f"case-{feature.name}"
        said = st.session_state.get(key)
        found[feature.name] = _linked(feature, usual[feature.name]) if said is None else said
        st.query_params[key] = str(found[feature.name])
    return {name: value if isinstance(value, str) else float(value) for name, value in found.items()}


def controls(project: str, contract: Contract) -> None:
    """One control per feature that the court does not give."""
    placed = court.features(*court.place()) if court.has(project) else {}
    said = values(project, contract)
    asked = [feature for feature in contract.features if feature.name not in placed]
    for feature in filter(_buttons, asked):
        _control(project, feature, said[feature.name])
    grid = st.grid(2, min_column_width=180)
    for feature in asked:
        if not _buttons(feature):
            with grid.container():
                _control(project, feature, said[feature.name])


def written(feature: Feature, value: float | str) -> str:
    """A value as the reader writes it, with its unit."""
    if feature.traits.yes_no:
        return _("yes") if value else _("no")
    text = value if isinstance(value, str) else number(value, ".0f" if float(value).is_integer() else ".4f")
    return f"{text} {named(feature.unit)}".strip()


def _linked(feature: Feature, usual: float | str) -> float | str:
    """The link's value, or the usual one where the link says none that the contract allows."""
    asked = st.query_params.get(f"case-{feature.name}")
    if asked is None:
        return usual
    if feature.traits.text:
        return asked if not feature.categories or asked in feature.categories else usual
    number_ = _number(asked)
    low = feature.minimum if feature.minimum is not None else float("-inf")
    high = feature.maximum if feature.maximum is not None else float("inf")
    return number_ if number_ is not None and low <= number_ <= high else usual


def _number(text: str) -> float | None:
    try:
        found = float(text == "True") if text in ("True", "False") else float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _buttons(feature: Feature) -> bool:
    if not feature.traits.whole or feature.traits.yes_no or feature.minimum is None or feature.maximum is None:
        return False
    return feature.maximum - feature.minimum < FEW


def _control(project: str, feature: Feature, value: float | str) -> None:
    key = f"case-{feature.name}"
    label = ", ".join(named(text) for text in (feature.title, feature.unit) if text)
    low, high = feature.minimum, feature.maximum
    if feature.traits.yes_no:
        st.toggle(label, bool(value), key=key)
    elif feature.traits.text:
        options = list(feature.categories or read(workflows.known_categories, project)[feature.name])
        here = str(value)
        options += [here] * (here not in options)
        st.selectbox(label, options, options.index(here), key=key, accept_new_options=not feature.categories)
    elif feature.traits.whole:
        _whole(project, feature, label, int(value))
    else:
        # Streamlit takes no mixture of whole numbers and others, and a contract may say 0 for either.
        least, most = (None if bound is None else float(bound) for bound in (low, high))
        st.number_input(label, least, most, float(value), key=key)


def _whole(project: str, feature: Feature, label: str, value: int) -> None:
    key = f"case-{feature.name}"
    low, high = (None if bound is None else int(bound) for bound in (feature.minimum, feature.maximum))
    if low is None or high is None:
        st.number_input(label, low, high, value, 1, key=key)
    elif _buttons(feature):
        st.segmented_control(
            label, list(range(low, high + 1)), default=value, key=key, required=True,
            format_func=lambda number_: f":gray[{court.period(project, feature.name, number_)}]",
        )  # fmt: skip
    else:
        st.slider(label, low, high, value, key=key)
