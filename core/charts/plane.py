"""Rows by their place, for coordinates that are not a court's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.charts.court_lines import COLORS
from core.charts.style import Look

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CELLS = 60


def density(look: Look, x: np.ndarray, y: np.ndarray, *, x_title: str, y_title: str, height: int = 300) -> Figure:
    """How many rows lie where, in `CELLS` by `CELLS` cells over the middle 99 % of each coordinate."""
    from plotly.graph_objects import Heatmap

    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    edges = [np.linspace(*style.padded(*np.quantile(part, (0.005, 0.995)), 0.02), CELLS + 1) for part in (x, y)]
    counts, _, _ = np.histogram2d(y, x, bins=edges[::-1])
    drawn = style.figure(look, height=height, left=64, bottom=44)
    drawn.add_trace(
        Heatmap(
            x=edges[0][:-1], y=edges[1][:-1], z=np.where(counts, counts, np.nan) ** 0.5,
            colorscale=list(COLORS[look.mode].current), showscale=False, customdata=counts,
            hovertemplate="%{customdata:,.0f}<extra></extra>",
        )
    )  # fmt: skip
    drawn.update_xaxes(style.value_axis(look, edges[0][0], edges[0][-1], ".2f", title=x_title))
    return drawn.update_yaxes(style.value_axis(look, edges[1][0], edges[1][-1], ".2f", title=y_title))
