"""The controls of a single case, made from the contract; every value is in the link."""

from __future__ import annotations

import math

import streamlit as st

from core import workflows
from core.data.contract import Contract, Feature
from pages.parts import court
from pages.parts.reads import read
from pages.parts.state import _, named, number

FEW = 8
"""Whole numbers up to which each is a button of its own."""


def values(project: str, contract: Contract) -> dict[str, object]:
    """The case on the page: what a control says, else the link, else what is usual."""
    usual = read(workflows.usual_case, project)
    placed = court.features(*court.place()) if court.has(project) else {}
    found = {}
    for feature in contract.features:
        if feature.name in placed:
            found[feature.name] = placed[feature.name]
            continue
        key = f"case-{feature.name}"
        said = st.session_state.get(key)
        found[feature.name] = _linked(feature, usual[feature.name]) if said is None else said
        st.query_params[key] = str(found[feature.name])
    return {name: float(value) if isinstance(value, bool | int) else value for name, value in found.items()}


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


def written(feature: Feature, value: object) -> str:
    """A value as the reader writes it, with its unit."""
    if feature.kind == "boolean":
        return _("yes") if value else _("no")
    if not isinstance(value, str):
        value = number(value, ".0f" if float(value).is_integer() else ".4f")
    return f"{value} {named(feature.unit)}".strip()


def _linked(feature: Feature, usual: object) -> object:
    """The link's value, or the usual one where the link says none that the contract allows."""
    asked = st.query_params.get(f"case-{feature.name}")
    if asked is None:
        return usual
    if feature.kind == "category":
        return asked if not feature.categories or asked in feature.categories else usual
    number_ = _number(asked)
    low = feature.minimum if feature.minimum is not None else float("-inf")
    high = feature.maximum if feature.maximum is not None else float("inf")
    return number_ if number_ is not None and low <= number_ <= high else usual


def _number(text: str) -> float | None:
    try:
        found = {"True": 1.0, "False": 0.0}.get(text) if text in ("True", "False") else float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _buttons(feature: Feature) -> bool:
    whole = feature.kind == "integer" and feature.minimum is not None and feature.maximum is not None
    return whole and feature.maximum - feature.minimum < FEW


def _control(project: str, feature: Feature, value: object) -> None:
    key = f"case-{feature.name}"
    label = ", ".join(named(text) for text in (feature.title, feature.unit) if text)
    low, high = feature.minimum, feature.maximum
    bounded = feature.kind == "integer" and low is not None and high is not None
    if feature.kind == "boolean":
        st.toggle(label, bool(value), key=key)
    elif feature.kind == "category":
        options = list(feature.categories or read(workflows.known_categories, project)[feature.name])
        options += [value] * (value not in options)
        st.selectbox(label, options, options.index(value), key=key, accept_new_options=not feature.categories)
    elif _buttons(feature):
        st.segmented_control(
            label, list(range(int(low), int(high) + 1)), default=int(value), key=key, required=True,
            format_func=lambda number_: f":gray[{court.period(project, feature.name, number_)}]",
        )  # fmt: skip
    elif bounded:
        st.slider(label, int(low), int(high), int(value), key=key)
    elif feature.kind == "integer":
        st.number_input(label, low and int(low), high and int(high), int(value), 1, key=key)
    else:
        st.number_input(label, low and float(low), high and float(high), float(value), key=key)
