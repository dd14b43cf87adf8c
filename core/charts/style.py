"""The one place for chart style: colours by role, numbers in the reader's language, axes and margins."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.text import language
from core.text.messages import Message, message

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.data.arrays import Floats

    Numbers = Sequence[float] | Floats
    """What a chart takes its points from."""

Mode = Literal["light", "dark"]
RoleName = Literal["reference", "current", "positive", "negative", "champion", "challenger", "other"]

CONFIG = {"displayModeBar": False}
"""What every `st.plotly_chart` of ours gets as `config`."""
FONT_SIZE = 12
LABEL_SIZE = 13
CLEAR = "rgba(0,0,0,0)"
CHARACTER = 5.9
"""Mean width in pixels of a character at the chart font size."""
NAMES_MARGIN = (72, 124)
LABELS_MARGIN = 80
PATTERN = {"shape": "/", "solidity": 0.45, "size": 6}


@dataclass(frozen=True)
class Role:
    """How one part is drawn. The symbol, dash or pattern says the same as the colour, for who can't see that."""

    color: str
    symbol: str
    dash: str = "solid"
    width: float = 2.2
    pattern: bool = False


@dataclass(frozen=True)
class Palette:
    """The colours of one mode. `strong` and `text` are for words, the roles for marks and lines."""

    page: str
    strong: str
    text: str
    grid: str
    band: str
    reference_band: str
    reference: Role
    current: Role
    positive: Role
    negative: Role
    champion: Role
    challenger: Role
    other: Role
    """One of many that are told apart by pointing at them."""
    series: tuple[Role, ...]
    """Lines that have no part of their own, told apart by dash and symbol too."""


def _series(*colors: str) -> tuple[Role, ...]:
    cues = (("diamond", "dash"), ("square", "dot"), ("triangle-up", "longdash"), ("circle", "solid"),
            ("x", "dashdot"), ("star", "longdashdot"))  # fmt: skip
    return tuple(Role(color, symbol, dash, 2.0) for color, (symbol, dash) in zip(colors, cues, strict=True))


PALETTES: dict[Mode, Palette] = {
    "light": Palette(
        page="#FFFFFF",
        strong="#17121F",
        text="#5A5467",
        grid="#ECEAF1",
        band="rgba(85,37,131,.16)",
        reference_band="rgba(138,133,152,.22)",
        reference=Role("#8A8598", "diamond", "dash", 1.4),
        current=Role("#552583", "circle"),
        positive=Role("#552583", "circle"),
        negative=Role("#B97700", "x", "dash", 1.6, pattern=True),
        champion=Role("#B97700", "star"),
        challenger=Role("#00857C", "diamond", "dash"),
        other=Role("#8A8598", "circle", "solid", 1.0),
        series=_series("#8A8598", "#2563A8", "#00857C", "#552583", "#B97700", "#B3261E"),
    ),
    "dark": Palette(
        page="#141218",
        strong="#ECE9F2",
        text="#B5AFC2",
        grid="#2A2631",
        band="rgba(183,148,244,.22)",
        reference_band="rgba(148,142,163,.25)",
        reference=Role("#948EA3", "diamond", "dash", 1.4),
        current=Role("#B794F4", "circle"),
        positive=Role("#B794F4", "circle"),
        negative=Role("#FDB927", "x", "dash", 1.6, pattern=True),
        champion=Role("#FDB927", "star"),
        challenger=Role("#3CC4B8", "diamond", "dash"),
        other=Role("#948EA3", "circle", "solid", 1.0),
        series=_series("#948EA3", "#7DB4F0", "#3CC4B8", "#B794F4", "#FDB927", "#F2777A"),
    ),
}


@dataclass(frozen=True)
class Look:
    """For whom a chart is drawn: the page's `mode`, the reader's `language`, whether the screen is `narrow` (a
    phone's), where fewer labels fit, and whether `titles` of columns may be those of a shipped contract."""

    mode: Mode = "light"
    language: str = "en"
    narrow: bool = False
    titles: bool = True

    @property
    def palette(self) -> Palette:
        return PALETTES[self.mode]

    def role(self, name: RoleName) -> Role:
        role: Role = getattr(self.palette, name)
        return role

    def say(self, sentence: Message) -> str:
        """A sentence in the reader's language."""
        return language.translate(sentence, self.language, titles=self.titles)

    def named(self, title: str | Message) -> str:
        """A column's title in the reader's language."""
        if isinstance(title, Message):
            return self.say(title)
        return language.named(title, self.language) if self.titles else title

    def number(self, value: float, spec: str) -> str:
        """`value` by Python's format `spec` as the reader writes it; what rounds to zero is a bare 0."""
        if float(format(value, spec).rstrip("%").replace(",", "")) == 0:
            value, spec = 0, ".0%" if spec.endswith("%") else "d"
        return language.number(value, spec, self.language)

    def font(self, *, strong: bool = False, size: int = FONT_SIZE) -> dict[str, Any]:
        return {"size": size, "color": self.palette.strong if strong else self.palette.text}


