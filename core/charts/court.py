"""Charts on the half-court, in tenths of a foot with the hoop at (0, 0) and the baseline below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.charts import hexagons, style, support
from core.charts.court_lines import BASELINE, COLORS, HALF_LINE, SIDE, distance, frame, from_court, to_court, with_lines
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look
    from core.data.arrays import Floats

    Scale = list[list[float | str]]
    """Stops from 0 to 1, each with its colour."""

__all__ = [
    "before_and_now",
    "density",
    "distance",
    "from_court",
    "gathered",
    "shots",
    "surface",
    "surface_cells",
    "to_court",
    "zones",
]

MINI_TOP = 320.0
CELL = 5.0
HEXAGON = 10.0
FEWEST = 3
"""A hexagon of fewer shots says nothing of a rate and is left out."""
SHADES = 12
BANDS = (80.0, 160.0, 237.5)
"""Distances from the hoop at which zones end, in tenths of a foot: the last is the three-point arc."""
ZONES = 1 + 3 * len(BANDS)
CLICK_STEP = 10
BELOW, ABOVE = (0.0, 0.333, 0.667, 0.905), (0.241, 0.483, 0.741, 1.0)
"""Where the colours below the average sit between the low end and it, and those above between it and the high end."""


def density(
    look: Look,
    x: Floats,
    y: Floats,
    *,
    role: Literal["current", "reference"] = "current",
    height: int = 190,
) -> Figure:
    """A small court with where the shots come from, `x` and `y` in tenths of a foot, however many there are."""
    from plotly.graph_objects import Heatmap
    from scipy.ndimage import gaussian_filter

    columns, rows = _edges(-SIDE, SIDE), _edges(BASELINE, MINI_TOP)
    counts, _ = np.histogramdd(_known(y, x), bins=(rows, columns))
    # To the power 0.4, or the one bin by the hoop would swallow everything.
    shade = gaussian_filter(counts, sigma=2.2, mode="nearest") ** 0.4
    drawn = frame(look, height=height, top=MINI_TOP)
    drawn.add_trace(
        Heatmap(
            x=columns[:-1] + CELL / 2, y=rows[:-1] + CELL / 2, z=(shade / max(shade.max(), 1e-9)).astype("float32"),
            zmin=0, zmax=1, colorscale=list(getattr(COLORS[look.mode], role)),
            zsmooth="best", showscale=False, hoverinfo="skip",
        )
    )  # fmt: skip
    return with_lines(drawn, look, top=MINI_TOP, width=1.1)


def gathered(x: Floats, y: Floats) -> hexagons.Hexagons:
    """Rows by their place, in as little as `before_and_now` draws them from."""
    x, y = _known(x, y)
    on_court = (np.abs(x) <= SIDE) & (y >= BASELINE) & (y <= MINI_TOP)
    nothing = np.zeros(int(on_court.sum()))
    return hexagons.gather(x[on_court], y[on_court], nothing, radius=HEXAGON, fewest=FEWEST)


def before_and_now(look: Look, before: hexagons.Hexagons, now: hexagons.Hexagons, *, height: int = 330) -> Figure:
    """Where rows came from (grey) and come from (outlined): the larger a hexagon, the more of its own side were there.

    Of lines and filled lines alone, so that a document can draw it too."""
    from plotly.graph_objects import Scatter

    drawn = frame(look, height=height, top=MINI_TOP)
    reference, current = look.role("reference"), look.role("current")
    filled = {"mode": "none", "fill": "toself", "fillcolor": reference.color, "opacity": 0.55}
    outlined = {"mode": "lines", "line": {"color": current.color, "width": 1.2}}
    for side, options in ((before, filled), (now, outlined)):
        if len(side.x):
            ((__, x, y),) = hexagons.outlines(side, np.zeros(len(side.x)))
            drawn.add_trace(Scatter(x=x, y=y, hoverinfo="skip", **options))
    return with_lines(drawn, look, top=MINI_TOP, width=1.1)


def shots(look: Look, x: Floats, y: Floats, made: Floats, *, height: int | None = None) -> Figure:
    """Shots in hexagons: the larger, the more were taken there; the colour is the rate made against the average.

    `made` is 1, 0 or null; a shot without a known outcome counts nowhere, and hexagons of fewer than three shots
    are left out. `height` is 480 unless given, and 390 on a phone.
    """
    x, y, made = _known(x, y, made)
    on_court = (np.abs(x) <= SIDE) & (y >= BASELINE) & (y <= HALF_LINE)
    x, y, made = x[on_court], y[on_court], made[on_court]
    found = hexagons.gather(x, y, made, radius=HEXAGON, fewest=FEWEST)
    drawn = frame(look, height=height or (390 if look.narrow else 480), top=HALF_LINE, bar=True)
    if len(found.x):
        _color(drawn, look, found, float(made.mean()))
    return with_lines(drawn, look, top=HALF_LINE, width=1.6)


def zones(look: Look, x: Floats, y: Floats, made: Floats, *, height: int | None = None) -> Figure:
    """The rate made in each zone of the court (distance by side), with its count; a shot without a known outcome
    counts nowhere, and zones of fewer than `FEWEST` shots stay blank."""
    from plotly.graph_objects import Heatmap

    x, y, made = _known(x, y, made)
    count = np.bincount(zone(x, y), minlength=ZONES)
    rate = np.bincount(zone(x, y), made, minlength=ZONES) / np.maximum(count, 1)
    rate[count < FEWEST] = np.nan
    cells_x, cells_y = surface_cells()
    cell_zone = zone(cells_x, cells_y)
    drawn = frame(look, height=height or (390 if look.narrow else 480), top=HALF_LINE, bar=True)
    if len(x):
        average = float(made.mean())
        scale, low, high = _scale(look, average, rate[count >= FEWEST])
        columns, rows = _edges(-SIDE, SIDE)[:-1] + CELL / 2, _edges(BASELINE, HALF_LINE)[:-1] + CELL / 2
        drawn.add_trace(
            Heatmap(
                x=columns, y=rows, z=rate[cell_zone].reshape(len(rows), len(columns)).astype("float32"),
                zmin=low, zmax=high, colorscale=scale, colorbar=_bar(look, average, low, high), hoverinfo="skip",
            )
        )  # fmt: skip
    for number in np.flatnonzero(count >= FEWEST):
        here = cell_zone == number
        words = f"<b>{look.number(rate[number], '.0%')}</b><br>{look.number(int(count[number]), ',d')}"
        drawn.add_annotation(
            x=float(np.median(cells_x[here])), y=float(np.median(cells_y[here])), text=words, showarrow=False,
            font=look.font(strong=True), bgcolor=look.palette.page, opacity=0.85, borderpad=2,
        )  # fmt: skip
    return with_lines(drawn, look, top=HALF_LINE, width=1.6)


def zone(x: Floats, y: Floats) -> Floats:
    """The zone of each place, 0 to `ZONES` - 1: near the hoop, then three sides in each further band of distance."""
    x, y = np.asarray(x, float), np.asarray(y, float)
    band = np.searchsorted(BANDS, np.hypot(x, y), side="right")
    # Seen from the hoop: left, middle and right third of the half plane before the baseline.
    side = np.clip((np.degrees(np.arctan2(np.maximum(y, 0), -x)) // 60).astype(int), 0, 2)
    return np.where(band == 0, 0, 1 + 3 * (band - 1) + side)


def surface_cells() -> tuple[Floats, Floats]:
    """x and y of the cells that `surface` colours, (9400,) each, row by row from the baseline up."""
    columns, rows = _edges(-SIDE, SIDE)[:-1] + CELL / 2, _edges(BASELINE, HALF_LINE)[:-1] + CELL / 2
    x, y = np.meshgrid(columns, rows)
    return x.ravel(), y.ravel()


def surface(
    look: Look,
    probability: Floats,
    *,
    average: float,
    trained_x: Floats,
    trained_y: Floats,
    shot: tuple[float, float] | None = None,
    height: int | None = None,
) -> Figure:
    """The probability over the whole half-court, to be clicked on.

    `probability` belongs to the places of `surface_cells`; the colours turn at `average`. Where the training shots
    (`trained_x`, `trained_y`) are too far away the court is hatched instead of coloured. `shot` is marked. With
    `on_select="rerun", selection_mode="points"` a click gives the place as x and y of the selected point. The
    picture is smoothed over about a foot. `height` is 594 unless given, and 390 on a phone, where the width bounds
    the court.
    """
    from scipy.ndimage import gaussian_filter

    x, y = _edges(-SIDE - CELL, SIDE + CELL)[:-1] + CELL / 2, _edges(BASELINE - CELL, HALF_LINE + CELL)[:-1] + CELL / 2
    away = np.full((len(y), len(x)), support.FARTHEST)
    near = support.distances(trained_x, trained_y, *surface_cells()).reshape(len(y) - 2, len(x) - 2)
    # A single shot more or less makes no coast: half a foot of smoothing gives the edge of an area.
    away[1:-1, 1:-1] = gaussian_filter(near, sigma=1.2)
    drawn = frame(look, height=height or (390 if look.narrow else 594), top=HALF_LINE, bar=True)
    _paint(drawn, look, np.asarray(probability, float).reshape(len(y) - 2, len(x) - 2), average, x, y, away)
    _hatch(drawn, look, x, y, away)
    with_lines(drawn, look, top=HALF_LINE, width=1.6)
    _click_targets(drawn, look, np.asarray(probability, float), away[1:-1, 1:-1])
    if shot is not None:
        _mark(drawn, look, shot)
    return drawn.update_layout(clickmode="event+select")


def _color(drawn: Figure, look: Look, found: hexagons.Hexagons, average: float) -> None:
    from plotly.colors import sample_colorscale
    from plotly.graph_objects import Scatter

    scale, low, high = _scale(look, average, np.repeat(found.rate, found.count))
    level = np.clip(np.floor((found.rate - low) / (high - low) * SHADES), 0, SHADES - 1)
    for step, x, y in hexagons.outlines(found, level):
        color = sample_colorscale(scale, [(step + 0.5) / SHADES])[0]
        drawn.add_trace(Scatter(x=x, y=y, mode="none", fill="toself", fillcolor=color, hoverinfo="skip"))
    told = np.column_stack([found.ones, found.count, 100 * found.rate]).round(1)
    says = message(
        "{made} of {taken} made, {rate} %",
        made="%{customdata[0]}",
        taken="%{customdata[1]}",
        rate="%{customdata[2]:.0f}",
    )
    drawn.add_trace(
        Scatter(
            x=found.x, y=found.y, mode="markers", customdata=told, hovertemplate=look.say(says) + "<extra></extra>",
            marker={
                "size": 12, "opacity": 0, "color": found.rate, "colorscale": scale, "cmin": low, "cmax": high,
                "showscale": True, "colorbar": _bar(look, average, low, high),
            },
        )
    )  # fmt: skip


def _paint(drawn: Figure, look: Look, probability: Floats, average: float, x: Floats, y: Floats, away: Floats) -> None:
    from plotly.graph_objects import Contour, Heatmap

    inside = away[1:-1, 1:-1]
    scale, low, high = _scale(look, average, probability[inside < support.REACH])
    drawn.add_trace(
        Heatmap(
            x=x[1:-1], y=y[1:-1], z=np.where(inside < support.REACH + 22, probability, np.nan).astype("float32"),
            zmin=low, zmax=high, colorscale=scale, colorbar=_bar(look, average, low, high),
            zsmooth="best", hoverinfo="skip",
        )
    )  # fmt: skip
    # The page's colour over what is not trained: a line drawn by vectors, where the cells would give a staircase.
    drawn.add_trace(
        Contour(
            x=x, y=y, z=away.astype("float32"),
            contours={"type": "constraint", "operation": "<", "value": support.REACH},
            fillcolor=look.palette.page, line_width=0, showscale=False, hoverinfo="skip",
        )
    )  # fmt: skip


def _hatch(drawn: Figure, look: Look, x: Floats, y: Floats, away: Floats) -> None:
    from plotly.graph_objects import Scatter

    lines_x, lines_y = support.hatch(x, y, away, gap=14, inset=8)
    line = {"color": COLORS[look.mode].hatch, "width": 0.8}
    drawn.add_trace(Scatter(x=lines_x, y=lines_y, mode="lines", line=line, hoverinfo="skip"))
    place = support.room(x, y, away, width=130, height=30)
    if place is not None:
        words = look.say(message("not seen in training"))
        drawn.add_annotation(
            x=place[0], y=place[1], text=f"<b>{words}</b>", showarrow=False,
            font=look.font(strong=True, size=style.LABEL_SIZE), bgcolor=look.palette.page, borderpad=3,
        )  # fmt: skip


def _click_targets(drawn: Figure, look: Look, probability: Floats, away: Floats) -> None:
    from plotly.graph_objects import Scatter

    x, y = np.meshgrid(np.arange(-240, 241, CLICK_STEP), np.arange(-50, 411, CLICK_STEP))
    x, y = x.ravel(), y.ravel()
    cell = ((y - BASELINE) // CELL).astype(int), ((x + SIDE) // CELL).astype(int)
    trained = away[cell] < support.REACH
    told = np.column_stack([distance(x, y), (100 * probability.reshape(away.shape)[cell]).round(1)])
    feet, rate = "%{customdata[0]}", "%{customdata[1]:.0f}"
    for chosen, says in (
        (trained, message("{feet} ft: {rate} %", feet=feet, rate=rate)),
        (~trained, message("{feet} ft: not seen in training", feet=feet)),
    ):
        drawn.add_trace(
            Scatter(
                x=x[chosen], y=y[chosen], mode="markers", customdata=told[chosen].astype("float32"),
                hovertemplate=look.say(says) + "<extra></extra>", marker={"size": 9, "color": style.CLEAR},
                selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
            )
        )  # fmt: skip


def _mark(drawn: Figure, look: Look, shot: tuple[float, float]) -> None:
    from plotly.graph_objects import Scatter

    colors = COLORS[look.mode]
    drawn.add_trace(
        Scatter(
            x=[shot[0]], y=[shot[1]], mode="markers", hovertemplate=look.say(message("this shot")) + "<extra></extra>",
            marker={"size": 20, "color": colors.shot, "line": {"color": colors.ring, "width": 3}, "opacity": 1},
            selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        )
    )  # fmt: skip


def _scale(look: Look, average: float, values: Floats) -> tuple[Scale, float, float]:
    """The diverging scale and its ends: gold below the average, purple above, purple at the end that stands out.

    The ends lie 14 points below and 20 above the average, further out only where the values need it.
    """
    average = float(np.clip(average, 0.01, 0.99))
    spread = np.quantile(values, (0.02, 0.995)) if len(values) else (average, average)
    low = max(min(average - 0.14, np.floor(spread[0] * 20) / 20), 0.0)
    high = min(max(average + 0.20, np.ceil(spread[1] * 20) / 20), 1.0)
    middle = (average - low) / (high - low)
    stops = [middle * part for part in BELOW] + [middle]
    stops += [middle + (1 - middle) * part for part in ABOVE]
    return [[float(stop), color] for stop, color in zip(stops, COLORS[look.mode].probability, strict=True)], low, high


def _bar(look: Look, average: float, low: float, high: float) -> dict[str, Any]:
    """A colour bar above the court: on a narrow screen blank space is left below the court, not above it."""
    # Wide, and with few labels: on a phone they would touch, and not every browser says that it is on one.
    others = [end for end in (low, high) if abs(end - average) > 0.28 * (high - low)]
    named = look.say(message("{rate:.0%}, the average", rate=average))
    return {
        "orientation": "h", "thickness": 10, "len": 0.9, "x": 0.5, "y": 1.0, "yanchor": "bottom", "ypad": 22,
        "outlinewidth": 0, "ticks": "", "tickangle": 0, "tickfont": look.font(),
        "tickvals": [average, *others], "ticktext": [named, *(look.number(value, ".0%") for value in others)],
    }  # fmt: skip


def _edges(low: float, high: float) -> Floats:
    return low + CELL * np.arange(round((high - low) / CELL) + 1)


def _known(*columns: Floats) -> tuple[Floats, ...]:
    table = np.column_stack([np.asarray(column, float) for column in columns])
    return tuple(table[np.isfinite(table).all(axis=1)].T)
