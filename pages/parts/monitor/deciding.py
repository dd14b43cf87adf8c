"""What decided a verdict: four figures, and the facts, each a way to the chart that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.metrics.registry import METRICS
from core.monitoring import budget
from pages.parts import verdict
from pages.parts.figures import between, label, lifted, rare, written
from pages.parts.frame import card
from pages.parts.monitor import sight
from pages.parts.state import _, delta, number, plain, say
from pages.parts.terms import term

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.metrics.metric import Metric
    from core.monitoring.rules import Fact
    from core.monitoring.unlabelled import Unlabelled
    from core.monitoring.verdict import Assessment

SKILL, AUC, PRECISION = METRICS["skill"], METRICS["roc_auc"], METRICS["average_precision"]
VIEWS = {
    "drift": {"show": "changes"},
    "prediction": {"show": "changes"},
    "quality": {"show": "changes"},
    "support": {"show": "labels"},
    "estimate": {"show": "labels"},
    "skill": {"show": "performance", "metric": "skill"},
    "roc_auc": {"show": "performance", "metric": "roc_auc"},
}
"""Where the chart of a fact is, as the link says it."""
ICONS = {level: f":{color}[{icon}]" for level, (icon, color, __) in verdict.LEVELS.items()}


def names() -> dict[str, str]:
    """The views in which the evidence lies, and what follows from it."""
    return {
        "changes": _("What changed"),
        "performance": _("Performance"),
        "slices": _("Worst slices"),
        "importance": _("What it relies on"),
        "labels": _("Before labels"),
        "policy": _("Policy"),
        "replay": _("Replay"),
    }


def figures(assessment: Assessment, unlabelled: Unlabelled | None) -> None:
    """The figures that decide, each beside the reference."""
    row = st.grid(4, min_column_width=150)
    found = assessment.performance
    unknown = (_("unknown"), _("too few labels"))
    if found:
        points = verdict.percent_points(found.skill.value, found.reference_skill.value)
        change = delta(found.roc_auc.value - found.reference_roc_auc.value, AUC.signed)
        options: dict[str, Any] = {"delta_description": _("from test"), "border": True}
        skill = (written(SKILL, found.skill.value), points and _("{points} points", points=points))
        row.metric(_here(SKILL), *skill, help=say(SKILL.meaning), **options)
        if rare(found.reference):
            _plain(row, _here(PRECISION), *lifted(found.current), say(PRECISION.meaning))
        else:
            row.metric(_here(AUC), written(AUC, found.roc_auc.value), change, help=say(AUC.meaning), **options)
    else:
        _plain(row, _here(SKILL), *unknown)
        _plain(row, _here(AUC), *unknown)
    share = number(assessment.outside_share, ".0%") if assessment.rows else _("unknown")
    _plain(row, _("Unlike the test rows"), share, _("of {rows:,} rows", rows=assessment.rows), term("outside"))
    _plain(row, _("Estimate without labels"), *_estimate(unlabelled))


def _here(metric: Metric) -> str:
    return _("{metric} on this batch", metric=label(metric))


def why(assessment: Assessment) -> None:
    """The two questions with their answers, and the facts that decided."""
    icon, color, word = verdict.LEVELS[assessment.level]
    with card(_("Why"), word(), icon=icon, color=color):
        for column, (question, answer) in zip(st.columns(2), assessment.answers, strict=True):
            column.markdown(f":gray[:small[{say(question)}]]  \n{plain(say(answer))}")
        if assessment.performance and assessment.performance.skill_loss:
            st.caption(
                _(
                    "Look {look} at this version's labels. {spent} of its budget for false alarms is spent: in at most "
                    "{lifetime} of unchanged versions labels ever ask to retrain.",
                    look=assessment.look,
                    spent=number(budget.spent(assessment.look), ".0%"),
                    lifetime=number(budget.LIFETIME, ".0%"),
                )
            )
        with st.container(gap=None):
            for place, fact in enumerate(assessment.facts):
                _link(place, fact)


def _link(place: int, fact: Fact) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{ICONS[fact.level]} {plain(say(fact.reason))}")
        if fact.chart in VIEWS:
            # A button cuts a long text off, so that the sentence stands beside it.
            st.button(
                names()[VIEWS[fact.chart]["show"]],
                key=f"fact-{place}",
                type="tertiary",
                icon=":material/arrow_forward:",
                icon_position="right",
                on_click=_open,
                args=(fact.chart,),
            )


def _open(chart: str) -> None:
    st.query_params.update(VIEWS[chart])
    sight.ask(chart)


def _estimate(found: Unlabelled | None) -> tuple[str, str]:
    if found is None or not found.gate.open or found.estimate is None:
        return _("withheld"), _("not trustworthy")
    skill = found.estimate.figures["skill"]
    return _("skill {skill}", skill=written(SKILL, skill.value)), between(SKILL, skill.low, skill.high)


def _plain(row: DeltaGenerator, label: str, value: str, fact: str, meaning: str | None = None) -> None:
    row.metric(label, value, fact, delta_color="off", delta_arrow="off", border=True, help=meaning)
