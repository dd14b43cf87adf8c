"""Which candidates are trained, what becomes of one that fails, and that each can be carried away."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
import skops.io

from core import checking, preparation, settings, sources, training, workflows
from core.errors import CourtsideError
from core.features import model_input
from core.tracking import TRUSTED
from core.training import ALGORITHMS, Failure, chosen, train


@pytest.fixture(scope="module")
def small():
    place = settings.load()
    contract = sources.find(place, "kobe")
    rows = checking.check(sources.read_table(sources.kobe(place, "dev")), contract, labelled=True).rows
    split = preparation.split(rows.sample(1500, random_state=1), contract)
    return split, contract


def test_the_preset_of_the_assignment_is_the_default():
    assert chosen() == ["lr", "lr_tuned", "dt", "dt_tuned"]
    assert len(chosen("quick")) == 3
    assert {"hgb", "lightgbm_tuned"} <= set(chosen("best"))
    assert chosen("best", ["dt_tuned", "rf", "rf"]) == ["dt_tuned", "rf"]


@pytest.mark.parametrize("unknown", [{"preset": "everything"}, {"candidates": ["xgboost"]}, {"candidates": ["ridge"]}])
def test_an_unknown_preset_or_candidate_is_answered_with_the_known_ones(unknown):
    with pytest.raises(CourtsideError, match=r"There is no .*Choose among"):
        chosen(**unknown)


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if name != "gpc"])
def test_every_algorithm_comes_back_equal_from_skops_with_the_allow_list(small, algorithm):
    split, contract = small
    (made,) = train(split, contract, candidates=[algorithm], folds=2, jobs=1)
    assert not isinstance(made, Failure), str(made.reason)
    stored = skops.io.dumps(made.pipeline)
    assert set(skops.io.get_untrusted_types(data=stored)) <= set(TRUSTED)
    rows = model_input(split.test, contract)
    rows.iloc[::7, 0] = np.nan
    again = skops.io.loads(stored, trusted=TRUSTED).predict_proba(rows)[:, 1]
    assert np.abs(again - made.pipeline.predict_proba(rows)[:, 1]).max() < 1e-9
    assert np.abs(made.pycaret_check - made.test[: len(made.pycaret_check)]).max() < 1e-9


def test_a_candidate_that_fails_is_told_with_its_reason_and_the_others_stand(small):
    split, contract = small
    tiny = dataclasses.replace(split, train=split.train.sort_values(contract.target).iloc[[0, 1, -1, -2]])
    made = list(train(tiny, contract, candidates=["knn", "lr"], folds=2, jobs=1))
    assert isinstance(made[0], Failure)
    assert "n_neighbors" in str(made[0].reason)
    assert made[1].name == "lr"


def test_nothing_begins_when_the_time_is_used_up(small):
    split, contract = small
    left = itertools.chain([100.0] * 3, itertools.repeat(0.0))
    made = list(train(split, contract, candidates=["lr", "dt", "nb"], folds=2, jobs=1, seconds_left=lambda: next(left)))
    assert made[0].name == "lr"
    assert [str(item.reason) for item in made[1:]] == ["the time budget was used up"] * 2


def test_a_run_keeps_what_failed_and_one_without_any_candidate_is_refused(store, monkeypatch):
    workflows.prepare("kobe", "sample-dev")
    monkeypatch.setitem(training.SEARCH_METRICS, "f1", "no such metric")
    trained = workflows.train("kobe", candidates=["nb", "nb_tuned"], metric="f1", folds=2)
    assert [item.name for item in trained.candidates] == ["nb"]
    assert [item.name for item in trained.failures] == ["nb_tuned"]
    with pytest.raises(CourtsideError, match="No candidate could be trained"):
        workflows.train("kobe", candidates=["lr_tuned"], metric="f1", folds=2)
    assert workflows.latest_trained("kobe").run_id == trained.run_id
    with pytest.raises(CourtsideError, match="There is no search metric accuracy"):
        workflows.train("kobe", metric="accuracy")
