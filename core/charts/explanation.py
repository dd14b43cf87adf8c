"""Why a case gets its probability: what each feature adds, and how one alone would move it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers
    from core.data.arrays import Floats

ROOM = 20
"""Characters that all labels below a curve may have together."""
MOST = 10
"""Bars that a reader takes in; the weakest of more are one bar."""


def contributions(look: Look, names: Sequence[str], values: Numbers, *, height: int = 220) -> Figure:
    """What each feature adds to a probability, in points, the strongest on top; what lowers it has a pattern too."""
    from plotly.graph_objects import Bar

    names, points = _strongest(look, list(names), np.asarray(values, float) * 100.0)
    room = 1.35 * max(float(np.abs(points).max(initial=0.0)), 0.5)
    drawn = style.figure(look, height=height, left=style.names_margin(names), bottom=42)
    style.zero_line(drawn, look, x=0)
    roles = [look.role("positive" if point >= 0 else "negative") for point in points]
    drawn.add_trace(
        Bar(
            x=points, y=list(range(len(points))), orientation="h", hoverinfo="skip",
            text=[look.number(point, "+.1f").replace("-", "\u2212") for point in points], textposition="outside",
            textfont=look.font(strong=True), cliponaxis=False, constraintext="none",
            marker={
                "color": [role.color for role in roles], "line": {"width": 0},
                "pattern": {**style.PATTERN, "shape": ["/" if role.pattern else "" for role in roles]},
            },
        )
    )  # fmt: skip
    drawn.update_yaxes(style.name_axis(names))
    title = look.say(message("percentage points"))
    axis = style.value_axis(look, -room, room, "+.1f", title=title)
    return drawn.update_xaxes({**axis, "showgrid": False})


def curve(
    look: Look,
    at: Sequence[float | str],
    probability: Sequence[float],
    *,
    here: float | str,
    here_probability: float,
    span: tuple[float, float],
    height: int = 150,
) -> Figure:
    """The probability over one feature while the others stay; `here` is the case, `span` the axis of all curves."""
    from plotly.graph_objects import Scatter

    role, named = look.role("current"), isinstance(at[0], str)
    drawn = style.figure(look, height=height, left=44, bottom=24)
    places = list(range(len(at))) if named else list(at)
    drawn.add_trace(
        Scatter(
            x=places, y=list(probability), mode="markers" if named else "lines", cliponaxis=False,
            line={"color": role.color, "width": role.width}, marker={"size": 8, "symbol": role.symbol},
            text=[style.escape(value) if isinstance(value, str) else look.number(value, ".5g") for value in at],
            customdata=[look.number(value, ".1%") for value in probability],
            hovertemplate="%{text}: %{customdata}<extra></extra>",
        )
    )  # fmt: skip
    if not named or here in at:
        drawn.add_trace(
            Scatter(
                x=[list(at).index(here) if named else here], y=[here_probability], mode="markers", hoverinfo="skip",
                marker={"size": 13, "color": "#FDB927", "line": {"color": look.palette.strong, "width": 2}},
            )
        )  # fmt: skip
    drawn.update_yaxes(style.value_axis(look, *style.padded(*span, 0.08), ".0%", most=4))
    if named:
        labels = [style.escape(style.shorten(str(value), 8)) for value in at]
        every = 1 if sum(map(len, labels)) <= ROOM else 2
        return drawn.update_xaxes(tickvals=places[::every], ticktext=labels[::every], range=[-0.5, len(at) - 0.5])
    ends = [float(place) for place in (*places, here)]
    low, high = style.padded(min(ends), max(ends), 0.04)
    ticks, step = style.ticks(low, high, 4)
    decimals = next((digits for digits in range(7) if abs(step * 10**digits - round(step * 10**digits)) < 1e-6), 6)
    words = [look.number(value, f".{decimals}f") for value in ticks]
    return drawn.update_xaxes(tickvals=ticks, ticktext=words, range=[low, high])


def _strongest(look: Look, names: list[str], points: Floats) -> tuple[list[str], Floats]:
    order = np.argsort(-np.abs(points), kind="stable").tolist()
    if len(order) <= MOST:
        return [names[place] for place in order], points[order]
    kept, rest = order[: MOST - 1], order[MOST - 1 :]
    words = look.say(message("{count} others", count=len(rest)))
    return [*(names[place] for place in kept), words], np.append(points[kept], points[rest].sum())
