"""Under which keys a run records what a candidate reached."""

from __future__ import annotations

from collections.abc import Mapping

LOW, HIGH = "_low", "_high"
"""Ends of a key: the bounds of the figure's 95 % interval."""
ENDS = ("", LOW, HIGH)


def on_test(name: str, end: str = "") -> str:
    """The key of a metric on the test rows, or with `end` that of a bound of its interval."""
    return f"test_{name}{end}"


def on_folds(name: str) -> str:
    """The key of a metric's mean over the cross-validation folds."""
    return f"cv_{name}_mean"


def with_bounds(figures: Mapping[str, float], name: str) -> tuple[float | None, float | None, float | None]:
    """A metric on the test rows and the bounds of its interval, as far as they were recorded."""
    value, low, high = (figures.get(on_test(name, end)) for end in ENDS)
    return value, low, high
