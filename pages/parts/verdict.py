"""What the overview and the monitoring page both say of a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from core import workflows
from core.charts import performance
from core.monitoring import Window
from pages.parts.picture import picture
from pages.parts.state import _, delta, number
from pages.parts.terms import term

LEVELS = {
    "healthy": (":material/check_circle:", "green", lambda: _("Healthy")),
    "watch": (":material/visibility:", "yellow", lambda: _("Watch")),
    "retrain": (":material/error:", "red", lambda: _("Retrain")),
    "stop": (":material/block:", "red", lambda: _("Stop")),
}


def skill_help() -> str:
    """What skill is, for whoever hovers."""
    return term("skill")


def left_out(windows: Sequence[Window]) -> str:
    """How many windows have too few labels to be drawn; "" for none."""
    count = sum(window.skill is None for window in windows)
    return _("left out, under 100 labels: {count} of {all}", count=count, all=len(windows)) if count else ""


def trend(windows: Sequence[Window], monitored: workflows.Monitored | None, *, key: str, height: int = 180) -> None:
    """The skill over time beside the reference, without the windows that `left_out` counts."""
    shown = [window for window in windows if window.skill]
    if not shown:
        st.caption(_("No year has 100 labelled rows or more, so there is no trend to trust."))
        return
    bounds = (
        monitored.assessment.performance.reference_skill if monitored and monitored.assessment.performance else None
    )
    worst = min(shown, key=lambda window: window.skill.value)
    picture(
        performance.trend,
        [window.label for window in shown],
        [window.skill.value for window in shown],
        [window.skill.low for window in shown],
        [window.skill.high for window in shown],
        *((bounds.value, bounds.low, bounds.high) if bounds else ()),
        reference_label=_("test {skill}", skill=number(bounds.value, "+.1%")) if bounds else "",
        zero_label=_("fixed guess"),
        alt=_("Lowest in {label}: {skill}.", label=worst.label, skill=number(worst.skill.value, "+.1%")),
        key=key,
        height=height,
    )


def percent_points(now: float | None, before: float | None) -> str | None:
    """The change between two shares, as `st.metric` takes a delta (an ASCII hyphen marks a fall)."""
    if now is None or before is None or math.isnan(now) or math.isnan(before):
        return None
    return delta((now - before) * 100, "+.1f")
