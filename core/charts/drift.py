"""What changed between the reference and the current rows, and how much it matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from core.charts import style
from core.text.messages import Message, message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers
    from core.data.arrays import Floats, Ints
    from core.data.contract import Feature

ROWS_SHOWN = 6
ROW_HEIGHT = 28
GAP = 0.17
"""Between the two panels of `ranked`, as a share of the plot: room for the longest figure beside a bar."""
GAP_BEFORE = "\N{NO-BREAK SPACE}"
PANEL_GAP = 0.035
MOST_BARS, LONGEST_LABEL = 12, 10
PANEL_CHARACTERS = 26
"""Characters that fit beside each other over or under a panel."""


@dataclass(frozen=True)
class Panel:
    """One column before and now: shares of the rows, per bin between finite `edges` (one more than the shares), or
    per category of `labels` (as many as the shares)."""

    title: str
    reference_shares: Sequence[float]
    current_shares: Sequence[float]
    edges: Sequence[float] = ()
    labels: Sequence[str] = ()
    unit: str = ""

    @classmethod
    def of(cls, feature: Feature, bins: Floats | list[str], before: Floats, now: Floats) -> Panel:
        """The panel of a contract's feature from what `core.monitoring.drift.histogram` gives."""
        named = len(bins) == len(before)  # edges are one more than the shares between them
        shown: dict[str, Any] = {"labels" if named else "edges": bins if isinstance(bins, list) else bins.tolist()}
        return cls(feature.title, before.tolist(), now.tolist(), **shown, unit=feature.unit)


class Moved(NamedTuple):
    """A feature of `ranked`: how far it moved, and whether that is `telling`; its importance as a share and the 95 %
    interval of the effect where they are known."""

    name: str
    effect: float
    telling: bool
    importance: float | None = None
    low: float | None = None
    high: float | None = None


def ranked(
    look: Look,
    features: Sequence[Moved],
    *,
    line: float | None = None,
    title: Message | None = None,
    height: int = 194,
) -> Figure:
    """Drift per feature, the most telling on top: by effect times importance where every importance is known, by
    effect else. What is not `telling` is grey. `line` is an effect that is marked. `title` says what the effect is
    measured in, where there is room for it; `height` is for six features and grows with more."""
    weighed = any(one.importance is not None for one in features)
    effect = np.array([one.effect for one in features], float)
    share = np.array([one.importance or 0.0 for one in features], float)
    order = np.lexsort((-effect, -(effect * share if weighed else effect)))
    rows, effect, share = [features[index] for index in order], effect[order], share[order]
    names = [look.named(row.name) for row in rows]
    colors = [look.role("current" if row.telling else "reference").color for row in rows]
    drawn = style.figure(
        look,
        height=height + ROW_HEIGHT * max(len(names) - ROWS_SHOWN, 0),
        left=style.names_margin(names),
        right=46,
        top=24,
        bottom=4,
    )
    drawn.update_yaxes(style.name_axis(names))
    split = 0.54 if weighed else 1.0
    ends = np.array([[row.effect if end is None else end for end in (row.low, row.high)] for row in rows], float)
    ends = ends.reshape(-1, 2)  # also without any feature
    _bars(drawn, look, effect, [look.number(value, ".2f") for value in effect], colors, ends=ends)
    _panel_title(drawn, look, look.say(message("drift") if title is None or look.narrow else title), 0.0)
    drawn.update_xaxes(domain=[0, split], range=[0, max(_top(ends), line or 0.0)], showticklabels=False)
    if line is not None:
        mark = {"color": look.palette.text, "width": 1, "dash": "dot"}
        drawn.add_shape(type="line", x0=line, x1=line, yref="paper", y0=0, y1=1, line=mark, layer="below")
    if weighed:
        _bars(drawn, look, share, [_share(look, value) for value in share], colors, axis="x2")
        _panel_title(drawn, look, look.say(message("importance")), split + GAP)
        domain = {"domain": [split + GAP, 1], "range": [0, _top(share)]}
        drawn.update_layout(xaxis2={**domain, "visible": False, "fixedrange": True, "anchor": "y"})
    return drawn


