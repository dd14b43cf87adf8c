"""What a row gets when it is scored: the contract's judgement, the pipeline's probability, the same bits everywhere."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.data import checking
from core.data.encoding import model_input
from core.scoring import scoring
from core.text.errors import CourtsideError
from tests.scorers import ESTIMATORS, MIXED, NUMBERS, rows


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("contract", [NUMBERS, MIXED], ids=lambda contract: contract.name)
@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(1, 5999), max_size=6), seed=st.integers(0, 9))
@example(cuts=[1], seed=2)  # a single row lies in memory in both orders at once
def test_where_a_batch_is_cut_changes_no_bit(scorers, contract, kind, cuts, seed):
    batch, scorer = rows(6000, seed), scorers[contract.name, kind]
    batch.loc[batch.index % 97 == 5, "weight"] = 77  # rejected
    whole = scoring.score_chunk(batch, scorer)[0]
    edges = [0, *sorted(set(cuts)), 6000]
    parts = [scoring.score_chunk(batch.iloc[start:end], scorer)[0] for start, end in pairwise(edges)]
    for name in scoring.ADDED:
        joined = [value for part in parts for value in part[name].to_pylist()]
        assert joined == whole[name].to_pylist(), name  # == of floats is equality of their bits, but for NaN


CELLS = {
    "weight": st.one_of(st.floats(-60, 60), st.sampled_from([None, np.nan, np.inf, -50.0, 50.0, 50.000001])),
    "count": st.one_of(st.integers(-2, 20), st.sampled_from([None, 1.5, 2.0**53, 2.0**53 + 2])),
    "home": st.sampled_from([True, False, 0, 1, 2, None, "1", "x"]),
    "far": st.one_of(st.floats(-1e6, 1e6), st.sampled_from(["12.5", "near", None, "1e3"])),
    "kind": st.sampled_from(["a", "b", "c", "d", None, 1, (1,)]),
    "place": st.one_of(st.text(max_size=3), st.sampled_from([None, "north", 2, 2.0])),
}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=30))
def test_a_row_is_rejected_exactly_when_the_contract_rejects_it(scorers, cells):
    batch = pd.DataFrame(cells)
    scorer = scorers["mixed", "linear"]
    try:
        expected = checking.check(batch, MIXED, labelled=False)
    except CourtsideError as refused:
        with pytest.raises(CourtsideError) as error:
            scoring.score(batch, scorer)
        assert str(error.value) == str(refused)  # noqa: PT017
        return
    scored = scoring.score(batch, scorer).rows
    assert (scored["status"] != "rejected").to_numpy().nonzero()[0].tolist() == expected.kept_positions.tolist()
    assert scored["reason"].tolist() == expected.reasons.tolist()
    filled = model_input(expected.rows, MIXED).isna().any(axis=1).to_numpy()
    statuses = scored["status"][expected.kept_positions].to_numpy()
    assert ((statuses == "scored with imputation") == filled).all()


def test_what_lies_outside_the_training_range_is_named_and_nothing_else(scorers):
    scorer = scorers["mixed", "linear"]
    batch = rows(6, seed=3).assign(weight=0.0, far=-118.3, count=4.0)
    batch.loc[1, "far"] = 500
    batch.loc[2, ["count", "place"]] = [1000, "west"]
    batch.loc[3, "far"] = np.nan
    batch.loc[4, ["weight", "far"]] = [99, 500]  # rejected for its weight
    scored = scoring.score(batch, scorer).rows
    assert scored["outside_training_range"].tolist() == ["", "far", "count, place", "", "", ""]
    assert scored["status"].tolist()[3:] == ["scored with imputation", "rejected", "scored"]


def test_every_row_carries_the_version_and_its_threshold_and_a_prediction_at_it(scorers):
    batch = rows(50)
    batch.loc[7, "weight"] = 99
    scored = scoring.score(batch, scorers["numbers", "linear"])
    assert list(scored.rows.columns) == [*batch.columns, *scoring.ADDED]
    pd.testing.assert_frame_equal(scored.rows[batch.columns], batch)
    assert set(scored.rows["threshold"]) == {0.5}
    assert set(scored.rows["model_version"]) == {3}
    known = scored.rows.drop(index=7)
    assert (known["prediction"] == (known["probability"] >= 0.5)).all()
    assert pd.isna(scored.rows["prediction"][7])
    assert (scored.scored, scored.rejected) == (49, 1)


def test_tallies_of_parts_add_up_to_the_one_of_the_whole_with_its_row_numbers(scorers):
    scorer = scorers["numbers", "linear"]
    batch = rows(40).assign(far="near")
    batch.loc[::3, "far"] = "12.5"
    whole = scoring.score_chunk(batch, scorer)[1]
    parts = [scoring.score_chunk(batch.iloc[start : start + 7], scorer)[1] for start in range(0, 40, 7)]
    total = scoring.Tally()
    for part in parts:
        total = total.then(part)
    assert total == whole
    with pytest.raises(CourtsideError, match=r"far holds text.*rows 2, 3, 5, 6, 8"):
        scoring.judge(total, NUMBERS)


def test_a_scorer_survives_its_journey_to_another_process(scorers):
    batch = rows(300)
    for scorer in scorers.values():
        there = pickle.loads(pickle.dumps(scorer))
        assert scoring.score_chunk(batch, there)[0] == scoring.score_chunk(batch, scorer)[0]
