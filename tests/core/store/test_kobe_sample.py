"""The synthetic sample stands in for the original files: same columns, types and geometry, and other shots."""

import numpy as np
import pandas as pd
import pytest

from core.data.checking import check
from core.store import projects, settings, sources
from core.store.kobe_sample import shots
from core.store.storage import write_parquet
from core.store.tables import read_table


@pytest.fixture
def place():
    return settings.load()


@pytest.mark.parametrize("which", ["dev", "prod"])
def test_the_sample_has_the_columns_types_and_geometry_of_the_original(place, which):
    original, made = read_table(sources.kobe(place, which)), shots(which, 24)
    assert made.dtypes.to_dict() == original.dtypes.to_dict()
    assert list(made.columns) == list(original.columns)
    assert len(made) == len(original)
    for frame in (original, made):
        assert (frame["lat"] == (34.0443 - frame["loc_y"] / 1000).round(4)).all()
        assert (frame["lon"] == (-118.2698 + frame["loc_x"] / 1000).round(4)).all()
        assert (frame["shot_distance"] == np.hypot(frame["loc_x"], frame["loc_y"]) // 10).all()
        assert frame.columns[frame.isna().any()].tolist() == ["shot_made_flag"]
    for column in (
        "action_type",
        "combined_shot_type",
        "shot_zone_area",
        "shot_zone_basic",
        "shot_zone_range",
        "season",
    ):
        assert set(made[column]) <= set(original[column])
    assert set(made["shot_type"]) == set(original["shot_type"])
    assert abs(made["shot_made_flag"].isna().mean() - original["shot_made_flag"].isna().mean()) < 0.02
    assert abs(made["shot_made_flag"].mean() - original["shot_made_flag"].mean()) < 0.05
    assert abs(made["shot_distance"].mean() - original["shot_distance"].mean()) < 2


@pytest.mark.parametrize("which", ["dev", "prod"])
def test_every_row_of_the_sample_passes_both_contracts(place, which):
    for name in ("kobe", "kobe-full"):
        checked = check(shots(which, 24), projects.find(place, name), labelled=False)
        assert (len(checked.rows), len(checked.rejected)) == (len(shots(which, 24)), 0)


def test_no_shot_is_in_both_files(place):
    for dev, prod in (
        (read_table(sources.kobe(place, "dev")), read_table(sources.kobe(place, "prod"))),
        (shots("dev", 24), shots("prod", 24)),
        (shots("dev", 3, rows=50), shots("prod", 3, rows=5000)),
    ):
        assert pd.concat([dev["shot_id"], prod["shot_id"]]).is_unique


def test_the_sample_holds_two_pointers_to_train_and_three_pointers_to_score():
    for which, three in (("dev", False), ("prod", True)):
        made = shots(which, 24)
        far = (np.hypot(made["loc_x"], made["loc_y"]) >= 237) | (made["loc_x"].abs() >= 220)
        assert (far == three).all()


def test_the_sample_grows_less_likely_with_distance():
    made = shots("dev", 24)
    rates = made.groupby(pd.cut(made["shot_distance"], [-1, 1, 8, 16, 24]), observed=True)["shot_made_flag"].mean()
    assert rates.is_monotonic_decreasing
    assert rates.iloc[0] - rates.iloc[-1] > 0.15


def test_games_seasons_and_dates_of_the_sample_agree():
    both = pd.concat([shots("dev", 24), shots("prod", 24)])
    dates = pd.to_datetime(both["game_date"], format="%Y-%m-%d")
    first = dates.dt.year - (dates.dt.month < 8)
    assert (both["season"] == first.astype(str) + "-" + ((first + 1) % 100).astype(str).str.zfill(2)).all()
    columns = ["game_date", "season", "opponent", "matchup", "playoffs"]
    assert (both.groupby("game_id")[columns].nunique() == 1).all().all()
    assert both["season"].nunique() == 20
    assert both["shot_id"].is_unique
    assert [matchup[-3:] for matchup in both["matchup"]] == both["opponent"].tolist()


def test_the_sample_follows_its_seed_and_its_size():
    pd.testing.assert_frame_equal(shots("dev", 1), shots("dev", 1))
    assert not shots("dev", 1).equals(shots("dev", 2))
    small, other = shots("dev", 1, rows=500), shots("prod", 1, rows=900)
    assert (len(small), len(other)) == (500, 900)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path):
    for name, seed in (("one", 24), ("two", 24), ("other", 25)):
        write_parquet(shots("prod", seed), tmp_path / name)
    one, two, other = ((tmp_path / name).read_bytes() for name in ("one", "two", "other"))
    assert one == two
    assert one != other
