"""How a metric looks on a page: its name, its value, and the interval beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.metrics.evaluation import TARGET_RATE
from core.metrics.registry import METRICS, listed
from pages.parts.state import _, number, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.delta_generator import DeltaGenerator

    from core.metrics.metric import Metric, Table

RARE = 0.05
"""Share of positives below which average precision and lift lead."""


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


def rare(figures: Mapping[str, float | None]) -> bool:
    """Whether so few rows are positive that average precision leads, and F1 says nothing: at a threshold of 0.5 it is 0
    whatever the model is worth."""
    rate = figures.get(TARGET_RATE)
    return rate is not None and rate < RARE


def leading(place: Table, few_positives: bool) -> tuple[Metric, ...]:
    """The metrics that stand in a table; of rare positives average precision first, and no F1."""
    shown = listed(place)
    if not few_positives:
        return shown
    first = METRICS["average_precision"]
    return first, *(metric for metric in shown if metric.key not in (first.key, "f1"))


def lifted(figures: Mapping[str, float | None]) -> tuple[str, str]:
    """The average precision, and how many times that of a random order it is."""
    metric = METRICS["average_precision"]
    precision, rate = figures.get(metric.key), figures.get(TARGET_RATE)
    if precision is None or not rate:
        return written(metric, precision), ""
    return written(metric, precision), _("{lift} times a random order", lift=number(precision / rate, ".1f"))
