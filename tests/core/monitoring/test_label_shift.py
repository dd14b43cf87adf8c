"""A change of the positive rate alone is named, and a feature that moved by itself is not taken for one."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core.data.contract import Contract, Feature
from core.monitoring.label_shift import LabelShift, label_shift
from core.monitoring.unlabelled import Side, Unlabelled, without_labels

CONTRACT = Contract("t", "T", "y", "1", (Feature("a", "number"), Feature("b", "number"), Feature("ward", "category")))


def world(rows: int, seed: int, *, moved: float = 0.0, north: float = 0.5) -> Side:
    """Rows with their true probability; `moved` moves a by itself, `north` is the share of one ward."""
    rng = np.random.default_rng(seed)
    a, b, ward = rng.normal(moved, 1, rows), rng.normal(0, 1, rows), rng.random(rows) < north
    said = expit(-1.4 + 1.2 * a + 0.5 * b + 0.8 * ward)
    table = pd.DataFrame({"a": a, "b": b, "ward": np.where(ward, "north", "south")})
    return Side(table, said, (rng.random(rows) < said).astype(float))


def shifted(rows: int, seed: int, rate: float) -> Side:
    """Positives and negatives of the same world, mixed so that this share is positive."""
    every = world(8 * rows, seed)
    assert every.target is not None
    some = [np.flatnonzero(every.target == outcome) for outcome in (1, 0)]
    yes = int(rows * rate)
    place = np.concatenate([some[0][:yes], some[1][: rows - yes]])
    return Side(every.rows.iloc[place].reset_index(drop=True), every.probability[place], every.target[place])


def found(batch: Side, seed: int = 1) -> LabelShift | None:
    return label_shift(CONTRACT, world(4_000, 100 + seed), Side(batch.rows, batch.probability), seed)


@pytest.mark.parametrize("rate", [0.15, 0.45])
def test_a_change_of_the_positive_rate_alone_is_named_with_the_rate_that_it_came_to(rate):
    shift = found(shifted(3_000, 2, rate))
    assert shift.rate.low <= rate <= shift.rate.high
    assert shift.before == pytest.approx(0.31, abs=0.03)


@pytest.mark.parametrize("changed", [{}, {"moved": 0.3}, {"moved": 0.5}, {"moved": 1.0}, {"north": 0.9}])
def test_a_batch_like_the_reference_and_a_feature_that_moved_by_itself_are_not_label_shift(changed):
    assert found(world(3_000, 2, **changed)) is None


def test_a_change_too_small_to_matter_and_too_few_rows_are_not_named():
    assert found(shifted(20_000, 2, 0.32)) is None
    assert found(shifted(40, 2, 0.6)) is None
    few = world(4_000, 3)
    rare = Side(few.rows, few.probability, np.where(np.arange(4_000) < 40, 1.0, 0.0))
    assert label_shift(CONTRACT, rare, shifted(3_000, 2, 0.45), 1) is None


def test_under_label_shift_no_estimate_is_reliable_and_the_reason_is_kept_with_it():
    reference, batch = world(4_000, 101), shifted(3_000, 2, 0.45)
    now = without_labels(CONTRACT, reference, Side(batch.rows, batch.probability), 0.5, 1)
    assert not now.gate.open
    assert "label shift" in str(now.gate.reasons[-1])
    again = Unlabelled.from_dict(json.loads(json.dumps(now.as_dict(), allow_nan=False)))
    assert again.label_shift == now.label_shift
    same = world(3_000, 2)
    assert without_labels(CONTRACT, reference, Side(same.rows, same.probability), 0.5, 1).gate.open
