"""The threshold studio: what a threshold is for, where that puts it, and what it does on the test rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from core import workflows
from core.charts import decisions
from core.metrics.evaluation import metrics
from core.metrics.intervals import Interval, intervals
from core.metrics.registry import METRICS, thresholded
from core.metrics.thresholds import USUAL, Aim, Rule, Study, describe
from pages.parts.figures import label, written
from pages.parts.frame import card
from pages.parts.picture import picture
from pages.parts.reads import read
from pages.parts.state import _, chosen, delta, number, say
from pages.parts.terms import term

if TYPE_CHECKING:
    from core.data.arrays import Floats

AIMS: dict[Aim, Callable[[], str]] = {
    "f1": lambda: _("Highest F1"),
    "cost": lambda: _("Lowest cost"),
    "precision": lambda: _("Wanted precision"),
    "recall": lambda: _("Wanted recall"),
}


def asked() -> tuple[float, Rule | None]:
    """The threshold in the link and the rule it came from; 0.5 and none until one is taken."""
    value = _share("threshold", USUAL)
    return value, _rule() if "threshold" in st.query_params and "aim" in st.query_params else None


def told(value: float, rule: Rule | None) -> None:
    """One line: the threshold and what it is for."""
    shown = number(value, ".2f")
    if rule:
        st.caption(_("Threshold {value}: {rule}.", value=shown, rule=say(describe(rule))), help=term("threshold"))
    else:
        st.caption(_("Threshold {value}; the view Threshold moves it.", value=shown), help=term("threshold"))


def studio(candidate: workflows.TrainedCandidate, truth: Floats, probability: Floats) -> None:
    """Rule and curve at the left, what the threshold does on the test rows at the right."""
    left, right = st.columns(2)
    with left, card(_("Where to draw the line"), _("by out-of-fold rows")):
        rule = _ask()
        study = read(workflows.threshold_study, candidate.run_id, rule)
        name = label(METRICS[rule.aim]) if rule.aim in METRICS else _("mean cost of a row")
        alt = _(
            "{figure} is {value} at a threshold of {threshold}.",
            figure=name,
            value=number(study.at_chosen, ".3f"),
            threshold=number(study.chosen, ".2f"),
        )
        drawn = (study.thresholds, study.figure, study.chosen)
        picture(decisions.thresholds, *drawn, title=name, alt=alt, key="thresholds")
        _take(study)
    value, __ = asked()
    with right, card(_("On the test rows"), _("threshold {value}", value=number(value, ".2f"))):
        _effect(truth, probability, value)


def _ask() -> Rule:
    aims = {key: label() for key, label in AIMS.items()}
    now = _rule()
    row = st.columns([1.3, 1, 1])
    aim = row[0].selectbox(_("Aim"), list(aims), list(aims).index(now.aim), format_func=aims.__getitem__)
    if aim == "cost":
        alarm = row[1].number_input(_("False alarm costs"), 0.0, 1e6, now.false_alarm, 1.0)
        miss = row[2].number_input(_("Miss costs"), 0.0, 1e6, now.miss, 1.0)
        rule = Rule(aim, alarm, miss)
    elif aim == "f1":
        rule = Rule(aim)
    else:
        wanted = row[1].number_input(_("At least, in %"), 1, 100, round(now.wanted * 100), 5)
        rule = Rule(aim, wanted=wanted / 100)
    written = {
        "aim": rule.aim,
        "false_alarm": f"{rule.false_alarm:g}",
        "miss": f"{rule.miss:g}",
        "wanted": f"{rule.wanted:g}",
    }
    if rule != now or "aim" not in st.query_params:
        st.query_params.update(written)
    return rule


def _take(study: Study) -> None:
    if not study.reached:
        st.markdown(
            _(":orange[:material/warning:] On these rows no threshold reaches that for certain. This is the nearest.")
        )
    taken, __ = asked()
    with st.container(horizontal=True, vertical_alignment="center"):
        label = _("Use {threshold}", threshold=number(study.chosen, ".2f"))
        if st.button(label, icon=":material/check:", disabled=bool(np.isclose(taken, study.chosen, atol=1e-6))):
            st.query_params["threshold"] = f"{study.chosen:.6f}"
            st.rerun()
        if taken != USUAL and st.button(_("Back to {usual}", usual=number(USUAL, "g")), type="tertiary"):
            del st.query_params["threshold"]
            st.rerun()


def _effect(truth: Floats, probability: Floats, value: float) -> None:
    predicted = probability >= value
    counts = [[int(np.sum((truth == outcome) & (predicted == call))) for call in (0, 1)] for outcome in (0, 1)]
    here, usual = _bounds(truth, probability, value), metrics(truth, probability, USUAL)
    alt = _(
        "{right} of {all} rows are called right.",
        right=number(counts[0][0] + counts[1][1], ",d"),
        all=number(len(truth), ",d"),
    )
    picture(decisions.confusion, counts, (_("negative"), _("positive")), alt=alt, key="confusion")
    shown = thresholded()
    for place, metric in zip(st.columns(len(shown)), shown, strict=True):
        found, before = here.get(metric.key), usual[metric.key]
        if found is None:  # no row is called positive, so there is no precision
            place.metric(label(metric), written(metric, None), help=say(metric.meaning))
            continue
        change = None if value == USUAL or before is None else delta(found.value - before, metric.signed)
        place.metric(label(metric), written(metric, found.value), change, delta_color="off", help=say(metric.meaning))
        place.caption(f"{written(metric, found.low)}–{written(metric, found.high)}")
    told = _("Below each figure: its 95 % interval.")
    if value != USUAL:
        usual_one = number(USUAL, "g")
        told = _("Below each figure: the change from a threshold of {usual}, and the 95 % interval.", usual=usual_one)
    st.caption(told)


@st.cache_data(show_spinner=False, max_entries=64)
def _bounds(truth: Floats, probability: Floats, value: float) -> dict[str, Interval]:
    """What predictions at a threshold are worth, each figure with its interval."""
    found = intervals(truth, probability, [metric.key for metric in thresholded()], threshold=value)
    return {name: bounds for name, bounds in found.items() if bounds}


def _rule() -> Rule:
    usual: Aim = "f1"
    aim = next((aim for aim in AIMS if aim == chosen("aim")), usual)
    return Rule(aim, _cost("false_alarm"), _cost("miss"), _share("wanted", 0.6))


def _cost(key: str) -> float:
    return _number(key, 1.0, 0.0, 1e6)


def _share(key: str, usual: float) -> float:
    return _number(key, usual, 0.0, 1.0)


def _number(key: str, usual: float, low: float, high: float) -> float:
    text = chosen(key)
    plain = text.replace(".", "", 1)
    return float(text) if plain.isascii() and plain.isdecimal() and low <= float(text) <= high else usual
