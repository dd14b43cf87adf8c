"""What the overview and the monitoring page both say of a verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.charts import performance
from core.charts.performance import Level, MadeBy, Points
from core.metrics.intervals import FEWEST_LABELS
from core.metrics.performance import FEWEST_OF_A_CLASS
from core.metrics.registry import METRICS
from pages.parts.figures import written
from pages.parts.picture import picture
from pages.parts.state import _, delta, say

if TYPE_CHECKING:
    from core import workflows
    from core.metrics.intervals import Interval
    from core.metrics.metric import Metric
    from core.metrics.windows import Window
    from pages.parts.frame import Color

LEVELS: dict[str, tuple[str, Color, Callable[[], str]]] = {
    "healthy": (":material/check_circle:", "green", lambda: _("Healthy")),
    "watch": (":material/visibility:", "yellow", lambda: _("Watch")),
    "retrain": (":material/error:", "red", lambda: _("Retrain")),
    "stop": (":material/block:", "red", lambda: _("Stop")),
}


def left_out(windows: Sequence[Window]) -> str:
    """How many windows have too few labels to be drawn; "" for none."""
    return left_out_of(sum(not any(window.figures.values()) for window in windows), len(windows))


def left_out_of(count: int, windows: int) -> str:
    """The same of windows that are counted."""
    if not count:
        return ""
    return _(
        "left out, under {fewest} labels or {rare} of one outcome: {count} of {all}",
        fewest=FEWEST_LABELS,
        rare=FEWEST_OF_A_CLASS,
        count=count,
        all=windows,
    )


def trend(windows: Sequence[Window], monitored: workflows.Monitored | None, *, key: str, height: int = 180) -> None:
    """The skill over time beside the reference, without the windows that `left_out` counts."""
    found = monitored.assessment.performance if monitored else None
    drawn(windows, found.reference_skill if found else None, METRICS["skill"], key=key, height=height)


def drawn(
    windows: Sequence[Window],
    reference: Interval | None,
    metric: Metric,
    *,
    key: str,
    height: int = 180,
    versions: Sequence[int] = (),
    references: Mapping[int, Interval | None] | None = None,
) -> None:
    """A metric over windows with its bands, beside that of the reference; beside the reference of each of `versions`
    where several made the windows."""
    shown = [
        (place, window.label or _("without a time"), bounds)
        for place, window in enumerate(windows)
        if (bounds := window.figures.get(metric.key))
    ]
    if not shown:
        few = _(
            "No window has {fewest} labels with {rare} of each outcome, so there is no trend to trust.",
            fewest=FEWEST_LABELS,
            rare=FEWEST_OF_A_CLASS,
        )
        st.caption(few)
        return
    zero = metric.worthless
    places, labels, found = zip(*shown, strict=True)
    worst = metric.worst(shown, lambda one: one[2].value)
    label = _("test {skill}", skill=written(metric, reference.value)) if reference else ""
    picture(
        performance.trend,
        Points(labels, [one.value for one in found], [one.low for one in found], [one.high for one in found]),
        Level(reference.value, label, reference.low, reference.high) if reference else None,
        zero=zero and Level(zero.value, say(zero.title)),
        made_by=MadeBy([versions[place] for place in places], references or {}) if versions else None,
        spec=metric.spec,
        alt=_("Worst in {label}: {skill}.", label=worst[1], skill=written(metric, worst[2].value)),
        key=key,
        height=height,
    )


def percent_points(now: float | None, before: float | None) -> str | None:
    """The change between two shares, as `st.metric` takes a delta (an ASCII hyphen marks a fall)."""
    if now is None or before is None or math.isnan(now) or math.isnan(before):
        return None
    return delta((now - before) * 100, "+.1f")
