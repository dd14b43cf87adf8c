"""The half-court to scale, in tenths of a foot with the hoop at (0, 0) and the baseline below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.charts import style

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.charts.style import Look, Numbers
    from core.data.arrays import Floats, Ints

HOOP_LATITUDE, HOOP_LONGITUDE, UNITS_PER_DEGREE = 34.0443, -118.2698, 1000.0
SIDE, BASELINE, HALF_LINE = 250.0, -52.5, 417.5
FAR = 220
"""From where the three-point line begins."""


@dataclass(frozen=True)
class Colors:
    """What only a court has: its lines, the hatch, the chosen shot, the scales of probability and density."""

    lines: str
    hatch: str
    shot: str
    ring: str
    probability: tuple[str, ...]
    current: tuple[str, ...]
    reference: tuple[str, ...]


COLORS = {
    "light": Colors(
        "#4A4457", "#A8A2B5", "#FDB927", "#17121F",
        ("#CE8F1E", "#E0AC52", "#EFCD90", "#F8EAD0", "#F7F5F9", "#E3D8EE", "#C3ACDC", "#9470BD", "#552583"),
        ("#FFFFFF", "#F1EAF8", "#D9C8EC", "#B296D2", "#8159B1", "#552583", "#35105C"),
        ("#FFFFFF", "#F0EFF3", "#D3D0DA", "#A9A5B5", "#7C778A", "#5A5567", "#3F3A4D"),
    ),
    "dark": Colors(
        "#9C95AB", "#5D566B", "#FDB927", "#ECE9F2",
        ("#E3AE45", "#B98A33", "#87672B", "#4F4029", "#25212B", "#3D2E59", "#604590", "#9470D6", "#CBB0FF"),
        ("#141218", "#241A33", "#3D2A5C", "#5F438E", "#8A5BCD", "#B794F4", "#E6D8FF"),
        ("#141218", "#1F1C25", "#35313E", "#534E5F", "#7B7588", "#A59FB2", "#CFCBD9"),
    ),
}  # fmt: skip


def to_court(lat: Floats | float, lon: Floats | float) -> tuple[Floats, Floats]:
    """x and y on the court, in tenths of a foot, of the coordinates that the shot files carry as degrees."""
    x = (np.asarray(lon, float) - HOOP_LONGITUDE) * UNITS_PER_DEGREE
    y = (HOOP_LATITUDE - np.asarray(lat, float)) * UNITS_PER_DEGREE
    return x, y


def from_court(x: Floats | float, y: Floats | float) -> tuple[Floats, Floats]:
    """Latitude and longitude of a place on the court, with the four decimals of the shot files."""
    lat = HOOP_LATITUDE - np.asarray(y, float) / UNITS_PER_DEGREE
    lon = HOOP_LONGITUDE + np.asarray(x, float) / UNITS_PER_DEGREE
    return lat.round(4), lon.round(4)


def distance(x: Floats | float, y: Floats | float) -> Ints:
    """Whole feet from the hoop, as the shot files count them: rounded down."""
    # Places that come from degrees carry their rounding: a foot must not be lost to 1e-12.
    feet: Ints = np.floor(np.hypot(x, y) / 10 + 1e-6).astype(int)
    return feet


def frame(look: Look, *, height: int, top: float, bar: bool = False) -> Figure:
    """An empty half-court up to `top`; with `bar`, room above it for a colour bar."""
    drawn = style.figure(look, height=height, left=2, right=2, top=54 if bar else 2, bottom=2)
    drawn.update_xaxes(visible=False, range=[-SIDE - 6, SIDE + 6], constrain="domain")
    drawn.update_yaxes(
        visible=False, range=[-58, top + 6], constrain="domain", constraintoward="top", scaleanchor="x", scaleratio=1
    )
    return drawn


def with_lines(drawn: Figure, look: Look, *, top: float, width: float) -> Figure:
    """The figure with the court's lines on it, one trace for all of them."""
    from plotly.graph_objects import Scatter

    x: list[float | None] = []
    y: list[float | None] = []
    for piece_x, piece_y in _lines(top):
        x += [*np.round(np.asarray(piece_x, float), 2).tolist(), None]
        y += [*np.round(np.asarray(piece_y, float), 2).tolist(), None]
    line = {"color": COLORS[look.mode].lines, "width": width}
    return drawn.add_trace(Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip"))


def _lines(top: float) -> Iterator[tuple[Numbers, Numbers]]:
    """The official lines up to `top`, piece by piece."""
    yield (-SIDE, SIDE, SIDE, -SIDE, -SIDE), (BASELINE, BASELINE, top, top, BASELINE)
    if top >= HALF_LINE:
        yield _arc(60, 180, 360, HALF_LINE)
    for half in (80, 60):
        yield (-half, -half, half, half), (BASELINE, 137.5, 137.5, BASELINE)
    yield _arc(60, 0, 180, 137.5)
    for dash in range(6):
        start = 187.5 + dash * 30
        yield _arc(60, start, start + 15, 137.5)
    yield _arc(7.5, 0, 360)
    yield (-30, 30), (-12.5, -12.5)
    yield (0, 0), (-12.5, -7.5)
    arc_x, arc_y = _arc(40, 0, 180)
    yield (40, *arc_x, -40), (-12.5, *arc_y, -12.5)
    meeting = np.degrees(np.arccos(220 / 237.5))
    arc_x, arc_y = _arc(237.5, meeting, 180 - meeting)
    yield (220, *arc_x, -220), (BASELINE, *arc_y, BASELINE)


def _arc(radius: float, start: float, end: float, middle: float = 0.0) -> tuple[Floats, Floats]:
    angle = np.radians(np.linspace(start, end, max(3, int(abs(end - start) / 3) + 1)))
    return radius * np.cos(angle), middle + radius * np.sin(angle)
