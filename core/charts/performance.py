"""How good a model is: figures with intervals, trends, candidates side by side, and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.charts import style
from core.charts.style import Look, RoleName
from core.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CLIP = 0.75
"""An interval may widen an axis by this much of what the values span; beyond, it is cut."""
FAR = 2.5
"""A candidate is off the scale when it loses this many times what the best one gains on a fixed guess."""
BINS = 50


class Row(NamedTuple):
    """One line of `intervals`; `low` and `high` are None where there is no interval."""

    label: str
    value: float
    low: float | None
    high: float | None
    role: RoleName


@dataclass(frozen=True)
class Curve:
    """A named line from `x` to `y`; `count` is the rows behind each point, where points stand for rows."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    role: RoleName
    count: Sequence[int] = ()


def intervals(look: Look, rows: Sequence[Row], *, spec: str = "+.1%", height: int = 124) -> Figure:
    """Figures with their 95 % intervals on both sides of zero, one row each; plain tuples serve as rows."""
    from plotly.graph_objects import Scatter

    rows = [Row(*row) for row in rows]
    bounds = [bound for row in rows for bound in (row.value, row.low, row.high, 0.0) if bound is not None]
    low, high = _padded(min(bounds, default=0.0), max(bounds, default=0.0), 0.12)
    left = style.names_margin([row.label for row in rows])
    drawn = style.figure(look, height=height, left=left, right=16, top=16)
    style.zero_line(drawn, look, x=0)
    for index, row in enumerate(rows):
        role = look.role(row.role)
        known = row.low is not None and row.high is not None
        line = {"type": "data", "symmetric": False, "color": role.color, "thickness": 2, "width": 5}
        whisker = {**line, "array": [row.high - row.value], "arrayminus": [row.value - row.low]} if known else None
        drawn.add_trace(
            Scatter(
                x=[row.value], y=[index], mode="markers+text", error_x=whisker, text=[look.number(row.value, spec)],
                textposition="top center", textfont=look.font(strong=True), cliponaxis=False,
                marker={"color": role.color, "symbol": role.symbol, "size": 11},
                hovertemplate=_told(look, row.label, row.value, row.low, row.high, spec),
            )
        )  # fmt: skip
    drawn.update_yaxes(style.name_axis([row.label for row in rows]))
    drawn.update_xaxes(style.value_axis(look, low, high, spec), showgrid=False)
    return drawn


def trend(
    look: Look,
    labels: Sequence[str],
    values: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    reference: float | None = None,
    reference_low: float | None = None,
    reference_high: float | None = None,
    *,
    reference_label: str = "",
    zero_label: str = "",
    spec: str = "+.1%",
    height: int = 180,
) -> Figure:
    """A figure over windows with its 95 % band, beside the reference with its own.

    NaN leaves a gap. `reference_label` and `zero_label` name the two lines at the right. A band far wider than
    the values is cut, so that these stay readable.
    """
    from plotly.graph_objects import Scatter

    values, low, high = (np.asarray(part, float) for part in (values, low, high))
    marks = [0.0, *values[np.isfinite(values)], *(v for v in (reference, reference_low, reference_high) if v is not None)]
    span = max(marks) - min(marks)
    bottom, top = np.nanmin([*low, *marks]), np.nanmax([*high, *marks])
    bottom, top = _padded(max(bottom, min(marks) - CLIP * span), min(top, max(marks) + CLIP * span), 0.06)
    drawn = style.figure(look, height=height, left=48, right=style.LABELS_MARGIN)
    style.zero_line(drawn, look, y=0)
    _reference(drawn, look, reference, reference_low, reference_high)
    _band(drawn, look, values, low, high)
    role = look.role("current")
    told = [_told(look, *window, spec) for window in zip(labels, values, low, high, strict=True)]
    drawn.add_trace(
        Scatter(
            x=list(range(len(values))), y=values, mode="lines+markers", hovertemplate=told, cliponaxis=False,
            line={"color": role.color, "width": role.width}, marker={"size": 7, "symbol": role.symbol},
        )
    )  # fmt: skip
    ends = [(reference, reference_label)] if reference is not None else []
    _ends(drawn, look, [*ends, (0.0, zero_label)], (top - bottom) / (height - 32))
    every = max(1, -(-(len(labels) - 1) // 6))
    written = list(range(0, len(labels), every))
    drawn.update_xaxes(
        range=[-0.5, len(labels) - 0.5],
        tickvals=written,
        ticktext=[style.escape(style.shorten(labels[index], 16)) for index in written],
    )
    return drawn.update_yaxes(style.value_axis(look, bottom, top, spec))


def candidates(
    look: Look,
    names: Sequence[str],
    log_losses: Sequence[float],
    constant: float,
    chosen: str = "",
    *,
    height: int | None = None,
) -> Figure:
    """Candidates by log loss, the best on top, each as a bar from what the best `constant` loses: to the left is
    better than a fixed guess, to the right worse. One that is far worse is cut and keeps its figure. The `chosen`
    one has a filled mark."""
    from plotly.graph_objects import Bar, Scatter

    order = np.argsort(np.asarray(log_losses, float), kind="stable")
    names, losses = [names[index] for index in order], np.asarray(log_losses, float)[order]
    reach = max(FAR * (constant - losses.min(initial=constant)), 0.005 * constant)
    shown = np.minimum(losses, constant + reach)
    height = height or 62 + 28 * len(names)
    drawn = style.figure(look, height=height, left=style.names_margin(names), right=64, top=22, bottom=42)
    better = [look.role("positive" if loss <= constant else "negative") for loss in losses]
    pattern = {**style.PATTERN, "shape": ["/" if role.pattern else "" for role in better]}
    rows = list(range(len(names)))
    colors = [role.color for role in better]
    bars = {"color": colors, "pattern": {**pattern, "fillmode": "replace"}, "line_width": 0}
    drawn.add_trace(Bar(x=shown - constant, base=constant, y=rows, orientation="h", width=0.34, marker=bars, hoverinfo="skip"))
    symbols = [
        "triangle-right" if loss > far else f"{role.symbol}{'' if name == chosen else '-open'}"
        for loss, far, role, name in zip(losses, shown, better, names, strict=True)
    ]
    drawn.add_trace(
        Scatter(
            x=shown, y=rows, mode="markers", marker={"color": colors, "symbol": symbols, "size": 11, "line_width": 2},
            cliponaxis=False, hovertemplate=[_told(look, *row, None, None, ".4f") for row in zip(names, losses, strict=True)],
        )
    )  # fmt: skip
    for row, loss in enumerate(losses):
        figure = look.number(float(loss), ".3f")
        drawn.add_annotation(
            xref="paper", x=1, y=row, xshift=14, xanchor="left", showarrow=False, font=look.font(strong=True),
            text=f"<b>{figure}</b>" if names[row] == chosen else figure,
        )  # fmt: skip
    style.zero_line(drawn, look, x=constant)
    drawn.add_annotation(
        yref="paper", x=constant, y=1, yanchor="bottom", showarrow=False, font=look.font(),
        text=look.say(message("fixed guess {loss:.3f}", loss=constant)),
    )  # fmt: skip
    low, high = _padded(min(shown.min(initial=constant), constant), max(shown.max(initial=constant), constant), 0.08)
    drawn.update_yaxes(style.name_axis(names))
    return drawn.update_xaxes(style.value_axis(look, low, high, ".3f", title=look.say(message("log loss, lower is better"))))
