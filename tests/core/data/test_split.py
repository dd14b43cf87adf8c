"""A split is a disjoint, complete, repeatable partition that keeps the target rate."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import settings as budget
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from core.data.checking import check
from core.data.contract import Contract, Feature
from core.data.drafting import Roles, columns, draft
from core.data.split import MOST_SEED, STRATEGIES, join, on_both_sides, refuse_seed, split
from core.store import settings
from core.store.storage import write_parquet
from core.text.errors import CourtsideError

CONTRACT = Contract("tiny", "Tiny", "won", "1", (Feature("number", "integer"), Feature("colour", "category")))
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
COLUMNS = (
    lambda random, rows: random.normal(size=rows),
    lambda random, rows: random.integers(-5, 5, rows),
    lambda random, rows: pd.array(random.integers(0, 9, rows), dtype="Int64"),
    lambda random, rows: random.random(rows) < 0.5,
    lambda random, rows: random.choice(["a", "b", "ção", "日本"], rows).astype(object),
    lambda random, rows: pd.Categorical(random.choice(["x", "y"], rows)),
    lambda random, rows: pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), unit="D"),
    lambda random, rows: [Decimal(int(number)) / 4 for number in random.integers(0, 40, rows)],
)


def rows(losses: int, wins: int) -> pd.DataFrame:
    number = np.arange(losses + wins)
    colour = np.where(number % 3 == 0, "red", "blue").astype(object)
    return pd.DataFrame({"number": number, "colour": colour, "won": (number >= losses).astype("int64")})


def test_the_original_file_is_prepared_as_in_the_original_assignment(shots):
    raw, kept, contract = shots
    made = split(kept, contract)
    six = ["lat", "lon", "minutes_remaining", "period", "playoffs", "shot_distance", "shot_made_flag"]
    assert made.filtered.shape == (20285, 7)
    assert list(made.filtered.columns) == six
    assert (len(made.train), len(made.test)) == (16228, 4057)

    expected = raw[six].dropna()
    train, test = train_test_split(expected, test_size=0.2, random_state=10, stratify=expected["shot_made_flag"])
    for frame, oracle in ((made.filtered, expected), (made.train, train), (made.test, test)):
        pd.testing.assert_frame_equal(frame, oracle.reset_index(drop=True), check_dtype=False)
    assert made.target_rates == pytest.approx(
        {
            "filtered": expected["shot_made_flag"].mean(),
            "train": train["shot_made_flag"].mean(),
            "test": test["shot_made_flag"].mean(),
        }
    )
    assert round(made.target_rates["filtered"], 4) == 0.4773
    assert made.parameters == {"test_share": 0.2, "seed": 10, "strategy": "stratified"}


@budget(derandomize=True, deadline=None, max_examples=60)
@given(
    losses=st.integers(10, 60),
    wins=st.integers(10, 60),
    share=st.floats(0.15, 0.85),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_split_is_disjoint_complete_stratified_and_repeatable(losses, wins, share, seed):
    whole = rows(losses, wins)
    made = split(whole, CONTRACT, test_share=share, seed=seed)
    train, test = set(made.train["number"]), set(made.test["number"])
    assert not train & test
    assert train | test == set(whole["number"])
    assert len(made.train) + len(made.test) == len(whole)
    for part in (made.train, made.test):
        assert abs(part["won"].sum() - len(part) * wins / len(whole)) < 1
        assert isinstance(part.index, pd.RangeIndex)
        pd.testing.assert_frame_equal(part, whole.iloc[part["number"]].reset_index(drop=True))
    again = split(whole.copy(), CONTRACT, test_share=share, seed=seed)
    pd.testing.assert_frame_equal(again.train, made.train)
    pd.testing.assert_frame_equal(again.test, made.test)
    assert again.fingerprint == made.fingerprint


def test_another_seed_gives_other_parts():
    one, other = (split(rows(50, 50), CONTRACT, seed=seed) for seed in (1, 2))
    assert set(one.test["number"]) != set(other.test["number"])
    assert set(one.filtered["number"]) == set(other.filtered["number"])
    assert one.fingerprint != other.fingerprint


def test_the_same_rows_and_settings_give_the_same_fingerprint_and_files(shots, tmp_path):
    _, kept, contract = shots
    for name in ("one", "two"):
        made = split(kept.copy(), contract)
        write_parquet(made.train, tmp_path / f"{name}.parquet")
        (tmp_path / name).write_text(made.fingerprint)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert (tmp_path / "one").read_text() == (tmp_path / "two").read_text()
    assert len(made.fingerprint) == 16
    assert int(made.fingerprint, 16) >= 0


def test_another_process_gives_the_same_fingerprint(shots):
    _, kept, contract = shots
    script = (
        "from core.store import projects, settings, sources, tables\n"
        "from core.data.checking import check; from core.data.split import split\n"
        "place = settings.load(); contract = projects.find(place, 'kobe')\n"
        "raw = tables.read_table(sources.kobe(place, 'dev'))\n"
        "print(split(check(raw, contract, labelled=True).rows, contract).fingerprint)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.HOUSE, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == split(kept, contract).fingerprint, done.stderr


def test_one_other_value_among_the_original_ones_gives_another_fingerprint(shots):
    _, kept, contract = shots
    other = kept.copy()
    other.loc[20284, "period"] += 1
    assert split(other, contract).fingerprint != split(kept, contract).fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        lambda whole: split(whole.assign(number=whole["number"].replace(3, 4)), CONTRACT),
        lambda whole: split(whole.assign(colour=whole["colour"].replace("red", "Red")), CONTRACT),
        lambda whole: split(whole.astype({"number": "float64"}), CONTRACT),
        lambda whole: split(whole.iloc[::-1], CONTRACT),
        lambda whole: split(whole, CONTRACT, test_share=0.25),
        lambda whole: split(whole, CONTRACT, seed=11),
        lambda whole: split(whole, replace(CONTRACT, title="Another")),
    ],
    ids=["a number", "a text", "a type", "the order", "the share", "the seed", "the contract"],
)
def test_whatever_changes_changes_the_fingerprint(changed):
    whole = rows(40, 30)
    assert changed(whole).fingerprint != split(whole, CONTRACT).fingerprint


def test_columns_outside_the_contract_and_the_index_do_not_come_along():
    whole = rows(20, 20)
    extended = whole.assign(extra=1).set_index(whole["number"] + 100)
    pd.testing.assert_frame_equal(split(extended, CONTRACT).train, split(whole, CONTRACT).train)


@pytest.mark.parametrize("share", [-0.1, 0.0, 1.0, 1.5, float("nan")])
def test_a_test_share_outside_0_and_1_is_refused(share):
    with pytest.raises(CourtsideError, match="must lie between 0 and 1"):
        split(rows(20, 20), CONTRACT, test_share=share)


def test_an_unknown_strategy_is_refused():
    with pytest.raises(CourtsideError, match="no split strategy random"):
        split(rows(20, 20), CONTRACT, strategy="random")


@pytest.mark.parametrize(("losses", "wins", "share"), [(50, 1, 0.5), (50, 3, 0.2), (50, 4, 0.8), (50, 0, 0.5)])
def test_a_class_too_small_for_both_parts_is_refused(losses, wins, share):
    with pytest.raises(CourtsideError, match="too few to be in both parts"):
        split(rows(losses, wins), CONTRACT, test_share=share)


@pytest.mark.parametrize(("losses", "wins", "share"), [(2, 2, 0.5), (50, 5, 0.2), (50, 6, 0.8)])
def test_a_class_just_large_enough_is_in_both_parts(losses, wins, share):
    made = split(rows(losses, wins), CONTRACT, test_share=share)
    assert set(made.train["won"]) == set(made.test["won"]) == {0, 1}


def test_joined_splits_keep_the_rows_of_the_base_first_in_each_part():
    base, more = split(rows(40, 40), CONTRACT), split(rows(10, 10), CONTRACT, test_share=0.5)
    both = join(base, more, CONTRACT)
    pd.testing.assert_frame_equal(both.test.head(len(base.test)), base.test)
    pd.testing.assert_frame_equal(both.train.head(len(base.train)), base.train)
    pd.testing.assert_frame_equal(both.test.tail(len(more.test)).reset_index(drop=True), more.test)
    assert len(both.filtered) == len(both.train) + len(both.test) == 100
    assert both.fingerprint not in (base.fingerprint, more.fingerprint)


def grouped(count: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "number": random.integers(0, 8, count),
            "colour": random.choice(["red", "blue"], count).astype(object),
            "won": random.integers(0, 2, count),
        }
    )
    return table, 2000 + np.sort(random.random(count)) * 10, random.integers(0, max(count // 5, 2), count)


@budget(derandomize=True, deadline=None, max_examples=60)
@given(
    count=st.integers(60, 300),
    share=st.floats(0.15, 0.5),
    seed=st.integers(0, 2**16),
    strategy=st.sampled_from(list(STRATEGIES)),
)
def test_every_strategy_makes_a_disjoint_complete_repeatable_split(count, share, seed, strategy):
    table, time, group = grouped(count, seed)
    table["number"] += np.arange(count) * 100 * (strategy != "together")  # so that rows can be told apart
    options = {"test_share": share, "seed": seed, "strategy": strategy, "time": time, "group": group}
    made = split(table, CONTRACT, **options)
    counted = pd.concat([made.train, made.test]).value_counts()
    pd.testing.assert_series_equal(counted.sort_index(), table.value_counts().sort_index())
    assert split(table.copy(), CONTRACT, **options).fingerprint == made.fingerprint


def test_identical_rows_stay_on_one_side_only_if_asked():
    table, *_ = grouped(400, 1)
    together = split(table, CONTRACT, strategy="together", test_share=0.3)
    assert on_both_sides(together, CONTRACT) == 0
    assert on_both_sides(split(table, CONTRACT, test_share=0.3), CONTRACT) == len(table) * 0.3


def test_all_rows_of_a_group_are_on_one_side():
    table, _, group = grouped(400, 2)
    table["number"] = np.arange(400)
    made = split(table, CONTRACT, strategy="group", group=group)
    in_test = pd.Series(np.isin(table["number"], made.test["number"]))
    assert (in_test.groupby(group).nunique() == 1).all()
    assert abs(in_test.mean() - 0.2) < 0.02


def test_the_last_rows_are_the_test_part_and_one_moment_is_never_divided(shots):
    raw, kept, contract = shots
    checked = check(raw, contract, labelled=True)
    made = split(kept, contract, strategy="time", time=checked.time, group=checked.group)
    assert made.spans["train"][1] < made.spans["test"][0]
    assert abs(len(made.test) / len(kept) - 0.2) < 0.01
    dates = pd.to_datetime(raw["game_date"].iloc[checked.kept_positions])
    assert made.spans["test"][1] == pytest.approx(2016 + (dates.max().dayofyear - 1) / 366)


@pytest.mark.parametrize("strategy", ["time", "group"])
def test_a_strategy_without_its_column_is_refused(strategy):
    with pytest.raises(CourtsideError, match=f"There is no {strategy} column to split by"):
        split(rows(20, 20), CONTRACT, strategy=strategy)


def test_a_split_that_leaves_one_outcome_in_a_part_is_refused():
    table = rows(50, 50)  # the wins come last
    with pytest.raises(CourtsideError, match="the test part has 20 rows of one outcome"):
        split(table, CONTRACT, strategy="time", time=np.arange(100.0))


@st.composite
def tables(draw) -> pd.DataFrame:
    rows, random = draw(st.integers(60, 160)), np.random.default_rng(draw(st.integers(0, 2**16)))
    names = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    table = pd.DataFrame({name: pd.Series(draw(st.sampled_from(COLUMNS))(random, rows)) for name in names[1:]})
    table[names[0]] = np.where(random.random(rows) < 0.4, "sim", "não")
    for name in names:
        if draw(st.booleans()):
            table[name] = table[name].astype(object).where(random.random(rows) > 0.1, None).convert_dtypes()
    return table


@budget(derandomize=True, deadline=None, max_examples=80)
@given(table=tables(), share=st.floats(0.2, 0.5), seed=st.integers(0, 1000))
def test_a_split_of_any_table_is_disjoint_complete_repeatable_and_stratified(table, share, seed):
    target = next(name for name in table if set(table[name].dropna().astype(str)) <= {"sim", "não"})
    features = [column.name for column in columns(table) if column.kind and column.name != target]
    contract = draft(table, Roles(target, "sim"), name="any", features=features)
    checked = check(table, contract, labelled=True)
    assert len(table) == len(checked.rows) + len(checked.rejected) + checked.dropped_null
    assert len(checked.rejected) == 0
    assume(checked.rows[target].value_counts().min() >= 10)  # nulls may leave too few rows of a class
    made = split(checked.rows, contract, test_share=share, seed=seed)
    together = pd.concat([made.train, made.test]).astype(str).value_counts()
    pd.testing.assert_series_equal(together.sort_index(), checked.rows.astype(str).value_counts().sort_index())
    assert split(checked.rows.copy(), contract, test_share=share, seed=seed).fingerprint == made.fingerprint
    for part in (made.train, made.test):
        assert abs(part[target].sum() - len(part) * checked.rows[target].mean()) < 1


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_generator_takes_is_refused_and_the_outermost_are_taken(seed):
    with pytest.raises(CourtsideError, match=rf"The seed is {seed}; it must lie between 0 and 4294967295"):
        refuse_seed(seed)
    refuse_seed(max(0, min(seed, MOST_SEED)))