def figure(look: Look, *, height: int, left: int = 48, right: int = 8, top: int = 8, bottom: int = 24) -> Figure:
    """An empty figure of `height` pixels in the chart style: the page shows through, margins are by hand so that
    neighbours line up, nothing can be zoomed and there is no legend, because lines carry their names."""
    from plotly.graph_objects import Figure

    drawn, written = Figure(), language.LANGUAGES[look.language]
    drawn.update_layout(
        height=height,
        margin={"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font=look.font(),
        hoverlabel={"font": {"size": FONT_SIZE}},
        separators=written.decimal + written.thousands,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        bargap=0.38,
    )
    bare = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "fixedrange": True}
    for update in (drawn.update_xaxes, drawn.update_yaxes):
        update(**bare, automargin=False, tickangle=0, ticklabelstandoff=6, tickfont=look.font(), title_standoff=10)
    return drawn


def value_axis(look: Look, low: float, high: float, spec: str, *, title: str = "", most: int = 5) -> dict[str, Any]:
    """A value axis from `low` to `high` with its grid and at most `most` round ticks, written by `spec` (its sign
    and its % are kept, the decimals follow the step)."""
    values, step = ticks(low, high, most)
    percent = "%" if spec.endswith("%") else "f"
    decimals = next((d for d in range(7) if _whole(step * 10 ** (d + 2 * (percent == "%")))), 7)
    tick_spec = f"{'+' if spec.startswith('+') else ''}.{decimals}{percent}"
    return {
        "range": [low, high],
        "tickvals": values,
        "ticktext": [look.number(value, tick_spec) for value in values],
        "showgrid": True,
        "gridcolor": look.palette.grid,
        "gridwidth": 1,
        **({"title": {"text": escape(title), "font": look.font()}} if title else {}),
    }


def name_axis(names: Sequence[str], *, lines: int = 1) -> dict[str, Any]:
    """A vertical axis of names, the first on top: rows lie at 0, 1, 2 ...; a long name breaks into `lines` and is cut
    after the last."""
    return {
        "range": [len(names) - 0.5, -0.5],
        "tickvals": list(range(len(names))),
        "ticktext": [_broken(name, lines) for name in names],
    }


def names_margin(names: Sequence[str]) -> int:
    """The left margin that the longest name needs, within the bounds of the style."""
    longest = max((len(name) for name in names), default=0)
    return int(np.clip(longest * CHARACTER + 16, *NAMES_MARGIN))


