"""What a candidate's runs answer when a picture asks: thresholds, features, the court."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from core.data.encoding import model_input
from core.metrics import thresholds
from core.metrics.cells import row_losses
from core.metrics.intervals import Interval
from core.store import settings, tracking
from core.text.messages import Progress, silent
from core.text.stored import known
from core.training import importance as pure
from core.training import learning_curve as pure_curve
from core.training.folds import units
from core.training.learning_curve import LearningCurve
from core.workflows import preparation, training
from core.workflows.runs import Artifact, Tag

if TYPE_CHECKING:
    import pandas as pd

    from core.data.arrays import Floats
    from core.data.contract import Contract
    from core.metrics.thresholds import Rule, Study
    from core.training.importance import Dependence, Predict

SEED = 10
"""Fixed, so that the same picture is always the same."""
IMPORTANCE_ROWS = 4_000
"""Test rows over which importances are measured; more would only narrow intervals that are narrow already."""


def threshold_study(run_id: str, rule: Rule) -> Study:
    """Every threshold of a candidate by a rule, over the out-of-fold rows: the test rows stay out of the choice."""
    rows = training.out_of_fold(run_id)
    return thresholds.study(rows["target"].to_numpy(), rows["probability"].to_numpy(), rule)


def importance(run_id: str) -> dict[str, Interval]:
    """Per feature, what a candidate loses on the test rows without it, the most important first; measured once and kept
    with its run."""
    place = settings.load()
    if tracking.has(place, run_id, Artifact.IMPORTANCE):
        stored = tracking.read_json(place, run_id, Artifact.IMPORTANCE)
        return {name: Interval.from_dict(found) for name, found in stored.items()}
    contract = _contract(run_id)
    rows = training.candidate_rows(run_id).head(IMPORTANCE_ROWS)
    target = rows[contract.target].to_numpy()
    names = [feature.name for feature in contract.features]
    found = pure.permutation_importance(_predict(run_id), model_input(rows, contract), target, names, seed=SEED)
    found = dict(sorted(found.items(), key=lambda item: -item[1].value))
    tracking.Run(run_id, place).json(Artifact.IMPORTANCE, {name: value.as_dict() for name, value in found.items()})
    return found


def importance_on(run_id: str, rows: pd.DataFrame, target: Floats) -> dict[str, Interval]:
    """The same over other labelled rows that hold the features, at most 4,000 of them drawn at random."""
    contract = _contract(run_id)
    some = np.sort(np.random.default_rng(SEED).permutation(len(rows))[:IMPORTANCE_ROWS])
    names = contract.feature_names
    given = model_input(rows.iloc[some].reset_index(drop=True), contract)
    return pure.permutation_importance(_predict(run_id), given, target[some], names, seed=SEED)


def dependence(run_id: str, feature: str) -> Dependence:
    """How a candidate's probability moves along one feature, over its test rows."""
    contract = _contract(run_id)
    named = next(item for item in contract.features if item.name == feature)
    rows = model_input(training.candidate_rows(run_id), contract)
    return pure.partial_dependence(_predict(run_id), rows, named, seed=SEED)


def fold_losses(run_id: str) -> list[float]:
    """The log loss of each fold that a candidate had not seen."""
    rows = training.out_of_fold(run_id)
    return (
        rows.groupby("fold")[["target", "probability"]]
        .apply(lambda fold: float(row_losses(fold["target"].to_numpy(), fold["probability"].to_numpy()).mean()))
        .tolist()
    )


def learning_curve(project: str, candidate_run: str, *, progress: Progress = silent) -> LearningCurve:
    """Whether more rows would help a candidate; kept with its run, so that it is computed once."""
    del project  # a job names the project of its work
    place = settings.load()
    contract = _contract(candidate_run)
    split, _ = preparation.split_of(_preparation(candidate_run))
    rows, target = model_input(split.train, contract), split.train[contract.target].to_numpy()
    together, _ = units(split, contract)
    model = tracking.load_model(place, candidate_run)
    found = pure_curve.learning_curve(model, rows, target, together, seed=SEED, progress=progress)
    tracking.Run(candidate_run, place).json(Artifact.LEARNING_CURVE, asdict(found))
    return found


def learned(candidate_run: str) -> LearningCurve | None:
    """A candidate's learning curve, None until `learning_curve` was asked for it."""
    place = settings.load()
    if not tracking.has(place, candidate_run, Artifact.LEARNING_CURVE):
        return None
    stored = tracking.read_json(place, candidate_run, Artifact.LEARNING_CURVE)
    return LearningCurve(**{name: tuple(part) for name, part in known(LearningCurve, stored).items()})


def candidate_probability(run_id: str, rows: pd.DataFrame) -> Floats:
    """A candidate's probability for rows that hold its features; for a picture, no run is written."""
    return _predict(run_id)(model_input(rows, _contract(run_id)))


def _predict(run_id: str) -> Predict:
    model = tracking.load_model(settings.load(), run_id)
    return lambda rows: model.predict_proba(rows)[:, 1]


def _contract(run_id: str) -> Contract:
    return preparation.contract_of(_preparation(run_id))


def _preparation(run_id: str) -> str:
    parent = tracking.get(settings.load(), run_id).tags[tracking.PARENT]
    return tracking.get(settings.load(), parent).tags[Tag.PREPARATION_RUN]
