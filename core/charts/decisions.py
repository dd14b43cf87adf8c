"""What a threshold does: its place among all others, and the rows it calls right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers

SPARE = 0.08


def thresholds(
    look: Look,
    places: Numbers,
    figures: Numbers,
    chosen: float,
    *,
    title: str,
    spec: str = ".2f",
    height: int = 258,
) -> Figure:
    """A figure (named `title`) over every threshold, the `chosen` one marked, and 0.5 for comparison."""
    from plotly.graph_objects import Scatter

    x, y = np.asarray(places, float), np.asarray(figures, float)
    drawn = style.figure(look, height=height, left=62, right=16, top=22, bottom=42)
    role = look.role("current")
    told = [
        style.told(look, look.say(message("threshold {place:.2f}", place=float(place))), figure, None, None, spec)
        for place, figure in zip(x, y, strict=True)
    ]
    drawn.add_trace(
        Scatter(x=x, y=y, mode="lines", line={"color": role.color, "width": role.width}, hovertemplate=told)
    )
    best = float(y[np.abs(x - chosen).argmin()])
    drawn.add_trace(
        Scatter(
            x=[chosen], y=[best], mode="markers", hoverinfo="skip", cliponaxis=False,
            marker={"color": look.role("champion").color, "symbol": "star", "size": 15},
        )
    )  # fmt: skip
    grey = {"color": look.palette.text, "width": 1, "dash": "dot"}
    drawn.add_shape(type="line", x0=0.5, x1=0.5, yref="paper", y0=0, y1=1, line=grey, layer="below")
    low, high = min(float(x.min()), 0.45), max(float(x.max()), 0.55)
    for place, words in {0.5: "0.5", chosen: look.number(chosen, ".2f")}.items():
        if place == chosen or abs(place - chosen) > 0.06 * (high - low):
            drawn.add_annotation(
                yref="paper", x=place, y=1, yanchor="bottom", showarrow=False, text=words,
                font=look.font(strong=place == chosen),
            )  # fmt: skip
    bottom, top = style.padded(float(np.nanmin(y)), float(np.nanmax(y)), SPARE)
    across = style.value_axis(look, low, high, ".1f", title=look.say(message("threshold")))
    drawn.update_xaxes({**across, "showgrid": False})
    return drawn.update_yaxes(style.value_axis(look, bottom, top, spec, title=title))


def confusion(look: Look, counts: Sequence[Sequence[int]], names: tuple[str, str], *, height: int = 258) -> Figure:
    """The four kinds of rows: `counts[outcome][prediction]`, each in the order of `names` (the negative first), with
    the share of its outcome. What is right is filled, what is wrong hatched."""
    rows = np.asarray(counts, int)
    share = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)
    drawn = style.figure(look, height=height, left=96, right=8, top=8, bottom=46)
    right, wrong = look.role("positive"), look.role("negative")
    for outcome in (0, 1):
        for prediction in (0, 1):
            role = right if outcome == prediction else wrong
            edges = {"x0": prediction - 0.48, "x1": prediction + 0.48, "y0": outcome - 0.47, "y1": outcome + 0.47}
            drawn.add_shape(
                type="rect", **edges, fillcolor=role.color, line={"color": role.color, "width": 1.2},
                opacity=0.12 + 0.5 * float(share[outcome, prediction]), layer="below",
            )  # fmt: skip
            drawn.add_annotation(
                x=prediction, y=outcome, showarrow=False, font=look.font(strong=True, size=style.LABEL_SIZE),
                text=f"<b>{look.number(int(rows[outcome, prediction]), ',d')}</b><br>"
                f"{'✓' if outcome == prediction else '✗'} {look.number(float(share[outcome, prediction]), '.0%')}",
            )  # fmt: skip
    ticks = {"tickvals": [0, 1], "ticktext": [style.escape(style.shorten(name, 14)) for name in names]}
    titles = [look.say(message("prediction")), look.say(message("outcome"))]
    drawn.update_xaxes(**ticks, range=[-0.5, 1.5], title={"text": titles[0], "font": look.font()})
    return drawn.update_yaxes(**ticks, range=[-0.5, 1.5], title={"text": titles[1], "font": look.font()})
