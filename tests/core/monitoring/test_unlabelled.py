"""A batch before its labels come: trusted where it is like the reference, refused in words where it is not."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.data.contract import Contract, Feature
from core.metrics.evaluation import metrics
from core.monitoring.unlabelled import Side, Unlabelled, without_labels
from core.monitoring.verdict import Known, assess
from core.retraining.policies import Policy, decide, evidence
from core.store import settings
from tests import mixes

CLINIC = Contract("clinic", "Clinic", "answer", "1", (Feature("age", "number"), Feature("dose", "number")))


def patients(rows: int, seed: int, older: float = 0.0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Rows, their true probability and their answers."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"age": rng.normal(50 + older, 10, rows), "dose": rng.normal(0, 1, rows)})
    probability = 1 / (1 + np.exp(-(0.05 * (table["age"] - 50) + 0.6 * table["dose"]))).to_numpy()
    return table, probability, (rng.random(rows) < probability).astype(float)


def looked_at(rows: int, older: float, windows=(), seed: int = 2) -> Unlabelled:
    table, probability, _ = patients(rows, seed, older)
    reference, known, answers = patients(2_000, 1)
    return without_labels(CLINIC, Side(reference, known, answers), Side(table, probability), 0.5, 0, windows)


def test_a_batch_a_little_older_is_estimated_right():
    found, (_, probability, answers) = looked_at(2_000, 3), patients(2_000, 2, 3)
    assert found.gate.open
    truth = metrics(answers, probability)
    for name, bounds in found.estimate.figures.items():
        assert bounds.low <= truth[name] <= bounds.high, name


@pytest.mark.parametrize("older", [0, 6, 15, 30])
def test_wherever_the_gate_is_open_a_model_that_misses_something_is_still_estimated_right(older):
    """The answers depend on age times dose too, which the probabilities don't know."""

    def world(rows: int, seed: tuple, older: float) -> tuple:
        rng = np.random.default_rng(seed)
        age, dose = rng.normal(older / 10, 1, rows), rng.normal(0, 1, rows)
        answers = rng.random(rows) < 1 / (1 + np.exp(-(age + dose / 2 + age * dose / 2)))
        return (
            pd.DataFrame({"age": age, "dose": dose}),
            1 / (1 + np.exp(-0.9 * (age + dose / 2))),
            answers.astype(float),
        )

    opened, held = 0, []
    for seed in range(10):
        reference, current = world(2_000, (seed, 1), 0), world(1_000, (seed, 2), older)
        found = without_labels(CLINIC, Side(*reference), Side(*current[:2]), 0.5, seed)
        truth = metrics(current[2], current[1])
        opened += found.gate.open
        held += [one.low <= truth[name] <= one.high for name, one in found.estimate.figures.items()]
    assert (opened == 10 and np.mean(held) >= 0.85) or opened == 0
    assert (opened == 10) == (older < 10)


def test_a_batch_of_another_age_is_refused_for_its_rows():
    found = looked_at(2_000, 40)
    assert not found.gate.open
    assert "unlike the test rows" in str(found.gate.reasons[0])
    assert found.separation.features[0][0] == "age"
    assert found.loss == found.reference_skill.value
    assert found.labels.enough


def test_windows_that_were_estimated_wrong_shut_the_gate_for_the_next_and_right_ones_do_not():
    right = [patients(1_000, seed)[:0:-1] for seed in range(10, 16)]
    wrong = [(1 - answers, probability) for answers, probability in right]
    assert looked_at(1_000, 0, right).gate.open
    found = looked_at(1_000, 0, wrong).gate
    assert found.past.misses == 6
    assert [str(reason) for reason in found.reasons] == [
        "In 6 of 6 earlier windows labels showed something else than was estimated."
    ]


def test_a_reference_too_small_for_a_calibration_gives_no_estimate_and_says_so():
    reference, known, answers = patients(200, 1)
    table, probability, _ = patients(300, 2)
    found = without_labels(CLINIC, Side(reference, known, answers), Side(table, probability), 0.5, 0)
    assert (found.estimate, found.labels) == (None, None)
    assert "too few labels" in str(found.gate.reasons[0])


def test_a_model_without_skill_has_none_to_lose():
    reference, known, answers = patients(2_000, 1)
    found = without_labels(CLINIC, Side(reference, np.full(2_000, 0.9), answers), Side(reference, known), 0.5, 0)
    assert (found.loss, found.labels) == (None, None)


@pytest.mark.parametrize("older", [0, 40])
def test_what_was_found_comes_back_from_json(older):
    found = looked_at(600, older)
    assert Unlabelled.from_dict(json.loads(json.dumps(found.as_dict(), allow_nan=False))) == found


def test_the_real_production_batch_is_refused_and_fewer_labels_than_it_has_would_settle_it():
    names = ["lat", "lon", "minutes_remaining", "period", "playoffs", "shot_distance"]
    kinds = ["number", "number", "integer", "integer", "boolean", "integer"]
    contract = Contract("kobe", "Kobe", "shot_made_flag", "1", tuple(map(Feature, names, kinds)))
    folder = settings.load().kobe_dir
    dev = pd.read_parquet(folder / "dataset_kobe_dev.parquet")[[*names, "shot_made_flag"]].dropna()
    production = pd.read_parquet(folder / "dataset_kobe_prod.parquet")
    train, test = train_test_split(dev, test_size=0.2, random_state=10, stratify=dev["shot_made_flag"])
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train[names], train["shot_made_flag"])
    scored = [model.predict_proba(rows[names])[:, 1] for rows in (test, production)]
    target = test["shot_made_flag"].to_numpy()
    found = without_labels(contract, Side(test, scored[0], target), Side(production, scored[1]), 0.5, 0)
    assert not found.gate.open
    assert found.gate.outside_share >= 0.97
    assert found.separation.auc.low > 0.99
    assert 100 <= found.labels.needed <= 5_412


def test_a_drop_of_the_estimate_because_of_the_mix_asks_for_nothing_and_names_what_could_be_won():
    reference, batch = Side(*mixes.world(4_000, 1)), Side(*mixes.world(3_000, 3, spread=0.5)[:2])
    found = without_labels(mixes.CONTRACT, reference, batch, 0.5, 1)
    assert found.gate.open
    assert found.estimate.figures["skill"].high < found.reference_skill.low
    assert found.estimate.recoverable.low < 0.02
    told = assess(mixes.CONTRACT, reference, batch, 0.5, 1, Known(unlabelled=found))
    assert not told.asks_for_action
    assert not decide(Policy(), evidence(told, found)).retrain