def before_and_now(look: Look, panels: Sequence[Panel], *, height: int = 176) -> Figure:
    """Reference (grey area) and current (line) per column, one small panel each, in rows of four (two on a
    phone) of `height` pixels. Panels have their own scale: it is shapes that are compared."""
    columns = 2 if look.narrow else 4
    rows = max(-(-len(panels) // columns), 1)
    drawn = style.figure(look, height=height * rows, left=4, right=4, top=0, bottom=0)
    drawn.update_layout(bargap=0, barmode="overlay")
    wide = (1 - PANEL_GAP * (columns - 1)) / columns
    for row in range(rows):
        suffix, top = "" if row == 0 else str(row + 1), 1 - row / rows
        ticks: dict[float, str] = {}
        for column, panel in enumerate(panels[row * columns : (row + 1) * columns]):
            left = column * (wide + PANEL_GAP)
            ticks |= (_bins if len(panel.edges) else _categories)(drawn, look, panel, _Place(suffix, left, wide))
            title = ", ".join(look.named(text) for text in (panel.title, panel.unit) if text)
            drawn.add_annotation(
                xref="paper", yref="paper", x=left, y=top, xanchor="left", yanchor="top", showarrow=False,
                text=style.escape(style.shorten(title, PANEL_CHARACTERS)), font=look.font(size=style.LABEL_SIZE),
            )  # fmt: skip
        # 26 pixels on top hold the titles, 24 at the bottom the ticks.
        up = [top - (1 - 24 / height) / rows, top - 26 / height / rows]
        frame = {"fixedrange": True, "showgrid": False, "zeroline": False, "range": [0, 1]}
        written = {"tickvals": list(ticks), "ticktext": list(ticks.values()), "tickangle": 0, "ticklabelstandoff": 4}
        x_axis = {**frame, **written, "domain": [0, 1], "anchor": f"y{suffix}", "tickfont": look.font()}
        y_axis = {**frame, "domain": up, "anchor": f"x{suffix}", "visible": False}
        drawn.update_layout({f"xaxis{suffix}": x_axis, f"yaxis{suffix}": y_axis})
    return drawn


@dataclass(frozen=True)
class _Place:
    """Where a panel lies on the axes of its row. A row has one pair of axes, both from 0 to 1: of all parts of a chart
    axes cost a browser most."""

    suffix: str
    left: float
    wide: float

    @property
    def axes(self) -> dict[str, str]:
        return {"xaxis": f"x{self.suffix}", "yaxis": f"y{self.suffix}"}

    def x(self, values: Numbers | Ints, low: float, high: float) -> Floats:
        """Places of values of a panel that shows `low` to `high`."""
        places: Floats = self.left + self.wide * (np.asarray(values, float) - low) / (high - low)
        return places


def _bars(
    drawn: Figure,
    look: Look,
    values: Floats,
    texts: list[str],
    colors: list[str],
    *,
    axis: str = "x",
    ends: Floats | None = None,
) -> None:
    from plotly.graph_objects import Bar, Scatter

    rows = list(range(len(values)))
    reach = values if ends is None else ends[:, 1]
    drawn.add_trace(
        Bar(
            x=values, y=rows, orientation="h", xaxis=axis, text=texts, hoverinfo="skip", textposition="none",
            marker={"color": colors, "line_width": 0},
        )
    )  # fmt: skip
    if ends is not None and (ends[:, 0] != ends[:, 1]).any():
        across = [
            part for row, (low, high) in zip(rows, ends, strict=True) for part in ((low, row), (high, row), (None,) * 2)
        ]
        drawn.add_trace(
            Scatter(
                x=[x for x, _ in across], y=[y for _, y in across], mode="lines", hoverinfo="skip",
                line={"color": look.palette.strong, "width": 1.2},
            )
        )  # fmt: skip
    # Beside the interval's end, where a text of the bar itself would lie under it.
    drawn.add_trace(
        Scatter(
            x=reach, y=rows, xaxis=axis, mode="text", text=[f"{GAP_BEFORE}{text}" for text in texts],
            textposition="middle right", hoverinfo="skip",
            textfont=look.font(strong=True), cliponaxis=False,
        )
    )  # fmt: skip


def _panel_title(drawn: Figure, look: Look, text: str, x: float) -> None:
    drawn.add_annotation(
        xref="paper", yref="paper", x=x, y=1, xanchor="left", yanchor="bottom", yshift=4,
        text=style.escape(text), showarrow=False, font=look.font(),
    )  # fmt: skip


def _bins(drawn: Figure, look: Look, panel: Panel, place: _Place) -> dict[float, str]:
    edges = np.asarray(panel.edges, float)
    named = [f"{_edge(look, low, edges)} – {_edge(look, high, edges)}" for low, high in pairwise(edges)]
    for most in (4, 3, 2):  # as many ticks as fit side by side
        axis = style.value_axis(look, float(edges[0]), float(edges[-1]), "f", most=most)
        if sum(len(text) + 2 for text in axis["ticktext"]) <= PANEL_CHARACTERS:
            break
    # Bins of unequal width show shares by their area.
    _steps(drawn, look, panel, place, place.x(edges, edges[0], edges[-1]), named)
    return dict(zip(place.x(axis["tickvals"], edges[0], edges[-1]), axis["ticktext"], strict=True))


def _categories(drawn: Figure, look: Look, panel: Panel, place: _Place) -> dict[float, str]:
    at = np.arange(len(panel.labels))
    ends = (-0.55, len(at) - 0.45)
    if len(at) > MOST_BARS:
        # So many pairs of bars are a blur; their outline is not.
        _steps(drawn, look, panel, place, place.x(np.arange(len(at) + 1) - 0.5, *ends), panel.labels)
    else:
        _pairs(drawn, look, panel, place, place.x(at, *ends), place.wide / (ends[1] - ends[0]))
    letters = PANEL_CHARACTERS / max(len(at), 1)
    wanted = min(max((len(label) for label in panel.labels), default=1), LONGEST_LABEL) + 1
    # Where labels do not fit side by side every second, third ... one is written.
    every = max(1, math.ceil(wanted / letters))
    written = at[::every]
    labels = [
        style.escape(style.shorten(panel.labels[index], min(max(int(letters * every), 2), LONGEST_LABEL)))
        for index in written
    ]
    return dict(zip(place.x(written, *ends), labels, strict=True))


def _steps(drawn: Figure, look: Look, panel: Panel, place: _Place, edges: Floats, named: Sequence[str]) -> None:
    from plotly.graph_objects import Scatter

    widths = np.diff(edges)
    before, now = (
        np.asarray(s, float) * widths.mean() / widths for s in (panel.reference_shares, panel.current_shares)
    )
    top = _top(np.concatenate([before, now]), 1.02)
    x = np.repeat(edges, 2)
    axes = {**place.axes, "mode": "lines", "hoverinfo": "skip"}
    area = np.concatenate([[0], np.repeat(before / top, 2), [0]])
    reference, current = look.role("reference"), look.role("current")
    fill = {"fill": "tozeroy", "fillcolor": look.palette.reference_band}
    drawn.add_trace(Scatter(x=x, y=area, line={"color": reference.color, "width": 1}, **fill, **axes))
    line = {"color": current.color, "width": current.width}
    drawn.add_trace(Scatter(x=x[1:-1], y=np.repeat(now / top, 2), line=line, cliponaxis=False, **axes))
    _told(drawn, look, panel, place, (edges[:-1] + widths / 2, widths), named)


def _pairs(drawn: Figure, look: Look, panel: Panel, place: _Place, at: Floats, unit: float) -> None:
    from plotly.graph_objects import Bar

    top = _top(np.concatenate([panel.reference_shares, panel.current_shares]), 1.02)
    axes = {**place.axes, "hoverinfo": "skip", "width": 0.34 * unit}
    reference, current = look.role("reference"), look.role("current")
    filled = {"color": look.palette.reference_band, "line": {"color": reference.color, "width": 1}}
    drawn.add_trace(Bar(x=at, y=np.asarray(panel.reference_shares) / top, offset=-0.36 * unit, marker=filled, **axes))
    outlined = {"color": style.CLEAR, "line": {"color": current.color, "width": current.width}}
    drawn.add_trace(Bar(x=at, y=np.asarray(panel.current_shares) / top, offset=0.02 * unit, marker=outlined, **axes))
    _told(drawn, look, panel, place, (at, np.full(len(at), unit)), panel.labels)


def _told(
    drawn: Figure, look: Look, panel: Panel, place: _Place, bars: tuple[Floats, Floats], named: Sequence[str]
) -> None:
    """Bars that are not seen and tell both shares when pointed at."""
    from plotly.graph_objects import Bar

    at, widths = bars
    says = [
        f"{style.escape(name)}<br>"
        + look.say(
            message("reference {reference:.1%}, current {current:.1%}", reference=float(before), current=float(now))
        )
        for name, before, now in zip(named, panel.reference_shares, panel.current_shares, strict=True)
    ]
    drawn.add_trace(
        Bar(
            x=at, y=np.ones(len(at)), width=widths, hovertext=says, hovertemplate="%{hovertext}<extra></extra>",
            marker={"color": style.CLEAR, "line_width": 0}, **place.axes,
        )
    )  # fmt: skip


def _edge(look: Look, value: float, edges: Floats) -> str:
    step = float(np.min(np.diff(edges)))
    decimals = 0 if np.allclose(edges, np.rint(edges)) else int(np.clip(np.ceil(-np.log10(step)) + 1, 0, 6))
    return look.number(float(value), f".{decimals}f")


def _share(look: Look, value: float) -> str:
    if 0 < value < 0.005:
        return look.say(message("< 1 %"))
    return look.number(float(value), ".0%")


def _top(values: Floats, room: float = 1.0) -> float:
    highest = float(np.max(values, initial=0.0))
    return highest * room if highest > 0 else 1.0
