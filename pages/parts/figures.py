"""How a metric looks on a page: its name, its value, and the interval beside it."""

from __future__ import annotations

from core.metrics.metric import Metric
from pages.parts.state import _, number, say


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
    place, metric: Metric, value: float | None, low: float | None, high: float | None, *, title: str = "", **options
) -> None:
    """A figure with its interval below, for whoever hovers with its meaning."""
    place.metric(
        title or label(metric),
        written(metric, value),
        between(metric, low, high),
        delta_color="off",
        delta_arrow="off",
        help=say(metric.meaning),
        **options,
    )
