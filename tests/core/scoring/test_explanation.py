"""Shapley values, curves and neighbours of a case, for models that know nothing of each other."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.contract import Contract, Feature
from core.scoring import explanation


def background(names: list[str], rows: int = 30, seed: int = 1) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {name: random.normal(size=rows) for name in names}


def crossed(columns) -> np.ndarray:
    """A model in which features work together."""
    a, b, c = columns["a"], columns["b"], columns["c"]
    return 1 / (1 + np.exp(-(a * b + 0.5 * c - 0.2 * a)))


def brute_force(probability, case: dict, rows: dict) -> dict[str, float]:
    """Shapley's definition, coalition by coalition."""
    names = list(case)

    def worth(coalition) -> float:
        mixed = {n: np.full_like(rows[n], case[n]) if n in coalition else rows[n] for n in names}
        return float(probability(mixed).mean())

    found = {}
    for name in names:
        others = [other for other in names if other != name]
        found[name] = sum(
            (worth({*chosen, name}) - worth(set(chosen))) / (len(names) * comb(len(others), size))
            for size in range(len(names))
            for chosen in combinations(others, size)
        )
    return found


def test_contributions_are_those_of_shapleys_definition():
    rows, case = background(["a", "b", "c"]), {"a": 1.0, "b": -2.0, "c": 0.5}
    found = explanation.contributions(crossed, case, rows, seed=1)
    assert found.exact
    assert dict(found.values) == pytest.approx(brute_force(crossed, case, rows), abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 14), st.integers(0, 1000))
def test_contributions_add_up_to_the_probability_whatever_the_number_of_features(count, seed):
    names = [f"f{place}" for place in range(count)]
    random = np.random.default_rng(seed)
    weights, case = random.normal(size=count), dict(zip(names, random.normal(size=count).tolist(), strict=True))

    def model(columns):
        total = sum(weight * columns[name] for weight, name in zip(weights, names, strict=True))
        return 1 / (1 + np.exp(-(total + columns[names[0]] * columns[names[-1]])))

    found = explanation.contributions(model, case, background(names, 20, seed), seed=seed)
    assert found.exact == (count <= explanation.EXACT)
    assert found.base + sum(found.values.values()) == pytest.approx(found.probability, abs=1e-9)
    assert found.probability == pytest.approx(float(model({n: np.array([v]) for n, v in case.items()})[0]))


def test_drawn_orders_come_near_the_exact_values_and_repeat_by_their_seed(monkeypatch):
    names = [f"f{place}" for place in range(6)]
    weights, case, rows = np.linspace(-2, 2, 6), dict.fromkeys(names, 1.0), background(names)

    def model(columns):
        total = sum(weight * columns[name] for weight, name in zip(weights, names, strict=True))
        return 1 / (1 + np.exp(-total - columns["f0"] * columns["f5"]))

    exact = explanation.contributions(model, case, rows, seed=3)
    monkeypatch.setattr(explanation, "EXACT", 2)
    drawn, again = (explanation.contributions(model, case, rows, seed=3) for _ in range(2))
    assert not drawn.exact
    assert drawn == again
    for name in names:
        assert drawn.values[name] == pytest.approx(exact.values[name], abs=0.03)


def test_a_feature_that_the_model_ignores_contributes_nothing_and_one_that_it_sees_does():
    found = explanation.contributions(
        lambda columns: np.where(columns["a"] > 0, 0.8, 0.2), {"a": 1.0, "b": 9.0}, background(["a", "b"]), seed=1
    )
    assert found.values["b"] == 0
    assert found.values["a"] > 0.1


CONTRACT = Contract("t", "T", "y", "1", (Feature("a", "number"), Feature("kind", "category"), Feature("n", "integer")))
TRAINING = pd.DataFrame(
    {"a": np.linspace(0, 10, 101), "kind": ["x", "y", "y"] * 33 + ["y", "z"], "n": [1, 2, 3, 4] * 25 + [1]}
)


def test_curves_go_over_what_training_saw_and_pass_through_the_case():
    def model(columns):
        return (columns["a"] + columns["n"] + (columns["kind"] == "x") * 5.0) / 20

    case = {"a": 5.0, "kind": "x", "n": 2.0}
    a, kind, n = explanation.curves(model, case, TRAINING, CONTRACT)
    assert (a.at[0], a.at[-1], len(a.at)) == (0.0, 10.0, explanation.STEPS)
    assert kind.at == ("y", "x", "z")
    assert n.at == (1.0, 2.0, 3.0, 4.0)
    assert n.probability == pytest.approx([0.55, 0.6, 0.65, 0.7])
    assert kind.probability == pytest.approx([0.35, 0.6, 0.35])
    assert a.probability[20] == pytest.approx(0.6)


def test_the_nearest_rows_are_those_that_agree_in_everything():
    case = {"a": 4.6, "kind": "y", "n": 3.0}
    near = explanation.nearest(case, TRAINING, CONTRACT, 5)
    assert near[0] == 46
    assert TRAINING["kind"].iloc[near].eq("y").all()


def test_the_nearest_of_numbers_are_scikit_learns():
    from sklearn.neighbors import NearestNeighbors

    numbers = Contract("t", "T", "y", "1", (Feature("a", "number"), Feature("n", "integer")))
    random = np.random.default_rng(5)
    rows = pd.DataFrame({"a": random.normal(size=300), "n": random.integers(0, 1000, 300)})
    scaled = rows / rows.std(ddof=0)
    asked = [[0.3 / rows["a"].std(ddof=0), 500 / rows["n"].std(ddof=0)]]
    expected = NearestNeighbors(n_neighbors=10).fit(scaled.to_numpy()).kneighbors(asked)[1][0]
    np.testing.assert_array_equal(explanation.nearest({"a": 0.3, "n": 500.0}, rows, numbers), expected)
