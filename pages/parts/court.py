"""The half-court on a page: where rows lie, and the shot that a person places on it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from core import workflows
from core.charts import court, plane
from core.charts.court_lines import FAR, distance, from_court, to_court
from pages.parts.picture import clicked, picture
from pages.parts.reads import read
from pages.parts.state import _, number
from pages.parts.views import views

SURFACE = "half-court"
START = (0, 150)
FARTHEST = {"x": 250, "y": 887}
"""Where the court ends, in tenths of a foot: the shot files know throws from beyond half-court."""
HALF = 417
PERIODS = 4


def has(project: str) -> bool:
    """Whether the project's rows have a place on the half-court."""
    return read(workflows.project_contract, project).surface == SURFACE


def density(project: str, rows: pd.DataFrame, *, role: str, key: str) -> None:
    """Where rows come from; nothing where the project has no court or the rows no place."""
    contract = read(workflows.project_contract, project)
    if not has(project) or contract.x not in rows or contract.y not in rows:
        return
    x, y = to_court(rows[contract.y].to_numpy(), rows[contract.x].to_numpy())
    alt = _(
        "{rows:,} shots, {far} from {feet:g} ft or farther.",
        rows=len(rows),
        far=number(float((np.hypot(x, y) >= FAR).mean()), ".0%"),
        feet=FAR / 10,
    )
    picture(court.density, x, y, role=role, alt=alt, key=key)


def rows(project: str, table: pd.DataFrame, *, key: str) -> None:
    """Labelled rows by their place: on the court the rate made, how many and the zones; elsewhere how many."""
    contract = read(workflows.project_contract, project)
    if not has(project):
        alt = _("{rows:,} rows by {x} and {y}.", rows=len(table), x=contract.x, y=contract.y)
        across, up = table[contract.x].to_numpy(float), table[contract.y].to_numpy(float)
        picture(plane.density, across, up, x_title=contract.x, y_title=contract.y, alt=alt, key=key)
        return
    x, y = to_court(table[contract.y].to_numpy(), table[contract.x].to_numpy())
    made = table[contract.target].to_numpy()
    alt = _("{rows:,} shots, {rate} of them made.", rows=len(table), rate=number(float(made.mean()), ".0%"))
    match views("court", {"rate": _("Rate made"), "density": _("Density"), "zones": _("Zones")}):
        case "rate":
            picture(court.shots, x, y, made, narrow=True, alt=alt, key=key)
        case "density":
            picture(court.density, x, y, height=390, alt=alt, key=key)
        case "zones":
            picture(court.zones, x, y, made, narrow=True, alt=alt, key=key)


def place() -> tuple[int, int]:
    """Where the shot stands, in tenths of a foot from the hoop; the link carries it."""
    try:
        x, y = (int(st.query_params.get(axis, start)) for axis, start in zip("xy", START, strict=True))
    except ValueError:
        return START
    return max(-FARTHEST["x"], min(FARTHEST["x"], x)), max(-52, min(FARTHEST["y"], y))


def features(x: int, y: int) -> dict[str, float]:
    """The columns that follow from a place; they always agree."""
    lat, lon = from_court(x, y)
    return {"lat": float(lat), "lon": float(lon), "shot_distance": float(distance(x, y))}


def feet() -> int:
    """How far from the hoop the shot stands."""
    return int(distance(*place()))


def made_here(project: str) -> tuple[float | None, int]:
    """The rate made of the training shots in the zone of the shot, and how many they are."""
    contract, train = read(workflows.project_contract, project), read(workflows.champion_training_rows, project)
    zones = court.zone(*to_court(train[contract.y].to_numpy(), train[contract.x].to_numpy()))
    here = train[contract.target].to_numpy()[zones == int(court.zone(*(np.array([axis]) for axis in place()))[0])]
    return (float(here.mean()) if len(here) else None), len(here)


def period(project: str, name: str, value: int) -> str:
    """A period as the game calls it; any other number is itself."""
    if name != "period" or not has(project) or value <= PERIODS:
        return str(value)
    over = value - PERIODS
    return _("OT") if over == 1 else _("OT{number}", number=over)


def pick(project: str, values: Mapping[str, float | str], average: float) -> None:
    """The court coloured by the champion's probability with `values` elsewhere the same; a click moves the shot."""
    x, y = place()
    contract, train = read(workflows.project_contract, project), read(workflows.champion_training_rows, project)
    cells_x, cells_y = court.surface_cells()
    lat, lon = from_court(cells_x, cells_y)
    cells = pd.DataFrame({name: np.full(len(lat), value) for name, value in values.items()}).assign(
        lat=lat, lon=lon, shot_distance=distance(cells_x, cells_y)
    )
    trained_x, trained_y = to_court(train[contract.y].to_numpy(), train[contract.x].to_numpy())
    alt = _(
        "The shot is {feet} ft from the hoop. Use the fields below to move it by keyboard.", feet=int(distance(x, y))
    )
    points = clicked(
        court.surface,
        workflows.predict(project, cells),
        average=average,
        trained_x=trained_x,
        trained_y=trained_y,
        shot=(x, y) if y <= HALF else None,
        alt=alt,
        key="court",
    )
    if points and (round(points[0]["x"]), round(points[0]["y"])) != (x, y):
        st.query_params.update({"x": str(round(points[0]["x"])), "y": str(round(points[0]["y"]))})
        st.rerun()
    if y > HALF:
        st.caption(_("The shot is taken {feet} ft away, beyond half-court: off this picture.", feet=feet()))


def fields() -> None:
    """The place as two numbers, for the keyboard; they and the court always agree."""
    x, y = place()
    left, right = st.columns(2)
    new_x = left.number_input(_("Right of the hoop, ft"), -25.0, 25.0, x / 10, 1.0, format="%.1f", key=f"x-{x}")
    new_y = right.number_input(
        _("In front of the hoop, ft"), -5.2, FARTHEST["y"] / 10, y / 10, 1.0, format="%.1f", key=f"y-{y}"
    )
    moved = (round(new_x * 10), round(new_y * 10))
    if moved != (x, y):
        st.query_params.update({"x": str(moved[0]), "y": str(moved[1])})
        st.rerun()
