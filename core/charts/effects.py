"""What a model makes of its features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.metrics.registry import METRICS
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers

    Bounds = tuple[float, float, float]
    """A figure and the ends of its 95 % interval."""

LOSS = METRICS["log_loss"]
MOST = 12
"""Features shown; the rest matter less than these."""


def importance(look: Look, names: Sequence[str], values: Numbers, low: Numbers, high: Numbers) -> Figure:
    """What the model loses without each feature, the most important on top, with 95 % intervals."""
    from plotly.graph_objects import Scatter

    names = [look.named(name) for name in names[:MOST]]
    bounds = np.column_stack([values, low, high]).astype(float)[:MOST]
    drawn = style.figure(
        look, height=max(258, 66 + 26 * len(names)), left=style.names_margin(names), right=16, top=8, bottom=46
    )
    role = look.role("current")
    for row, (name, (value, least, most)) in enumerate(zip(names, bounds.tolist(), strict=True)):
        whisker = style.whisker(role, value, least, most) or {}
        drawn.add_trace(
            Scatter(x=[0, value], y=[row, row], mode="lines", line={"color": role.color, "width": 7}, hoverinfo="skip")
        )
        drawn.add_trace(
            Scatter(
                x=[value], y=[row], mode="markers", marker={"color": look.palette.strong, "size": 5},
                error_x={**whisker, "color": look.palette.strong, "thickness": 1.2},
                hovertemplate=style.told(look, name, value, least, most, LOSS.spec), cliponaxis=False,
            )
        )  # fmt: skip
    bottom, top = style.padded(min(float(bounds[:, 1].min()), 0.0), max(float(bounds[:, 2].max()), 1e-4), 0.06)
    style.zero_line(drawn, look, x=0)
    drawn.update_yaxes(style.name_axis(names))
    title = look.say(message("log loss more without it"))
    return drawn.update_xaxes(style.value_axis(look, bottom, top, ".3f", title=title, most=4))


def importance_change(
    look: Look, names: Sequence[str], before: Sequence[Bounds], now: Sequence[Bounds], *, height: int = 0
) -> Figure:
    """What each feature is worth to the model on the reference (grey diamond) and on current rows (circle), each as
    (value, low, high) of its 95 % interval."""
    from plotly.graph_objects import Scatter

    names, before, now = list(names)[:MOST], before[:MOST], now[:MOST]
    height = height or 66 + 36 * len(names)
    drawn = style.figure(look, height=height, left=style.names_margin(names), right=16, top=8, bottom=46)
    style.zero_line(drawn, look, x=0)
    for shift, role, side in ((-0.16, look.role("reference"), before), (0.16, look.role("current"), now)):
        values, low, high = map(list, zip(*side, strict=True))
        drawn.add_trace(
            Scatter(
                x=values, y=[row + shift for row in range(len(names))], mode="markers", cliponaxis=False,
                marker={"color": role.color, "symbol": role.symbol, "size": 9},
                error_x=style.whiskers(role, values, low, high),
                hovertemplate=[style.told(look, name, *row, LOSS.spec) for name, row in zip(names, side, strict=True)],
            )
        )  # fmt: skip
    ends = [end for side in (before, now) for row in side for end in row[1:]]
    bottom, top = style.padded(min(0.0, *ends), max(1e-4, *ends), 0.06)
    drawn.update_yaxes(style.name_axis(names, lines=2))
    title = look.say(message("log loss more without it"))
    return drawn.update_xaxes(style.value_axis(look, bottom, top, ".3f", title=title, most=4))


def dependence(
    look: Look,
    values: Sequence[float | str],
    mean: Numbers,
    low: Numbers,
    high: Numbers,
    *,
    title: str,
    height: int = 258,
) -> Figure:
    """How the probability moves along a feature (`title`): the mean over rows, and the band of the middle 80 %."""
    from plotly.graph_objects import Scatter

    numeric = all(isinstance(value, int | float) for value in values)
    at = np.asarray(values, float) if numeric else np.arange(len(values))
    middle, bottom, top = (np.asarray(part, float) for part in (mean, low, high))
    role = look.role("current")
    drawn = style.figure(look, height=height, left=52, right=12, top=8, bottom=46 if numeric else 96)
    if numeric:
        band = {"fill": "toself", "fillcolor": look.palette.band, "line_width": 0, "hoverinfo": "skip"}
        drawn.add_trace(Scatter(x=np.append(at, at[::-1]), y=np.append(top, bottom[::-1]), mode="lines", **band))
    told = [
        style.told(look, str(value if not numeric else look.number(float(value), ".4g")), point, None, None, ".1%")
        for value, point in zip(values, middle.tolist(), strict=True)
    ]
    whiskers = {"type": "data", "symmetric": False, "array": top - middle, "arrayminus": middle - bottom,
                "color": look.palette.band, "thickness": 8, "width": 0}  # fmt: skip
    drawn.add_trace(
        Scatter(
            x=at, y=middle, mode="lines" if numeric and len(at) > 12 else "lines+markers" if numeric else "markers",
            line={"color": role.color, "width": role.width}, marker={"color": role.color, "size": 7},
            hovertemplate=told, error_y=None if numeric else whiskers,
        )
    )  # fmt: skip
    lowest, highest = style.padded(float(bottom.min()), float(top.max()), 0.06)
    drawn.update_yaxes(style.value_axis(look, max(lowest, 0), min(highest, 1), ".0%"))
    if numeric:
        left, right = style.padded(float(at.min()), float(at.max()), 0.02)
        across = style.value_axis(look, left, right, ".4f", title=look.named(title))
        return drawn.update_xaxes({**across, "showgrid": False})
    labels = [style.escape(style.shorten(str(value), 16)) for value in values]
    return drawn.update_xaxes(
        tickvals=list(at), ticktext=labels, tickangle=-55, range=[-0.6, len(at) - 0.4],
        title={"text": style.escape(look.named(title)), "font": look.font()},
    )  # fmt: skip
