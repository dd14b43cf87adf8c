"""Curves of probabilities against outcomes. The caller computes the points, at most a few hundred a curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style
from core.metrics.intervals import REACH
from core.text.messages import Message, message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers, RoleName
    from core.data.arrays import Floats

BINS = 50


@dataclass(frozen=True)
class Curve:
    """A named line from `x` to `y`; `count` is the rows behind each point, where points stand for rows. Of many lines
    those beyond the few that colours can tell apart have the role "other": thin, grey, named when pointed at."""

    name: str
    x: Numbers
    y: Numbers
    role: RoleName
    count: Sequence[int] = ()


def reliability(look: Look, curves: Sequence[Curve], *, height: int = 258) -> Figure:
    """Predicted probability (x) against the observed rate (y); on the diagonal the two agree. Points with a `count`
    carry the 95 % interval of their rate (Wilson 1927)."""
    from plotly.graph_objects import Scatter

    points = np.concatenate([np.asarray([*curve.x, *curve.y], float) for curve in curves] or [np.array([0.0, 1.0])])
    low, high = np.floor(points.min() * 10 - 0.2) / 10, np.ceil(points.max() * 10 + 0.2) / 10
    low, high = max(float(low), 0.0), min(float(high), 1.0)
    drawn = _square(look, low, high, ".0%", height)
    for curve in _grey_first(curves):
        role = look.role(curve.role)
        known = len(curve.count) > 0
        share, rows = np.asarray(curve.y, float), np.asarray(curve.count or np.ones(len(curve.y)), float)
        bounds = _wilson(share, rows)
        whisker = {
            "type": "data", "symmetric": False, "array": bounds[1] - share, "arrayminus": share - bounds[0],
            "color": role.color, "thickness": 1.2, "width": 0,
        }  # fmt: skip
        told = [
            _point(look, curve.name, message("predicted {x:.1%}, observed {y:.1%}", x=float(x), y=float(y)))
            for x, y in zip(curve.x, curve.y, strict=True)
        ]
        drawn.add_trace(
            Scatter(
                x=list(curve.x), y=share, mode="lines+markers", error_y=whisker if known and _named(curve) else None,
                line={"color": role.color, "width": role.width, "dash": role.dash}, hovertemplate=told,
                marker={"symbol": role.symbol, "size": 7 if _named(curve) else 3},
            )
        )  # fmt: skip
    _key(drawn, look, curves, bottom=True)
    drawn.update_yaxes(title_text=look.say(message("observed rate")))
    return drawn.update_xaxes(title_text=look.say(message("predicted probability")))


def roc(look: Look, curves: Sequence[Curve], *, height: int = 258) -> Figure:
    """True against false positive rates; the diagonal is guessing."""
    drawn = _square(look, 0.0, 1.0, ".0%", height)
    _lines(
        drawn,
        look,
        curves,
        message("false alarms {x} %, found {y} %", x="%{customdata[0]:.0f}", y="%{customdata[1]:.0f}"),
    )
    drawn.update_yaxes(title_text=look.say(message("true positive rate")))
    return drawn.update_xaxes(title_text=look.say(message("false positive rate")))


def precision_recall(look: Look, curves: Sequence[Curve], rate: float, *, height: int = 258) -> Figure:
    """Recall (x) against precision (y); calling rows positive at random gives a precision of `rate` everywhere.
    The names of the curves are for ROC and gain beside it too."""
    drawn = style.figure(look, height=height, left=62, right=20, bottom=42)
    style.zero_line(drawn, look, y=rate)
    says = message("found {x} %, right {y} %", x="%{customdata[0]:.0f}", y="%{customdata[1]:.0f}")
    _lines(drawn, look, curves, says)
    _key(drawn, look, curves, bottom=False, longest=20)
    lowest = min([rate, *(float(np.min(curve.y)) for curve in curves if len(curve.y))])
    drawn.update_yaxes(style.value_axis(look, max(0.0, lowest - 0.1), 1.0, ".0%", title=look.say(message("precision"))))
    across = style.value_axis(look, 0.0, 1.0, ".0%", title=look.say(message("recall")))
    return drawn.update_xaxes({**across, "showgrid": False})


def gain(look: Look, curves: Sequence[Curve], *, height: int = 258) -> Figure:
    """Share of rows taken, surest first (x), against the share of positives among them (y); the diagonal is taking
    them at random."""
    drawn = _square(look, 0.0, 1.0, ".0%", height)
    _lines(
        drawn,
        look,
        curves,
        message("of {x} % of the rows, {y} % found", x="%{customdata[0]:.0f}", y="%{customdata[1]:.0f}"),
    )
    drawn.update_yaxes(title_text=look.say(message("positives found")))
    return drawn.update_xaxes(title_text=look.say(message("rows taken, surest first")))


def scores(
    look: Look,
    positive: Floats,
    negative: Floats,
    *,
    positive_label: str,
    negative_label: str,
    threshold: float | None = None,
    height: int = 220,
) -> Figure:
    """How the probabilities of the two classes lie, each as shares of its own rows: the further apart the two shapes,
    the better the model separates. `threshold` is marked."""
    from plotly.graph_objects import Scatter

    both = np.concatenate([np.asarray(positive, float), np.asarray(negative, float), [threshold or np.nan]])
    low = float(np.floor(np.nanmin(both, initial=1.0) * 20) / 20)
    high = float(np.ceil(np.nanmax(both, initial=0.0) * 20) / 20)
    edges = np.linspace(low, high, BINS + 1) if high > low else np.linspace(0, 1, BINS + 1)
    drawn = style.figure(look, height=height, left=48, right=20, top=20, bottom=42)
    highest = 0.0
    names: tuple[RoleName, RoleName] = ("negative", "positive")
    for name, values in zip(names, (negative, positive), strict=True):
        role = look.role(name)
        share = np.histogram(values, edges)[0] / max(len(values), 1)
        highest = max(highest, float(share.max()))
        pattern = {**style.PATTERN, "fgcolor": role.color, "bgcolor": style.CLEAR, "fillmode": "replace"}
        fill = {"fill": "tozeroy", "fillcolor": style.CLEAR, "fillpattern": pattern} if name == "negative" else {}
        drawn.add_trace(
            Scatter(
                x=np.repeat(edges, 2), y=np.concatenate([[0], np.repeat(share, 2), [0]]), mode="lines",
                line={"color": role.color, "width": role.width, "dash": role.dash}, hoverinfo="skip", **fill,
            )
        )  # fmt: skip
    if threshold is not None:
        style.zero_line(drawn, look, x=threshold)
        drawn.add_annotation(
            yref="paper", x=threshold, y=1, yanchor="bottom", showarrow=False, font=look.font(),
            text=look.say(message("threshold {threshold:.2f}", threshold=float(threshold))),
        )  # fmt: skip
    style.key(drawn, look, [(positive_label, "positive"), (negative_label, "negative")], bottom=False)
    title = look.say(message("probability"))
    across = style.value_axis(look, float(edges[0]), float(edges[-1]), ".0%", title=title)
    drawn.update_xaxes({**across, "showgrid": False})
    return drawn.update_yaxes(style.value_axis(look, 0, highest * 1.05 or 1.0, ".0%", most=4))


def _lines(drawn: Figure, look: Look, curves: Sequence[Curve], says: Message) -> None:
    """The curves; `says` tells a point by its `customdata`, x and y in percent."""
    from plotly.graph_objects import Scatter

    for curve in _grey_first(curves):
        role = look.role(curve.role)
        x, y = np.asarray(curve.x, "float32"), np.asarray(curve.y, "float32")
        drawn.add_trace(
            Scatter(
                x=x, y=y, mode="lines", line={"color": role.color, "width": role.width, "dash": role.dash},
                customdata=np.column_stack([x, y]) * 100,
                hovertemplate=f"{style.escape(curve.name)}<br>{look.say(says)}<extra></extra>",
            )
        )  # fmt: skip


def _wilson(share: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """The 95 % score interval of each observed share among so many rows (Wilson 1927)."""
    middle = (share + REACH**2 / (2 * rows)) / (1 + REACH**2 / rows)
    half = REACH / (1 + REACH**2 / rows) * np.sqrt(share * (1 - share) / rows + REACH**2 / (4 * rows**2))
    return middle - half, middle + half


def _square(look: Look, low: float, high: float, spec: str, height: int) -> Figure:
    drawn = style.figure(look, height=height, left=62, right=20, bottom=42)
    line = {"color": look.palette.text, "width": 1, "dash": "dot"}
    drawn.add_shape(type="line", x0=low, y0=low, x1=high, y1=high, line=line, layer="below")
    drawn.update_xaxes({**style.value_axis(look, low, high, spec), "showgrid": False})
    return drawn.update_yaxes(style.value_axis(look, low, high, spec))


def _grey_first(curves: Sequence[Curve]) -> list[Curve]:
    """What is only for comparison lies under what is looked at."""
    return sorted(curves, key=lambda curve: (_named(curve), curve.role != "reference"))


def _named(curve: Curve) -> bool:
    """Whether a curve has its own line in the key."""
    return curve.role != "other"


def _key(drawn: Figure, look: Look, curves: Sequence[Curve], *, bottom: bool, longest: int = 34) -> None:
    entries = [(curve.name, curve.role) for curve in curves if _named(curve)]
    more = len(curves) - len(entries)
    if more:
        entries.append((look.say(message("{count} others", count=more)), "other"))
    style.key(drawn, look, entries, bottom=bottom, longest=longest)


def _point(look: Look, name: str, sentence: Message) -> str:
    return f"{style.escape(name)}<br>{look.say(sentence)}<extra></extra>"
