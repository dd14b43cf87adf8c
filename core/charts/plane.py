"""Rows by their place, for coordinates that are not a court's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.charts.court_lines import COLORS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look
    from core.data.arrays import Floats

CELLS = 60


def density(look: Look, x: Floats, y: Floats, *, x_title: str, y_title: str, height: int = 300) -> Figure:
    """How many rows lie where, in `CELLS` by `CELLS` cells over the middle 99 % of each coordinate."""
    from plotly.graph_objects import Heatmap

    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    across, up = _edges(x), _edges(y)
    counts, _ = np.histogramdd((y, x), bins=(up, across))
    drawn = style.figure(look, height=height, left=64, bottom=44)
    drawn.add_trace(
        Heatmap(
            x=across[:-1], y=up[:-1], z=np.where(counts, counts, np.nan) ** 0.5,
            colorscale=list(COLORS[look.mode].current), showscale=False, customdata=counts,
            hovertemplate="%{customdata:,.0f}<extra></extra>",
        )
    )  # fmt: skip
    drawn.update_xaxes(style.value_axis(look, float(across[0]), float(across[-1]), ".2f", title=x_title))
    return drawn.update_yaxes(style.value_axis(look, float(up[0]), float(up[-1]), ".2f", title=y_title))


def _edges(values: Floats) -> Floats:
    low, high = np.quantile(values, (0.005, 0.995))
    return np.linspace(*style.padded(low, high, 0.02), CELLS + 1)
