"""One case: its features in, its probability out, why, and what became of cases like it. The link says the case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core import workflows
from core.charts import explanation
from pages.parts import court
from pages.parts.frame import card, head
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.score import case
from pages.parts.state import _, delta, named, number, titles
from pages.parts.table import table
from pages.parts.views import views

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.data.contract import Contract

CLOSE = 0.02
"""A probability this near the average is said to be about average."""


def answer(project: str, contract: Contract) -> workflows.Explained:
    """What the champion says of the case on the page."""
    version = read(workflows.champion, project).version
    return workflows.explain(project, case.values(project, contract), version=version)


def head_of(project: str, found: workflows.Explained) -> DeltaGenerator:
    """The sentence that changes with the case."""
    rate = number(found.probability, ".0%")
    placed = court.has(project)
    if found.outside:
        title = _("No trustworthy answer for this shot") if placed else _("No trustworthy answer for this case")
        return head(title, _("The model says {rate}, but it has seen next to nothing like it.", rate=rate))
    if not placed:
        return head(_("The probability is {rate}", rate=rate), _beside_average(project, found))
    title = _("A shot from {feet} ft goes in {rate} of the time", feet=court.feet(), rate=rate)
    return head(
        title, _beside_average(project, found) + " " + _("Click the court to move it; the link keeps the shot.")
    )


def show(project: str, contract: Contract, found: workflows.Explained) -> None:
    """The case's controls, its answer and, where there is one, the court."""
    left, right = st.columns([1.22, 1])
    if court.has(project):
        with left, card(_("Where the shot is taken"), _("click to move it")):
            court.pick(project, case.values(project, contract), read(workflows.champion_average, project))
            court.fields()
        with right:
            _answered(project, contract, found)
            with card(_("When"), height="content"):
                case.controls(project, contract)
            _why(project, contract, found)
        return
    with left, card(_("The case")):
        case.controls(project, contract)
    with right:
        _answered(project, contract, found)
        _why(project, contract, found)


def _answered(project: str, contract: Contract, found: workflows.Explained) -> None:
    average, placed = read(workflows.champion_average, project), court.has(project)
    threshold = read(workflows.champion, project).threshold
    above = found.probability >= threshold
    verdict = _("Yes at threshold {value}", value=threshold) if above else _("No at threshold {value}", value=threshold)
    title = _("Probability of a made shot") if placed else _("Probability")
    icon = ":material/check:" if above else ":material/close:"
    with card(title, verdict, icon=icon, height="content"):
        _warning(contract, found)
        case_, usual, like = st.columns([1.25, 1, 1])
        case_.metric(
            _("This shot") if placed else _("This case"),
            number(found.probability, ".1%"),
            _("{points} points", points=delta(100 * (found.probability - average), "+.1f")),
            delta_description=_("from average"),
            delta_color="off",
        )
        usual.metric(_("Average in training"), number(average, ".1%"))
        rate, rows = court.made_here(project) if placed else (found.rate_near, found.near)
        words = _("Of {rows:,} training shots in this zone of the court.", rows=rows) if placed else _(
            "Of the {rows:,} training rows most like it.", rows=rows
        )  # fmt: skip
        like.metric(_("Made from here") if placed else _("Cases like it"), number(rate, ".1%"), help=words)
        _ten(contract, found, placed)


def _warning(contract: Contract, found: workflows.Explained) -> None:
    if not found.outside:
        return
    known = titles(contract)
    if found.beyond:
        names = ", ".join(known[name] for name in found.beyond)
        words = _("{names}: beyond what the model has seen. Do not rely on this figure.", names=names)
    else:
        words = _("Outside what the model has seen. Do not rely on this figure.")
    st.warning(words, icon=":material/warning:")


def _ten(contract: Contract, found: workflows.Explained, placed: bool) -> None:
    outcomes = found.nearest[contract.target].to_list()
    marks = {1: ":violet[:material/radio_button_unchecked:]", 0: ":yellow[:material/close:]"}
    signs = " ".join(marks[int(outcome)] for outcome in outcomes)
    few = len(outcomes)
    words = _("{count} nearest real shots", count=few) if placed else _("The {count} most like it", count=few)
    count = _("{made} made", made=int(sum(outcomes))) if placed else _("{yes} yes", yes=int(sum(outcomes)))
    st.markdown(f"{words} {signs} {count}")


def _why(project: str, contract: Contract, found: workflows.Explained) -> None:
    with st.container(border=True):
        names = {"moves": _("What moves it"), "changed": _("If one thing changed"), "nearest": _("Nearest cases")}
        match views("why", names):
            case "moves":
                _contributions(project, contract, found)
            case "changed":
                _curves(project, contract, found)
            case "nearest":
                known = titles(contract)
                rows = found.nearest[[contract.target, *known]].rename(columns=known)
                table(rows, name=f"{project}_nearest", key="nearest")


def _contributions(project: str, contract: Contract, found: workflows.Explained) -> None:
    values, said = found.contributions.values, case.values(project, contract)
    names = [f"{named(feature.title)} {case.written(feature, said[feature.name])}" for feature in contract.features]
    strongest = max(contract.features, key=lambda feature: abs(values[feature.name]))
    alt = _(
        "{name} moves it most, by {points} points.",
        name=strongest.title,
        points=number(100 * values[strongest.name], "+.1f"),
    )
    picture(
        explanation.contributions,
        names,
        [values[feature.name] for feature in contract.features],
        alt=alt,
        key="contributions",
    )
    st.caption(
        _(
            "Shapley values: they lead from {base}, the mean of a sample of training rows, to {rate}.",
            base=number(found.contributions.base, ".1%"),
            rate=number(found.contributions.probability, ".1%"),
        )
    )
    if not found.contributions.exact:
        st.caption(_("With this many features they are estimated from drawn orders."))


def _curves(project: str, contract: Contract, found: workflows.Explained) -> None:
    known = titles(contract)
    said = case.values(project, contract)
    every = [value for curve in found.curves for value in curve.probability]
    span = (min(*every, found.probability), max(*every, found.probability))
    grid = st.grid(2, min_column_width=180)
    for curve in found.curves:
        low, high = min(curve.probability), max(curve.probability)
        alt = _(
            "{name}: between {low} and {high}.",
            name=known[curve.feature],
            low=number(low, ".0%"),
            high=number(high, ".0%"),
        )
        with grid.container(gap=None):
            st.caption(known[curve.feature])
            picture(
                explanation.curve, curve.at, curve.probability, here=said[curve.feature],
                here_probability=found.probability, span=span, alt=alt, key=f"curve-{curve.feature}",
            )  # fmt: skip
    st.caption(_("One feature moves, the others stay as they are; the mark is this case."))


def _beside_average(project: str, found: workflows.Explained) -> str:
    average = read(workflows.champion_average, project)
    away = found.probability - average
    if abs(away) < CLOSE:
        return _("About as likely as the average, {average}.", average=number(average, ".0%"))
    if away > 0:
        return _("More likely than the average, {average}.", average=number(average, ".0%"))
    return _("Less likely than the average, {average}.", average=number(average, ".0%"))
