"""Windows of time: each row in exactly one, and each with the figures of its rows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, f1_score, log_loss, roc_auc_score

from core.metrics.registry import METRICS
from core.metrics.windows import BYS, window_labels, windows
from core.store import settings


def rows(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that hold, and their outcomes."""
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0.1, 0.9, count)
    return (rng.random(count) < probability).astype(float), probability


def test_dates_fall_into_their_year_season_and_month():
    time = pd.Series(["2014-06-30", "2014-07-01", "1999-12-31 22:00", None, "not a date"])
    assert window_labels(time, "year").tolist() == ["2014", "2014", "1999", None, None]
    assert window_labels(time, "season").tolist() == ["2013-14", "2014-15", "1999-00", None, None]
    assert window_labels(time, "month").tolist() == ["2014-06", "2014-07", "1999-12", None, None]


def test_the_seasons_of_the_real_files_are_those_that_they_name():
    production = pd.read_parquet(settings.load().kobe_dir / "dataset_kobe_prod.parquet")
    found = window_labels(production["game_date"], "season")
    assert found.tolist() == production["season"].tolist()
    assert len(set(found)) == 20


def test_so_many_rows_make_a_window_in_the_order_of_time_and_the_last_has_the_rest():
    time = pd.Series(["2001-01-03", "2001-01-01", None, "2001-01-02", "2001-01-01", "2001-01-04"])
    assert window_labels(time, "rows", 2).tolist() == [
        "2001-01-02", "2001-01-01", None, "2001-01-02", "2001-01-01", "2001-01-04",
    ]  # fmt: skip
    same_day = window_labels(pd.Series(["2001-01-01"] * 5), "rows", 2)
    assert same_day.tolist() == ["2001-01-01"] * 2 + ["2001-01-01 (2)"] * 2 + ["2001-01-01 (3)"]


def test_numbers_are_years_where_they_can_be_and_else_only_order_rows():
    assert window_labels(pd.Series([2001, 2003.0, np.nan]), "year").tolist() == ["2001", "2003", None]
    steps = pd.Series([30.0, 10.0, np.nan, 20.0])
    assert window_labels(steps, "year").tolist() == [None] * 4
    assert window_labels(steps, "rows", 2).tolist() == ["2", "1", None, "1"]


@given(
    st.lists(st.dates(date(1700, 1, 1), date(2250, 1, 1)).map(str) | st.none() | st.just("?"), max_size=40),
    st.sampled_from(BYS),
    st.integers(1, 50),
)
@hypothesis(deadline=None, max_examples=60)
def test_every_row_is_in_exactly_one_window_and_windows_sort_as_time_runs(days, by, size):
    time = pd.Series(days, dtype=object)
    labels = window_labels(time, by, size)
    assert len(labels) == len(time)
    known = np.array([day not in (None, "?") for day in days], bool)
    assert [label is not None for label in labels] == known.tolist()
    found = windows(labels, np.full(len(time), np.nan), np.full(len(time), 0.5), 0)
    assert sum(one.rows for one in found) == len(time)
    order = pd.to_datetime(time[known]).to_numpy().argsort(kind="stable")
    assert labels[known][order].tolist() == sorted(labels[known])


def test_a_window_has_the_figures_that_scikit_learn_gives_for_its_rows():
    target, probability = rows(900, 0)
    labels = np.repeat(np.array(["a", "b", None], dtype=object), 300)
    found = windows(labels, target, probability, 0, threshold=0.4, names=METRICS)
    assert [one.label for one in found] == ["a", "b", ""]
    y, p = target[300:600], probability[300:600]
    figures = {name: bounds.value for name, bounds in found[1].figures.items()}
    assert figures["log_loss"] == pytest.approx(log_loss(y, p))
    assert figures["roc_auc"] == pytest.approx(roc_auc_score(y, p))
    assert figures["brier"] == pytest.approx(brier_score_loss(y, p))
    assert figures["f1"] == pytest.approx(f1_score(y, p >= 0.4))
    assert figures["skill"] == pytest.approx(1 - log_loss(y, p) / log_loss(y, np.full(300, y.mean())))
    assert found[1].target_rate == y.mean()
    assert all(bounds.low <= bounds.value <= bounds.high for bounds in found[1].figures.values())


def test_the_band_of_a_window_holds_what_the_model_is_worth_nineteen_times_of_twenty():
    target, probability = rows(400_000, 1)
    truth = roc_auc_score(target, probability)
    found = windows(np.arange(400_000) // 2_000, target, probability, 0, names=("roc_auc",))
    held = [one.figures["roc_auc"].low <= truth <= one.figures["roc_auc"].high for one in found]
    assert 0.9 <= np.mean(held) <= 0.99


def test_few_labels_and_one_class_give_no_figure_and_their_rows_still_count():
    target, probability = rows(1_000, 2)
    labels = np.array(["few"] * 150 + ["one class"] * 200 + ["enough"] * 650, dtype=object)
    target[51:150] = np.nan
    target[150:350] = 1
    found = {one.label: one for one in windows(labels, target, probability, 0)}
    assert {label: one.rows for label, one in found.items()} == {"few": 150, "one class": 200, "enough": 650}
    assert (found["few"].skill, found["few"].labelled) == (None, 51)
    assert found["one class"].skill is None
    assert found["enough"].skill is not None
