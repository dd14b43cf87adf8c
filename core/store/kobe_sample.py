"""A synthetic stand-in for the Kobe files: the same 25 columns and geometry, plainly not the real shots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

Which = Literal["dev", "prod"]

ROWS = {"dev": 24_271, "prod": 6_426}
COLUMNS = (
    "action_type",
    "combined_shot_type",
    "game_event_id",
    "game_id",
    "lat",
    "loc_x",
    "loc_y",
    "lon",
    "minutes_remaining",
    "period",
    "playoffs",
    "season",
    "seconds_remaining",
    "shot_distance",
    "shot_made_flag",
    "shot_type",
    "shot_zone_area",
    "shot_zone_basic",
    "shot_zone_range",
    "team_id",
    "team_name",
    "game_date",
    "matchup",
    "opponent",
    "shot_id",
)
UNLABELLED = 0.164
FIRST_SEASON, SEASONS, GAMES, PLAYOFFS = 1996, 20, 90, 12
"""Every season has as many games, the last of them playoffs."""
ARC, CORNER, CORNER_TOP, MIDCOURT = 237.5, 220, 90, 417.5
"""The 3-point line and half-court, in tenths of a foot from the hoop."""
EAST = ("ATL", "BOS", "CHA", "CHI", "CLE", "DET", "IND", "MIA", "MIL", "NYK", "ORL", "PHI", "TOR", "WAS")
WEST = ("DAL", "DEN", "GSW", "HOU", "LAC", "MEM", "MIN", "PHX", "POR", "SAC", "SAS", "UTA")
OPPONENTS = (*EAST, *WEST, *WEST)
"""Those of the same conference twice: they meet more often."""
CLOSE = {"Layup Shot": 0.45, "Driving Layup Shot": 0.3, "Slam Dunk Shot": 0.15, "Tip Shot": 0.05, "Hook Shot": 0.05}
FAR = {"Jump Shot": 0.78, "Fadeaway Jump Shot": 0.08, "Turnaround Jump Shot": 0.08, "Jump Bank Shot": 0.06}
THREE = {"Jump Shot": 0.97, "Pullup Jump shot": 0.03}
KIND = {
    "Layup Shot": "Layup",
    "Driving Layup Shot": "Layup",
    "Slam Dunk Shot": "Dunk",
    "Tip Shot": "Tip Shot",
    "Hook Shot": "Hook Shot",
}
"""What the close actions are combined into; the others are jump shots."""

if TYPE_CHECKING:
    from core.data.arrays import Floats, Ints, Texts


def shots(which: Which, seed: int, rows: int | None = None) -> pd.DataFrame:
    """Synthetic shots in the order of their dates: 2-pointers for "dev", 3-pointers for "prod".

    Columns and dtypes are those of the original files, and so are the relations between `loc_x`, `loc_y` (tenths of
    a foot, hoop at 0, 0), `lat`, `lon` and `shot_distance`. Chances fall with distance; about 16 % of the targets
    are null. The same seed gives the same shots, and its "dev" and "prod" share games but no `shot_id`.
    """
    rows = ROWS[which] if rows is None else rows
    games = _schedule(np.random.default_rng([seed, 2]))
    random = np.random.default_rng([seed, list(ROWS).index(which)])
    clock = _clock(rows, which, random)
    x, y = _two_pointers(rows, random) if which == "dev" else _three_pointers(rows, random)
    feet = np.hypot(x, y) / 10
    made = (random.random(rows) < _chance(feet)).astype("float64")
    action = _actions(feet, which, random)
    table = {
        "action_type": action,
        "combined_shot_type": pd.Series(action).map(KIND).fillna("Jump Shot").to_numpy(),
        "lat": np.round(34.0443 - y / 1000, 4),
        "loc_x": x,
        "loc_y": y,
        "lon": np.round(-118.2698 + x / 1000, 4),
        **clock,
        "shot_distance": feet.astype("int64"),
        "shot_made_flag": np.where(random.random(rows) < UNLABELLED, np.nan, made),
        "shot_type": "2PT Field Goal" if which == "dev" else "3PT Field Goal",
        **_zones(x, y, feet, three=which == "prod"),
        "team_id": 1610612747,
        "team_name": "Los Angeles Lakers",
        # Every fifth number is a 3-pointer's: no id is in both files, however many rows they have.
        "shot_id": np.arange(rows) * 5 // 4 + 1 if which == "dev" else np.arange(1, rows + 1) * 5,
    }
    played = games.iloc[clock["game"]].reset_index(drop=True)
    return pd.DataFrame(table).drop(columns="game").join(played)[list(COLUMNS)]


def _schedule(random: np.random.Generator) -> pd.DataFrame:
    number = np.arange(SEASONS * GAMES)
    year, round_ = FIRST_SEASON + number // GAMES, number % GAMES
    playoffs = round_ >= GAMES - PLAYOFFS
    opponent = np.array(OPPONENTS, dtype=object)[random.integers(0, len(OPPONENTS), len(number))]
    away = random.random(len(number)) < 0.5
    opening = pd.to_datetime(pd.DataFrame({"year": year, "month": 11, "day": 1}))
    # Two days between games bring the last one to the end of April, when the playoffs are on.
    dates = opening + pd.Series(pd.to_timedelta(round_ * 2, unit="D"))
    return pd.DataFrame(
        {
            "game_id": np.where(playoffs, 40_000_000, 20_000_000) + year % 100 * 100_000 + round_ + 1,
            "playoffs": playoffs.astype("int64"),
            "season": [f"{first}-{(first + 1) % 100:02d}" for first in year],
            "game_date": dates.dt.strftime("%Y-%m-%d"),
            "matchup": np.where(away, "LAL @ ", "LAL vs. ").astype(object) + opponent,
            "opponent": opponent,
        }
    )


def _clock(rows: int, which: Which, random: np.random.Generator) -> dict[str, Ints]:
    shares = [0.275, 0.22, 0.27, 0.222, 0.011, 0.002] if which == "dev" else [0.21, 0.21, 0.265, 0.3, 0.012, 0.003]
    game = random.integers(0, SEASONS * GAMES, rows)
    period = random.choice(len(shares), rows, p=shares) + 1
    left = (random.random(rows) * np.where(period > 4, 300, 720)).astype("int64")
    elapsed = np.where(period > 4, 2880 + (period - 4) * 300, period * 720) - left
    order = np.lexsort((elapsed, game))
    return {
        "game": game[order],
        "period": period[order],
        "minutes_remaining": left[order] // 60,
        "seconds_remaining": left[order] % 60,
        "game_event_id": 2 + elapsed[order] // 6,
    }


def _two_pointers(rows: int, random: np.random.Generator) -> tuple[Ints, Ints]:
    share = random.random(rows)
    feet = np.select(
        [share < 0.22, share < 0.38],
        [0, random.uniform(0, 80, rows)],
        random.triangular(30, 175, 232, rows),
    )
    angle = random.uniform(-1.6, 1.6, rows)
    x = np.clip(np.rint(feet * np.sin(angle)), 1 - CORNER, CORNER - 1).astype("int64")
    return x, np.rint(feet * np.cos(angle)).astype("int64")


def _three_pointers(rows: int, random: np.random.Generator) -> tuple[Ints, Ints]:
    share = random.random(rows)
    feet = ARC + 1 + np.minimum(random.gamma(2, 8, rows), 160)
    # A shot from the corner is nearer to the hoop than the arc; a desperate one comes from the other half.
    angle = random.uniform(-1.15, 1.15, rows)
    x, y = np.clip(feet * np.sin(angle), -248, 248), feet * np.cos(angle)
    corner, desperate = share < 0.1, share > 0.988
    x[corner] = np.sign(x[corner]) * random.uniform(CORNER + 1, 245, corner.sum())
    y[corner] = random.uniform(-35, CORNER_TOP - 5, corner.sum())
    x[desperate] = random.uniform(-200, 200, desperate.sum())
    y[desperate] = random.uniform(MIDCOURT, 760, desperate.sum())
    short = ~corner & (np.hypot(x, y) <= ARC)
    y[short] = np.sqrt(ARC**2 - x[short] ** 2) + 2
    return np.rint(x).astype("int64"), np.rint(y).astype("int64")


def _chance(feet: Floats) -> Floats:
    return np.where(feet < 2, 0.63, np.clip(0.5 - 0.0055 * feet, 0.02, 1) - 0.02 * np.clip(feet - 26, 0, 18))


def _actions(feet: Floats, which: Which, random: np.random.Generator) -> Texts:
    def drawn(shares: dict[str, float]) -> Texts:
        return random.choice(np.array(list(shares), dtype=object), len(feet), p=list(shares.values()))

    return drawn(THREE) if which == "prod" else np.where(feet < 4, drawn(CLOSE), drawn(FAR))


def _zones(x: Ints, y: Ints, feet: Floats, *, three: bool) -> dict[str, Texts]:
    side = np.degrees(np.arctan2(x, y))
    wide = np.abs(side)
    left = x < 0
    back = y >= MIDCOURT
    corner = three & (y < CORNER_TOP)
    beyond = feet >= 16
    basic = np.select(
        [back, corner & left, corner, np.full(len(x), three), feet < 4, (np.abs(x) <= 80) & (y <= 138)],
        [
            "Backcourt",
            "Left Corner 3",
            "Right Corner 3",
            "Above the Break 3",
            "Restricted Area",
            "In The Paint (Non-RA)",
        ],
        "Mid-Range",
    )
    area = np.select(
        [back, feet < 8, wide < np.where(beyond, 18, 30), beyond & (wide < np.where(three, 69, 54)) & ~corner],
        ["Back Court(BC)", "Center(C)", "Center(C)", np.where(left, "Left Side Center(LC)", "Right Side Center(RC)")],
        np.where(left, "Left Side(L)", "Right Side(R)"),
    )
    distance = np.select(
        [back, np.full(len(x), three), feet < 8, feet < 16],
        ["Back Court Shot", "24+ ft.", "Less Than 8 ft.", "8-16 ft."],
        "16-24 ft.",
    )
    zones = {"shot_zone_area": area, "shot_zone_basic": basic, "shot_zone_range": distance}
    return {name: values.astype(object) for name, values in zones.items()}
