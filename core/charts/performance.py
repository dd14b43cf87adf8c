"""How good a model is: figures with their intervals, and how they move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.charts import style
from core.metrics.registry import METRICS
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers, RoleName
    from core.data.arrays import Floats
    from core.metrics.intervals import Interval

SKILL, LOSS = METRICS["skill"], METRICS["log_loss"]
CLIP = 0.75
"""An interval may widen an axis by this much of what the values span; beyond, it is cut."""


class Row(NamedTuple):
    """One line of `intervals`; `low` and `high` are None where there is no interval."""

    label: str
    value: float
    low: float | None
    high: float | None
    role: RoleName

    @classmethod
    def of(cls, label: str, bounds: Interval, role: RoleName) -> Row:
        """The line of a figure that has an interval."""
        return cls(label, bounds.value, bounds.low, bounds.high, role)


@dataclass(frozen=True)
class Points:
    """Figures side by side, with their labels and the ends of their 95 % intervals; NaN leaves a gap."""

    labels: Sequence[str]
    values: Numbers
    low: Numbers
    high: Numbers

    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Values, lower and upper ends."""
        return np.asarray(self.values, float), np.asarray(self.low, float), np.asarray(self.high, float)


@dataclass(frozen=True)
class Level:
    """A line across a trend, named at its right end; with the ends of its 95 % interval where it has one."""

    value: float
    label: str = ""
    low: float | None = None
    high: float | None = None


GUESS = Level(0.0)


@dataclass(frozen=True)
class MadeBy:
    """Which of several `versions` made each window, and what each version reached on its own test rows."""

    versions: Sequence[int]
    references: Mapping[int, Interval | None]


def intervals(look: Look, rows: Sequence[Row], *, spec: str = SKILL.spec, height: int = 124) -> Figure:
    """Figures with their 95 % intervals on both sides of zero, one row each."""
    from plotly.graph_objects import Scatter

    bounds = [bound for row in rows for bound in (row.value, row.low, row.high, 0.0) if bound is not None]
    low, high = style.padded(min(bounds, default=0.0), max(bounds, default=0.0), 0.12)
    left = style.names_margin([row.label for row in rows])
    drawn = style.figure(look, height=height, left=left, right=16, top=16)
    style.zero_line(drawn, look, x=0)
    for index, row in enumerate(rows):
        role = look.role(row.role)
        drawn.add_trace(
            Scatter(
                x=[row.value], y=[index], mode="markers+text", text=[look.number(row.value, spec)],
                error_x=style.whisker(role, row.value, row.low, row.high),
                textposition="top center", textfont=look.font(strong=True), cliponaxis=False,
                marker={"color": role.color, "symbol": role.symbol, "size": 11},
                hovertemplate=style.told(look, row.label, row.value, row.low, row.high, spec),
            )
        )  # fmt: skip
    drawn.update_yaxes(style.name_axis([row.label for row in rows], lines=2))
    return drawn.update_xaxes({**style.value_axis(look, low, high, spec), "showgrid": False})


def trend(
    look: Look,
    windows: Points,
    reference: Level | None = None,
    *,
    zero: Level | None = GUESS,
    made_by: MadeBy | None = None,
    spec: str = SKILL.spec,
    height: int = 180,
) -> Figure:
    """A figure over windows with its 95 % band, beside the reference with its own.

    `zero` is what the figure is when the model is worth nothing, or None. A band far wider than the values is cut, so
    that these stay readable. Where several versions made the windows each stretch of one is named and stands beside
    its own reference; a line marks where the version changed.
    """
    from plotly.graph_objects import Scatter

    values, low, high = windows.arrays()
    stretches = _stretches(made_by) if made_by else []
    levels = [level for level in (reference, zero) if level is not None]
    lines = [end for level in levels for end in (level.value, level.low, level.high)]
    lines += [end for one in stretches if one.reference for end in vars(one.reference).values()]
    marks = [*values[np.isfinite(values)], *(line for line in lines if line is not None)]
    span = max(marks) - min(marks)
    bottom, top = np.nanmin([*low, *marks]), np.nanmax([*high, *marks])
    bottom, top = style.padded(max(bottom, min(marks) - CLIP * span), min(top, max(marks) + CLIP * span), 0.06)
    above = 24 if stretches else 8
    drawn = style.figure(look, height=height, left=48, right=style.LABELS_MARGIN, top=above)
    if zero is not None:
        style.zero_line(drawn, look, y=zero.value)
    if stretches:
        _by_version(drawn, look, stretches)
    elif reference is not None:
        _reference(drawn, look, reference, {"xref": "paper", "x0": 0, "x1": 1})
    _band(drawn, look, values, low, high)
    role = look.role("current")
    named = _by_whom(look, windows.labels, made_by) if made_by else windows.labels
    told = [style.told(look, *window, spec) for window in zip(named, values, low, high, strict=True)]
    drawn.add_trace(
        Scatter(
            x=list(range(len(values))), y=values, mode="lines+markers", hovertemplate=told, cliponaxis=False,
            line={"color": role.color, "width": role.width}, marker={"size": 7, "symbol": role.symbol},
        )
    )  # fmt: skip
    ends = [(level.value, level.label) for level in levels]
    style.line_ends(drawn, look, ends, (top - bottom) / (height - 24 - above))
    drawn.update_xaxes(style.step_axis(look, windows.labels))
    return drawn.update_yaxes(style.value_axis(look, bottom, top, spec))


