"""How a metric looks on a page: its name, its value, and the interval beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.parts.state import _, number, say

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from core.metrics.metric import Metric


def label(metric: Metric) -> str:
    """What a metric is called where there is little room."""
    return say(metric.short)


def written(metric: Metric, value: float | None) -> str:
    """A value as the reader writes it."""
    return number(value, metric.spec)


def between(metric: Metric, low: float | None, high: float | None) -> str:
    """An interval in words."""
    return _("{low} to {high}", low=written(metric, low), high=written(metric, high))


def measured(
    place: DeltaGenerator,
    metric: Metric,
    found: tuple[float | None, float | None, float | None],
    *,
    title: str = "",
    border: bool = False,
) -> None:
    """A figure (value, low, high) with its interval below and, for whoever hovers, its meaning."""
    value, low, high = found
    place.metric(
        title or label(metric),
        written(metric, value),
        between(metric, low, high),
        delta_color="off",
        delta_arrow="off",
        help=say(metric.meaning),
        border=border,
    )
