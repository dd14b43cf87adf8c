"""Models side by side: the candidates of a training, the versions of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.metrics.registry import METRICS
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.performance import Points
    from core.charts.style import Look, Numbers, RoleName

SKILL, LOSS = METRICS["skill"], METRICS["log_loss"]
FAR = 2.5
"""A candidate is off the scale when it is this many times as far from a fixed guess as the best one is."""


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
    reach = max(FAR * abs(constant - losses.min(initial=np.inf)), 0.005 * constant)
    shown = np.minimum(losses, constant + reach)
    height = height or 64 + 34 * len(names)
    drawn = style.figure(look, height=height, left=style.names_margin(names), right=64, top=22, bottom=42)
    better = [look.role("positive" if loss <= constant else "negative") for loss in losses]
    pattern = {**style.PATTERN, "shape": ["/" if role.pattern else "" for role in better]}
    rows = list(range(len(names)))
    colors = [role.color for role in better]
    bars = {"color": colors, "pattern": {**pattern, "fillmode": "replace"}, "line_width": 0}
    drawn.add_trace(
        Bar(x=shown - constant, base=constant, y=rows, orientation="h", width=0.34, marker=bars, hoverinfo="skip")
    )
    symbols = [
        "triangle-right" if loss > far else role.symbol for loss, far, role in zip(losses, shown, better, strict=True)
    ]
    filled = [color if name == chosen else look.palette.page for color, name in zip(colors, names, strict=True)]
    drawn.add_trace(
        Scatter(
            x=shown, y=rows, mode="markers",
            marker={"color": filled, "symbol": symbols, "size": 11, "line": {"color": colors, "width": 2}},
            cliponaxis=False,
            hovertemplate=[style.told(look, *row, None, None, LOSS.spec) for row in zip(names, losses, strict=True)],
        )
    )  # fmt: skip
    for row, loss in enumerate(losses):
        figure = look.number(float(loss), LOSS.spec)
        drawn.add_annotation(
            xref="paper", x=1, y=row, xshift=14, xanchor="left", showarrow=False, font=look.font(strong=True),
            text=f"<b>{figure}</b>" if names[row] == chosen else figure,
        )  # fmt: skip
    style.zero_line(drawn, look, x=constant)
    drawn.add_annotation(
        yref="paper", x=constant, y=1, yanchor="bottom", showarrow=False, font=look.font(),
        text=look.say(message("baseline {loss}", loss=LOSS.written(constant))),
    )  # fmt: skip
    low, high = style.padded(
        min(shown.min(initial=constant), constant), max(shown.max(initial=constant), constant), 0.08
    )
    drawn.update_yaxes(style.name_axis(names, lines=2))
    return drawn.update_xaxes(
        style.value_axis(look, low, high, ".3f", title=look.say(message("log loss, lower is better")))
    )


def folds(look: Look, names: Sequence[str], losses: Sequence[Sequence[float]], constant: float) -> Figure:
    """The log loss of every fold, a row of points per candidate with a bar at their mean; the line is the best
    `constant`. A candidate whose points scatter owes its rank to luck."""
    from plotly.graph_objects import Scatter

    drawn = style.figure(
        look, height=max(258, 66 + 34 * len(names)), left=style.names_margin(names), right=16, top=22, bottom=46
    )
    shown = [np.asarray(part, float) for part in losses]
    best = min(part.mean() for part in shown)
    far = max(constant, best) + FAR * max(abs(constant - best), 0.005)
    role, mean = look.role("current"), look.role("champion")
    for row, part in enumerate(shown):
        inside = np.minimum(part, far)
        hover = [style.told(look, names[row], float(loss), None, None, LOSS.spec) for loss in part]
        symbols = ["triangle-right" if loss > far else role.symbol for loss in part]
        marker = {"color": role.color, "size": 7, "opacity": 0.65, "symbol": symbols}
        drawn.add_trace(
            Scatter(x=inside, y=[row] * len(part), mode="markers", marker=marker, hovertemplate=hover, cliponaxis=False)
        )
        if part.mean() <= far:
            across = {"x0": float(part.mean()), "x1": float(part.mean()), "y0": row - 0.28, "y1": row + 0.28}
            drawn.add_shape(type="line", **across, line={"color": mean.color, "width": 3})
    style.zero_line(drawn, look, x=constant)
    drawn.add_annotation(
        yref="paper", x=constant, y=1, yanchor="bottom", showarrow=False, font=look.font(),
        text=look.say(message("baseline {loss}", loss=LOSS.written(constant))),
    )  # fmt: skip
    every = [*(value for part in shown for value in np.minimum(part, far)), constant]
    low, high = style.padded(min(every), max(every), 0.06)
    drawn.update_yaxes(style.name_axis(names, lines=2))
    title = look.say(message("log loss of each fold, lower is better"))
    return drawn.update_xaxes(style.value_axis(look, low, high, ".3f", title=title))


def learning(
    look: Look,
    rows: Sequence[int],
    unseen: Numbers,
    low: Numbers,
    high: Numbers,
    seen: Numbers,
    *,
    height: int = 258,
) -> Figure:
    """Log loss over the number of training rows: on rows left out (line, with the range over folds) and on the rows
    learned from (grey)."""
    from plotly.graph_objects import Scatter

    left_out, bottom, top, learned = (np.asarray(part, float) for part in (unseen, low, high, seen))
    drawn = style.figure(look, height=height, left=62, right=16, bottom=46)
    band = {"fill": "toself", "fillcolor": look.palette.band, "line_width": 0, "hoverinfo": "skip"}
    drawn.add_trace(Scatter(x=[*rows, *reversed(rows)], y=np.append(top, bottom[::-1]), mode="lines", **band))
    names: list[tuple[str, RoleName]] = [
        (look.say(message("rows left out")), "current"),
        (look.say(message("rows learned from")), "reference"),
    ]
    for (name, part), losses in zip(reversed(names), (learned, left_out), strict=True):
        role = look.role(part)
        drawn.add_trace(
            Scatter(
                x=list(rows), y=losses, mode="lines+markers", cliponaxis=False,
                line={"color": role.color, "width": role.width, "dash": role.dash},
                marker={"symbol": role.symbol, "size": 7},
                hovertemplate=[style.told(look, name, loss, None, None, LOSS.spec) for loss in losses],
            )
        )  # fmt: skip
    style.key(drawn, look, names, bottom=False)
    lowest, highest = min(bottom.min(), learned.min()), max(top.max(), learned.max())
    drawn.update_yaxes(
        style.value_axis(look, *style.padded(lowest, highest, 0.1), ".3f", title=look.say(message("log loss")))
    )
    across = style.value_axis(look, 0, rows[-1] * 1.03, ",.0f", title=look.say(message("training rows")))
    return drawn.update_xaxes({**across, "showgrid": False})


def versions(
    look: Look,
    registered: Points,
    champion: str = "",
    challenger: str = "",
    *,
    production: Sequence[float | None] = (),
    spec: str = SKILL.spec,
    height: int = 180,
) -> Figure:
    """A metric across `registered` versions, in the order given, with 95 % intervals where known. The `champion` is a
    star with its figure, the `challenger` a diamond, others are grey; `production` figures are hollow circles. A trace
    per kind and not per version keeps hundreds of versions as fast as five."""
    from plotly.graph_objects import Scatter

    names, (values, low, high) = registered.labels, registered.arrays()
    known = [float(one) for one in (*values, *low, *high, *production) if one is not None and np.isfinite(one)]
    bottom, top = style.padded(min(known, default=0.0), max(known, default=1.0), 0.14)
    drawn = style.figure(look, height=height, left=48, top=14)
    if bottom < 0 < top:
        style.zero_line(drawn, look, y=0)
    rest = [index for index, name in enumerate(names) if name not in (champion, challenger)]
    groups: list[tuple[list[int], RoleName, int]] = [
        (rest, "reference", 9),
        ([names.index(champion)] if champion else [], "champion", 15),
        ([names.index(challenger)] if challenger else [], "challenger", 12),
    ]
    for places, part, size in groups:
        role = look.role(part)
        bare = part == "reference"
        if places:
            drawn.add_trace(
                Scatter(
                    x=places, y=values[places], mode="markers+text", cliponaxis=False,
                    error_y=style.whiskers(role, values[places], low[places], high[places]),
                    text=["" if bare else look.number(values[place], spec) for place in places],
                    textposition="middle right", textfont=look.font(strong=True),
                    marker={"color": role.color, "symbol": "circle" if bare else role.symbol, "size": size},
                    hovertemplate=[
                        style.told(look, names[place], values[place], low[place], high[place], spec) for place in places
                    ],
                )
            )  # fmt: skip
    scored = [(place, value) for place, value in enumerate(production) if value is not None]
    if scored:
        name = look.say(message("in production"))
        role = look.role("current")
        drawn.add_trace(
            Scatter(
                x=[place for place, _ in scored], y=[value for _, value in scored], mode="markers", cliponaxis=False,
                marker={"symbol": "circle-open", "size": 11, "color": role.color, "line": {"width": 2}},
                hovertemplate=[
                    style.told(look, f"{names[place]} {name}", value, None, None, spec) for place, value in scored
                ],
            )
        )  # fmt: skip
    drawn.update_xaxes(style.step_axis(look, names))
    return drawn.update_yaxes(style.value_axis(look, bottom, top, spec))