def spread(
    look: Look,
    shares: Sequence[float],
    low: Sequence[float],
    middle: Sequence[float],
    high: Sequence[float],
    *,
    chosen: float,
    title: str = "",
) -> Figure:
    """A figure over test shares: its median and the band of its middle 90 %, the share `chosen` marked."""
    from plotly.graph_objects import Scatter

    names = [look.number(share, ".0%") for share in shares]
    found = Points(names, middle, low, high)
    drawn = style.figure(look, height=240, left=64, bottom=44)
    _band(drawn, look, *found.arrays())
    role = look.role("current")
    told = [style.told(look, *point, LOSS.spec) for point in zip(names, middle, low, high, strict=True)]
    drawn.add_trace(
        Scatter(
            x=list(range(len(names))), y=middle, mode="lines+markers", hovertemplate=told,
            line={"color": role.color, "width": role.width}, marker={"size": 7, "symbol": role.symbol},
        )
    )  # fmt: skip
    here = int(np.abs(np.asarray(shares) - chosen).argmin())
    line = {"color": look.palette.text, "width": 1, "dash": "dot"}
    drawn.add_shape(type="line", x0=here, x1=here, yref="paper", y0=0, y1=1, line=line)
    bottom, top = style.padded(min(low), max(high), 0.06)
    drawn.update_xaxes(style.step_axis(look, names), title={"text": style.escape(title), "font": look.font()})
    return drawn.update_yaxes(style.value_axis(look, bottom, top, ".4f"))


class _Stretch(NamedTuple):
    """Windows in a row that one version made: the first, the last, and what the version reached on its test rows."""

    first: int
    last: int
    version: int
    reference: Interval | None


def _stretches(made_by: MadeBy) -> list[_Stretch]:
    versions = made_by.versions
    runs = [(version, list(run)) for version, run in groupby(range(len(versions)), key=lambda place: versions[place])]
    return [_Stretch(places[0], places[-1], version, made_by.references.get(version)) for version, places in runs]


def _by_whom(look: Look, labels: Sequence[str], made_by: MadeBy) -> list[str]:
    return [
        look.say(message("{name}, version {version}", name=name, version=version))
        for name, version in zip(labels, made_by.versions, strict=True)
    ]


def _by_version(drawn: Figure, look: Look, stretches: list[_Stretch]) -> None:
    line = {"color": look.palette.text, "width": 1, "dash": "dot"}
    for first, last, version, reference in stretches:
        if reference:
            level = Level(reference.value, low=reference.low, high=reference.high)
            _reference(drawn, look, level, {"x0": first - 0.5, "x1": last + 0.5})
        if first:
            drawn.add_shape(type="line", x0=first - 0.5, x1=first - 0.5, yref="paper", y0=0, y1=1, line=line)
        drawn.add_annotation(
            x=first - 0.5, xshift=4, xanchor="left", yref="paper", y=1, yanchor="bottom", showarrow=False,
            text=style.escape(look.say(message("version {version}", version=version))), font=look.font(),
        )  # fmt: skip


def _reference(drawn: Figure, look: Look, level: Level, across: dict[str, float | str]) -> None:
    if level.low is not None and level.high is not None:
        band = {"fillcolor": look.palette.reference_band, "line_width": 0, "layer": "below"}
        drawn.add_shape(type="rect", y0=level.low, y1=level.high, **across, **band)
    role = look.role("reference")
    line = {"color": role.color, "width": role.width, "dash": "8px,8px"}
    drawn.add_shape(type="line", y0=level.value, y1=level.value, **across, line=line)


def _band(drawn: Figure, look: Look, values: Floats, low: Floats, high: Floats) -> None:
    """The band over each stretch without gaps; a window that stands alone gets a whisker, a band has no width there."""
    from plotly.graph_objects import Scatter

    known = np.isfinite(values) & np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    for first, after in edges.reshape(-1, 2):
        at = np.arange(first, after)
        if after - first == 1:
            line = {"color": look.palette.band, "width": 8}
            ends = [low[first], high[first]]
            drawn.add_trace(Scatter(x=[first, first], y=ends, mode="lines", line=line, hoverinfo="skip"))
            continue
        x, y = np.concatenate([at, at[::-1]]), np.concatenate([high[at], low[at][::-1]])
        fill = {"fill": "toself", "fillcolor": look.palette.band, "line_width": 0}
        drawn.add_trace(Scatter(x=x, y=y, mode="lines", hoverinfo="skip", **fill))