def step_axis(look: Look, labels: Sequence[str]) -> dict[str, Any]:
    """A horizontal axis of windows or versions at 0, 1, 2 ..., evenly labelled."""
    longest = max((len(label) for label in labels), default=1)
    most = int(np.clip(24 // max(longest, 1), 3, 7)) if look.narrow else 7
    every = max(1, -(-(len(labels) - 1) // (most - 1)))
    written = list(range(0, len(labels), every))
    return {
        "range": [-0.5, len(labels) - 0.5],
        "tickvals": written,
        "ticktext": [escape(shorten(labels[index], 14)) for index in written],
    }


def ticks(low: float, high: float, most: int = 5) -> tuple[list[float], float]:
    """At most `most` round values between `low` and `high`, and the step between them."""
    span = max(high - low, 1e-12)
    magnitude = 10 ** math.floor(math.log10(span / most))
    for step in (magnitude * factor for factor in (1, 2, 2.5, 5, 10, 20, 25)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    return [round(index * step, 12) for index in range(first, last + 1)], step


def escape(text: str) -> str:
    """A user's text as Plotly shows it literally: it would read < and & as markup."""
    return html.escape(str(text), quote=False)


def shorten(text: str, limit: int) -> str:
    text = str(text)
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def padded(low: float, high: float, share: float) -> tuple[float, float]:
    """The range with `share` of its width more at each end; a single value gets a width."""
    room = (high - low) * share or max(abs(low), 0.01)
    return float(low - room), float(high + room)


def whisker(role: Role, value: float, low: float | None, high: float | None) -> dict[str, Any] | None:
    """The error bar from `low` to `high` around `value`, none where there is no interval."""
    if low is None or high is None or not np.isfinite([low, high]).all():
        return None
    bounds = {"array": [float(high - value)], "arrayminus": [float(value - low)]}
    return {"type": "data", "symmetric": False, **bounds, "color": role.color, "thickness": 2, "width": 5}


def whiskers(
    role: Role, values: Numbers, low: Sequence[float | None] | Floats, high: Sequence[float | None] | Floats
) -> dict[str, Any] | None:
    """The same for marks of one trace; None where no mark has an interval."""
    bars = [whisker(role, *row) for row in zip(values, low, high, strict=True)]
    known = next((bar for bar in bars if bar), None)
    sides = ("array", "arrayminus")
    return known and {**known, **{side: [bar[side][0] if bar else None for bar in bars] for side in sides}}


def told(look: Look, name: str, value: float, low: float | None, high: float | None, spec: str) -> str:
    """What a mark says when pointed at: its name, its figure and the 95 % interval where there is one."""
    figure = look.number(float(value), spec)
    if low is not None and high is not None and np.isfinite([low, high]).all():
        bounds = {"low": look.number(float(low), spec), "high": look.number(float(high), spec)}
        figure = look.say(message("{value}, 95 % interval {low} to {high}", value=figure, **bounds))
    return f"{escape(name)}<br>{figure}<extra></extra>"


def zero_line(drawn: Figure, look: Look, *, x: float | None = None, y: float | None = None) -> None:
    """A line across the plot at a value that everything is compared with."""
    line = {"color": look.palette.text, "width": 1}
    if x is not None:
        drawn.add_shape(type="line", x0=x, x1=x, yref="paper", y0=0, y1=1, line=line, layer="between")
    if y is not None:
        drawn.add_shape(type="line", y0=y, y1=y, xref="paper", x0=0, x1=1, line=line, layer="between")


def line_ends(
    drawn: Figure, look: Look, labels: Sequence[tuple[float, str]], unit: float, top: float = math.inf
) -> None:
    """Names of lines at their right end, pushed apart where they would touch and never above `top`; `unit` is the value
    of a pixel. A name may have several lines."""
    ordered = sorted(labels)
    room = [15 * unit * (1 + label.count("\n")) for _, label in ordered]
    placed: list[float] = []
    for (value, _), own in zip(ordered, room, strict=True):
        placed.append(max(value, placed[-1] + (room[len(placed) - 1] + own) / 2) if placed else value)
    for index in reversed(range(len(placed))):
        above = placed[index + 1] - (room[index + 1] + room[index]) / 2 if index + 1 < len(placed) else top
        placed[index] = min(placed[index], above)
    for (_, label), y in zip(ordered, placed, strict=True):
        drawn.add_annotation(
            xref="paper", x=1, y=y, xshift=8, xanchor="left", showarrow=False, align="left",
            text=escape(label).replace("\n", "<br>"), font=look.font(),
        )  # fmt: skip


def key(drawn: Figure, look: Look, entries: Sequence[tuple[str, RoleName]], *, bottom: bool, longest: int = 34) -> None:
    """Names of lines with a sample of each, in the right bottom or top corner of the plot; names are cut at `longest`
    characters."""
    for index, (name, role) in enumerate(reversed(entries) if bottom else entries):
        y, shift = (0, 12 + 18 * index) if bottom else (1, -17 - 16 * index)
        drawn.add_annotation(
            xref="paper", yref="paper", x=1, y=y, xshift=-34, yshift=shift, xanchor="right", yanchor="middle",
            text=escape(shorten(name, longest)), showarrow=False, font=look.font(), bgcolor=look.palette.page,
        )  # fmt: skip
        style = look.role(role)
        drawn.add_shape(
            type="line", xref="paper", yref="paper", xsizemode="pixel", ysizemode="pixel", xanchor=1, yanchor=y,
            x0=-30, x1=-4, y0=shift, y1=shift, line={"color": style.color, "width": style.width, "dash": style.dash},
        )  # fmt: skip


def _broken(name: str, lines: int) -> str:
    limit = int((NAMES_MARGIN[1] - 8) / CHARACTER)
    parts = textwrap.wrap(str(name), limit) or [""]
    if len(parts) > lines:
        parts = [*parts[: lines - 1], shorten(" ".join(parts[lines - 1 :]), limit)]
    return "<br>".join(escape(part) for part in parts)


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * max(1.0, abs(value))
