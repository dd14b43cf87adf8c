"""How good a model is: figures with their intervals, and how they move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.charts import style
from core.charts.style import Look, RoleName
from core.metrics.intervals import Interval
from core.metrics.registry import METRICS
from core.text.messages import message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

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


def intervals(look: Look, rows: Sequence[Row], *, spec: str = SKILL.spec, height: int = 124) -> Figure:
    """Figures with their 95 % intervals on both sides of zero, one row each; plain tuples serve as rows."""
    from plotly.graph_objects import Scatter

    rows = [Row(*row) for row in rows]
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
    zero: float | None = 0.0,
    spec: str = SKILL.spec,
    height: int = 180,
    versions: Sequence[int] = (),
    references: Mapping[int, Interval | None] | None = None,
) -> Figure:
    """A figure over windows with its 95 % band, beside the reference with its own.

    NaN leaves a gap. `zero` is what the figure is when the model is worth nothing, or None. `reference_label` and
    `zero_label` name the two lines at the right. A band far wider than the values is cut, so that these stay readable.
    Where several `versions` made the windows, one a window, each stretch of one is named and stands beside its own
    reference of `references`; a line marks where the version changed.
    """
    from plotly.graph_objects import Scatter

    values, low, high = (np.asarray(part, float) for part in (values, low, high))
    stretches = _stretches(versions, references or {})
    lines = [zero, reference, reference_low, reference_high]
    lines += [end for one in stretches if one.reference for end in vars(one.reference).values()]
    marks = [*values[np.isfinite(values)], *(line for line in lines if line is not None)]
    span = max(marks) - min(marks)
    bottom, top = np.nanmin([*low, *marks]), np.nanmax([*high, *marks])
    bottom, top = style.padded(max(bottom, min(marks) - CLIP * span), min(top, max(marks) + CLIP * span), 0.06)
    above = 24 if stretches else 8
    drawn = style.figure(look, height=height, left=48, right=style.LABELS_MARGIN, top=above)
    if zero is not None:
        style.zero_line(drawn, look, y=zero)
    if stretches:
        _by_version(drawn, look, stretches)
    else:
        _reference(drawn, look, reference, reference_low, reference_high, {"xref": "paper", "x0": 0, "x1": 1})
    _band(drawn, look, values, low, high)
    role = look.role("current")
    named = [look.say(message("{name}, version {version}", name=name, version=version))
             for name, version in zip(labels, versions, strict=True)] if versions else labels  # fmt: skip
    told = [style.told(look, *window, spec) for window in zip(named, values, low, high, strict=True)]
    drawn.add_trace(
        Scatter(
            x=list(range(len(values))), y=values, mode="lines+markers", hovertemplate=told, cliponaxis=False,
            line={"color": role.color, "width": role.width}, marker={"size": 7, "symbol": role.symbol},
        )
    )  # fmt: skip
    ends = [(value, label) for value, label in ((reference, reference_label), (zero, zero_label)) if value is not None]
    style.line_ends(drawn, look, ends, (top - bottom) / (height - 24 - above))
    drawn.update_xaxes(style.step_axis(look, labels))
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
    height: int = 240,
) -> Figure:
    """A figure over test shares: its median and the band of its middle 90 %, the share `chosen` marked."""
    from plotly.graph_objects import Scatter

    low, middle, high = (np.asarray(part, float) for part in (low, middle, high))
    names = [look.number(share, ".0%") for share in shares]
    drawn = style.figure(look, height=height, left=64, bottom=44)
    _band(drawn, look, middle, low, high)
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
    bottom, top = style.padded(float(low.min()), float(high.max()), 0.06)
    drawn.update_xaxes(style.step_axis(look, names), title={"text": style.escape(title), "font": look.font()})
    return drawn.update_yaxes(style.value_axis(look, bottom, top, ".4f"))


class _Stretch(NamedTuple):
    """Windows in a row that one version made: the first, the last, and what the version reached on its test rows."""

    first: int
    last: int
    version: int
    reference: Interval | None


def _stretches(versions: Sequence[int], references: Mapping[int, Interval | None]) -> list[_Stretch]:
    runs = [(version, list(run)) for version, run in groupby(range(len(versions)), key=lambda place: versions[place])]
    return [_Stretch(places[0], places[-1], version, references.get(version)) for version, places in runs]


def _by_version(drawn: Figure, look: Look, stretches: list[_Stretch]) -> None:
    line = {"color": look.palette.text, "width": 1, "dash": "dot"}
    for first, last, version, reference in stretches:
        if reference:
            bounds = (reference.value, reference.low, reference.high)
            _reference(drawn, look, *bounds, {"x0": first - 0.5, "x1": last + 0.5})
        if first:
            drawn.add_shape(type="line", x0=first - 0.5, x1=first - 0.5, yref="paper", y0=0, y1=1, line=line)
        drawn.add_annotation(
            x=first - 0.5, xshift=4, xanchor="left", yref="paper", y=1, yanchor="bottom", showarrow=False,
            text=style.escape(look.say(message("version {version}", version=version))), font=look.font(),
        )  # fmt: skip


def _reference(
    drawn: Figure, look: Look, value: float | None, low: float | None, high: float | None, across: dict
) -> None:
    if low is not None and high is not None:
        band = {"fillcolor": look.palette.reference_band, "line_width": 0, "layer": "below"}
        drawn.add_shape(type="rect", y0=low, y1=high, **across, **band)
    if value is not None:
        role = look.role("reference")
        line = {"color": role.color, "width": role.width, "dash": "8px,8px"}
        drawn.add_shape(type="line", y0=value, y1=value, **across, line=line)


def _band(drawn: Figure, look: Look, values: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """The band over each stretch without gaps; a window that stands alone gets a whisker, a band has no width there."""
    from plotly.graph_objects import Scatter

    known = np.isfinite(values) & np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    for first, after in edges.reshape(-1, 2):
        at = np.arange(first, after)
        if after - first == 1:
            x, y = [first, first], [low[first], high[first]]
            drawn.add_trace(
                Scatter(x=x, y=y, mode="lines", line={"color": look.palette.band, "width": 8}, hoverinfo="skip")
            )
            continue
        x, y = np.concatenate([at, at[::-1]]), np.concatenate([high[at], low[at][::-1]])
        fill = {"fill": "toself", "fillcolor": look.palette.band, "line_width": 0}
        drawn.add_trace(Scatter(x=x, y=y, mode="lines", hoverinfo="skip", **fill))
