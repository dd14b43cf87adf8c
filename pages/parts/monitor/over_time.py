"""How good the model was, window by window and batch by batch."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

import streamlit as st

from core import workflows
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.performance import FEWEST_OF_A_CLASS
from core.metrics.registry import METRICS, listed
from core.metrics.windows import ROWS, By
from pages.parts import court, verdict
from pages.parts.figures import label, leading, rare, written
from pages.parts.frame import card, folded
from pages.parts.monitor import sight
from pages.parts.reads import read
from pages.parts.state import _, chosen, say
from pages.parts.table import table
from pages.parts.terms import term
from pages.parts.views import views

if TYPE_CHECKING:
    from core.metrics.metric import Metric

MOST_ROWS = 10_000_000


def show(project: str, monitored: workflows.Monitored) -> None:
    """One metric over windows of time or over batches, as the link says, and all metrics of this batch."""
    first, second, third = st.columns([1.5, 1.25, 0.6], vertical_alignment="bottom")
    with first:
        metric = METRICS[views("metric", {one.key: label(one) for one in listed("trend")}, _("Metric"))]
    with second:
        names: dict[By | Literal["batches"], str] = dict(_windows(project).items())
        names["batches"] = _("Batch")
        by = views("by", names, _("Window"))
    with third:
        rows = _rows() if by == "rows" else ROWS
    if by == "batches":
        found = read(workflows.over_batches, project, metric.key)
    else:
        found = read(workflows.over_time, monitored.scoring_run, metric.key, by, rows)
    left, right = st.columns([2.4, 1])
    with left:
        _drawn(found, metric, names[by], key="over-time")
    with right:
        _all(monitored)
    if found.windows:
        _table(found, metric, by)


def skill(project: str, monitored: workflows.Monitored) -> None:
    """The skill over the windows that `show` begins with."""
    by, name = next(iter(_windows(project).items()))
    _drawn(read(workflows.over_time, monitored.scoring_run, "skill", by), METRICS["skill"], name, key="trend")


def _windows(project: str) -> dict[By, str]:
    season: dict[By, str] = {"season": _("Season")}
    year: dict[By, str] = {"year": _("Year")}
    first = season | year if court.has(project) else year | season
    return {**first, "month": _("Month"), "rows": _("Rows")}


def _drawn(found: workflows.Trend, metric: Metric, window: str, *, key: str) -> None:
    title = _("{metric} by {window}, with 95 % band", metric=label(metric), window=window.lower())
    with card(title, verdict.left_out(found.windows), meaning=say(metric.meaning)):
        sight.place("skill", "roc_auc")
        if not found.windows:
            st.caption(_("Nothing here has both a time and a label, so there is no trend."))
            return
        verdict.drawn(
            found.windows, found.reference, metric, key=key, versions=found.versions, references=found.references
        )
        if metric.needs_threshold:
            st.caption(_("at the version's threshold"))


def _rows() -> int:
    asked = int(chosen("rows")) if re.fullmatch(r"[0-9]{1,9}", chosen("rows")) else ROWS
    asked = min(max(asked, 1), MOST_ROWS)
    picked = st.number_input(_("Rows a window"), 1, MOST_ROWS, asked, 100, key=f"rows-{asked}")
    if picked != asked:
        st.query_params["rows"] = str(picked)
        st.rerun()
    return asked


def _all(monitored: workflows.Monitored) -> None:
    found = monitored.assessment.performance
    with card(_("This batch beside the test rows")):
        if found is None:
            few = _(
                "This batch has fewer than {fewest} labels, or fewer than {rare} of one outcome.",
                fewest=FEWEST_LABELS,
                rare=FEWEST_OF_A_CLASS,
            )
            st.caption(few)
            return
        rows = [
            {
                _("Metric"): label(metric),
                _("Test"): written(metric, found.reference.get(metric.key)),
                _("Batch"): written(metric, found.current.get(metric.key)),
            }
            for metric in leading("trend", rare(found.reference))
        ]
        st.dataframe(rows, hide_index=True)


def _table(found: workflows.Trend, metric: Metric, by: str) -> None:
    box = folded(_("Every window"), key="every-window")
    if not box.open:
        return
    rows = []
    for window, version in zip_longest(found.windows, found.versions):
        bounds = window.figures.get(metric.key)
        value, low, high = (bounds.value, bounds.low, bounds.high) if bounds else (None,) * 3
        rows.append(
            {
                **({_("Version"): version} if version else {}),
                _("Window"): window.label or _("without a time"),
                _("Rows"): window.rows,
                _("With a label"): window.labelled,
                _("Target rate"): window.target_rate,
                label(metric): value,
                _("low"): low,
                _("high"): high,
            }
        )
    meant = {label(metric): say(metric.meaning), _("low"): term("low"), _("high"): term("high")}
    specs = {_("Target rate"): ".1%", **dict.fromkeys(meant, metric.spec)}
    config = {name: st.column_config.NumberColumn(help=meaning) for name, meaning in meant.items()}
    with box:
        table(rows, name=f"{metric.key}_by_{by}", key="windows", specs=specs, config=config)
