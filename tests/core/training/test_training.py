"""Which candidates are trained, what becomes of one that fails, and how far a training says it is."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.data import checking
from core.data import split as splitting
from core.data.encoding import model_input
from core.store import projects, settings, sources, tables
from core.text.errors import CourtsideError
from core.training import algorithms, search
from core.training.portability import CHECK_ROWS
from core.training.training import Budget, Failure, Search, chosen, train

if TYPE_CHECKING:
    from core.text.messages import Message


def test_the_preset_of_the_assignment_is_the_default():
    assert chosen() == ["lr", "lr_tuned", "dt", "dt_tuned"]
    assert len(chosen("quick")) == 3
    assert {"hgb", "lightgbm_tuned"} <= set(chosen("best"))
    assert chosen("best", ["dt_tuned", "rf", "rf"]) == ["dt_tuned", "rf"]


@pytest.mark.parametrize(
    "unknown", [{"preset": "everything"}, {"candidates": ["dummy"]}, {"candidates": ["ridge_sigmoid"]}]
)
def test_an_unknown_preset_or_candidate_is_answered_with_the_known_ones(unknown):
    with pytest.raises(CourtsideError, match=r"There is no .*Choose among"):
        chosen(**unknown)


def test_the_test_rows_are_predicted_once_for_each_candidate(small, monkeypatch):
    split, contract = small
    usual, asked = algorithms.fitted, []

    def counting(*arguments):
        made = usual(*arguments)
        predicts = made.predict_proba
        monkeypatch.setattr(
            made, "predict_proba", lambda rows: asked.append(len(rows)) or predicts(rows), raising=False
        )
        return made

    monkeypatch.setattr(algorithms, "fitted", counting)
    monkeypatch.setattr(algorithms, "saved_probabilities", lambda *_: np.zeros(CHECK_ROWS))
    list(train(split, contract, Search(["lr", "dt_tuned", "dt_isotonic"], folds=2, iterations=2), jobs=1))
    assert asked == [len(split.test)] * 3


def test_a_recalibrated_tree_is_the_same_tree_with_honest_probabilities(small):
    split, contract = small
    plain, isotonic, sigmoid = train(split, contract, Search(["dt", "dt_isotonic", "dt_sigmoid"], folds=3), jobs=1)
    assert plain.cv_metrics["log_loss"] > 5
    assert isotonic.cv_metrics["log_loss"] < 1
    assert sigmoid.cv_metrics["log_loss"] < 0.7
    inner = sigmoid.pipeline[-1].calibrated_classifiers_
    assert len(inner) == 1
    assert inner[0].estimator.get_depth() == plain.pipeline[-1].get_depth()
    rows = sigmoid.pipeline[0].transform(sigmoid.check)
    order = np.argsort(inner[0].estimator.predict_proba(rows)[:, 1], kind="stable")
    steps = np.diff(sigmoid.pipeline.predict_proba(sigmoid.check)[order, 1])
    assert (steps >= -1e-12).all() or (steps <= 1e-12).all()


def test_what_was_searched_for_a_tuned_candidate_is_what_is_recalibrated(small):
    split, contract = small
    tuned, calibrated = train(split, contract, Search(["dt_tuned", "dt_tuned_sigmoid"], folds=2, iterations=5), jobs=1)
    assert tuned.parameters == calibrated.pipeline[-1].estimator.get_params()


def test_a_candidate_that_fails_is_told_with_its_reason_and_the_others_stand(small):
    split, contract = small
    tiny = dataclasses.replace(split, train=split.train.sort_values(contract.target).iloc[[0, 1, -1, -2]])
    made = list(train(tiny, contract, Search(["knn", "lr"], folds=2), jobs=1))
    assert isinstance(made[0], Failure)
    assert "n_neighbors" in str(made[0].reason)
    assert made[1].name == "lr"


class Clock:
    """Seconds that pass with every look at it."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_nothing_begins_when_the_time_is_used_up(small):
    split, contract = small
    clock = Clock()
    made = list(train(split, contract, Search(["lr", "dt", "nb"], folds=2), jobs=1, budget=Budget(clock, 5)))
    assert made[0].name == "lr"
    assert [str(item.reason) for item in made[1:]] == ["the time budget was used up"] * 2


def test_a_search_is_cut_to_the_settings_there_is_time_for_and_keeps_the_best_of_them(small):
    split, contract = small

    def fits(deadline: float) -> tuple[int, object]:
        told = []
        search, budget = Search(["dt_tuned"], folds=2, iterations=50), Budget(Clock(), deadline)
        (made,) = train(
            split, contract, search, jobs=1, budget=budget, progress=lambda done, total, what: told.append(str(what))
        )
        return sum(": fit" in line for line in told), made

    cut, made = fits(30)
    assert cut < 40
    assert fits(10_000)[0] == 102
    assert made.parameters["max_depth"] is not None


def test_progress_tells_candidate_fit_best_and_time_left(small):
    split, contract = small
    told = []
    search = Search(["lr", "lr_tuned"], folds=2, iterations=3)

    def progress(done: int, total: int, what: Message) -> None:
        told.append((done, total, str(what)))

    made = list(train(split, contract, search, jobs=1, budget=Budget(Clock()), progress=progress))
    fits = [line for line in told if ": fit" in line[2]]
    assert [done for done, *_ in fits] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert {total for _, total, _ in told} == {8}
    assert re.match(
        r"tuned logistic regression: fit 6 of 6 · best so far 0\.\d{4} "
        r"\((tuned )?logistic regression, cross-validated log loss\) · about \d+ s left",
        fits[-1][2],
    )
    best = float(re.search(r"best so far ([\d.]+)", fits[-1][2]).group(1))
    assert best >= round(min(item.cv_metrics["log_loss"] for item in made), 4)
    assert told[-1] == (8, 8, "Candidates trained")


def test_a_killed_helper_costs_its_candidate_alone(small, monkeypatch):
    split, contract = small
    began = []

    def killing(done: int, total: int, what) -> None:
        if ": fit" in str(what) and "dt" not in began and "tree" in str(what):
            began.append("dt")
            os.kill(next(iter(search.warm())), signal.SIGKILL)

    asked = Search(["dt_tuned", "nb"], folds=5, iterations=100)
    made = list(train(split, contract, asked, jobs=2, budget=Budget(Clock()), progress=killing))
    assert began == ["dt"]
    assert isinstance(made[0], Failure)
    assert str(made[0].reason) == "memory ran out while it was trained"
    assert made[1].name == "nb"


def test_the_full_contract_trains_with_categories(store):
    from core.training import training as pure

    contract = projects.find(settings.load(), "kobe-full")
    raw = tables.read_table(sources.kobe(settings.load(), "dev")).head(2500)
    split = splitting.split(checking.check(raw, contract, labelled=True).rows, contract)
    candidate = next(pure.train(split, contract, pure.Search(folds=3, iterations=2), jobs=1))
    assert candidate.test_metrics["roc_auc"] > 0.6
    unseen = split.test.head(3).assign(opponent="XXX", action_type=None)
    assert np.isfinite(candidate.pipeline.predict_proba(model_input(unseen, contract))).all()
