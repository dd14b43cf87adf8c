"""Ways to retrain side by side over windows: what each has saved, and how good each was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.metrics.registry import METRICS
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look

RIGHT = 96
"""Room for the names of lines at their end."""


@dataclass(frozen=True)
class Line:
    """A strategy's values over the windows (None leaves a gap); its place among `Palette.series`, by which it always
    looks the same; and whether it retrained after each window."""

    name: str
    values: Sequence[float | None]
    place: int
    retrained: Sequence[bool]


def saved(look: Look, labels: Sequence[str], lines: Sequence[Line], *, title: str = "", height: int = 250) -> Figure:
    """The log loss of each strategy minus that of never retraining, added up over windows: below the zero line a
    strategy has paid. A mark says that it retrained after the window."""
    return _drawn(look, labels, lines, ".1f", title, height)


def skills(look: Look, labels: Sequence[str], lines: Sequence[Line], *, title: str = "", height: int = 250) -> Figure:
    """The skill of each strategy in each window. A mark says that it retrained after the window."""
    return _drawn(look, labels, lines, METRICS["skill"].spec, title, height)


def _drawn(look: Look, labels: Sequence[str], lines: Sequence[Line], spec: str, title: str, height: int) -> Figure:
    from plotly.graph_objects import Scatter

    known = [value for line in lines for value in line.values if value is not None]
    low, high = style.padded(min([0.0, *known]), max([0.0, *known]), 0.08)
    drawn = style.figure(look, height=height, left=56, right=RIGHT, bottom=26, top=26 if title else 10)
    style.zero_line(drawn, look, y=0)
    together = _together(lines)
    for line in together:
        role = look.palette.series[line.place]
        values = np.array([np.nan if value is None else value for value in line.values], float)
        sizes = [10 if marked else 0 for marked in line.retrained]
        drawn.add_trace(
            Scatter(
                x=list(range(len(labels))), y=values, mode="lines+markers", connectgaps=True, cliponaxis=False,
                line={"color": role.color, "width": role.width, "dash": role.dash},
                marker={"size": sizes, "symbol": role.symbol, "color": role.color, "line": {"width": 0}, "opacity": 1},
                hovertemplate=[_told(look, labels[place], line, place, spec) for place in range(len(labels))],
            )
        )  # fmt: skip
    ends = [(float(last), line.name) for line in together if (last := _last(line.values)) is not None]
    unit = (high - low) / (height - 36)
    style.line_ends(drawn, look, ends, unit, top=high - 8 * unit)
    if title:
        drawn.add_annotation(
            xref="paper", yref="paper", x=0, y=1, yshift=18, xshift=-48, xanchor="left", showarrow=False,
            text=style.escape(title), font=look.font(),
        )  # fmt: skip
    drawn.update_xaxes(style.step_axis(look, labels))
    return drawn.update_yaxes(style.value_axis(look, low, high, spec))


def _together(lines: Sequence[Line]) -> list[Line]:
    """Lines that lie on each other as one with all their names: only the topmost of them would be seen."""
    found: dict[tuple[float | None, ...], Line] = {}
    for line in lines:
        known = found.get(key := tuple(line.values))
        found[key] = replace(known, name=f"{known.name}\n{line.name}") if known else line
    return list(found.values())


def _last(values: Sequence[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _told(look: Look, label: str, line: Line, place: int, spec: str) -> str:
    value = line.values[place]
    figure = "–" if value is None else look.number(value, spec)
    after = "<br>" + look.say(message("retrained after this window")) if line.retrained[place] else ""
    name = style.escape(line.name.replace("\n", ", "))
    return f"{name}<br>{style.escape(label)}: {figure}{after}<extra></extra>"
