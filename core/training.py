"""Trains candidates through PyCaret and measures each one the same way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import evaluation
from core.contract import Contract
from core.features import encoder, model_input
from core.messages import Message, Progress, message, silent
from core.preparation import PreparedSplit

if TYPE_CHECKING:
    from pycaret.classification import ClassificationExperiment
    from sklearn.pipeline import Pipeline

ALGORITHMS = {"lr": message("logistic regression"), "dt": message("decision tree")}
"""PyCaret's identifiers of what is trained, each with its name for people."""

CHECK_ROWS = 1000
"""Test rows whose PyCaret probabilities are kept, to check a registered model against."""


@dataclass(frozen=True)
class Candidate:
    """One trained model and what was measured of it.

    `pipeline` is plain scikit-learn over `model_input` frames. `out_of_fold` holds a probability per training
    row from a model that has not seen the row, `test` one per test row. `pycaret_check` is what PyCaret itself
    predicts for the first `CHECK_ROWS` test rows.
    """

    name: str
    algorithm: str
    tuned: bool
    pipeline: Pipeline
    parameters: dict[str, object]
    out_of_fold: np.ndarray
    test: np.ndarray
    pycaret_check: np.ndarray
    cv_metrics: dict[str, float | None]
    test_metrics: dict[str, float | None]


def names(algorithms: tuple[str, ...] = tuple(ALGORITHMS)) -> list[str]:
    """The candidates that `train` yields, in its order."""
    return [name for algorithm in algorithms for name in (algorithm, f"{algorithm}_tuned")]


def title(name: str) -> Message:
    """What people call a candidate: "tuned logistic regression" for "lr_tuned"."""
    algorithm = ALGORITHMS[name.removesuffix("_tuned")]
    return message("tuned {algorithm}", algorithm=algorithm) if name.endswith("_tuned") else algorithm


def train(
    split: PreparedSplit,
    contract: Contract,
    *,
    algorithms: tuple[str, ...] = tuple(ALGORITHMS),
    folds: int = 10,
    iterations: int = 10,
    seed: int = 10,
    jobs: int = -1,
    progress: Progress = silent,
) -> Iterator[Candidate]:
    """Yields each algorithm plain and then tuned (random search of `iterations` over PyCaret's grid, by log loss).

    Every training row fits the final models; `folds` stratified folds give the out-of-fold probabilities, the
    transformers being fitted inside each fold. The test rows are predicted once per candidate.
    """
    target = contract.target
    folding = _folding(folds, seed)
    experiment = _experiment(split, contract, folding, seed, jobs)
    total = 2 * len(algorithms)
    for position, algorithm in enumerate(algorithms):
        progress(2 * position, total, message("Training {candidate}", candidate=title(algorithm)))
        plain = experiment.create_model(
            _pipeline(experiment, contract, algorithm), cross_validation=False, verbose=False
        )
        yield _measured(algorithm, plain, split, target, contract, folding, experiment)
        name = f"{algorithm}_tuned"
        progress(2 * position + 1, total, message("Training {candidate}", candidate=title(name)))
        tuned = experiment.tune_model(
            plain,
            n_iter=iterations,
            optimize="log_loss",
            custom_grid=_grid(experiment, algorithm),
            verbose=False,
            tuner_verbose=False,
        )
        yield _measured(name, tuned, split, target, contract, folding, experiment)
    progress(total, total, message("Candidates trained"))


def recommend(candidates: list[dict], constant_log_loss: float) -> tuple[str, Message]:
    """The name of the candidate with the lowest cross-validated log loss, and the reason in one sentence.

    `candidates` are mappings with `name`, `cv_log_loss_mean` and `test_log_loss`. Training rows decide and the
    test split only confirms: choosing by the test split would spend it.
    """
    ranked = sorted(candidates, key=lambda candidate: candidate["cv_log_loss_mean"])
    best, runner_up = ranked[0], ranked[1] if len(ranked) > 1 else ranked[0]
    reason = message(
        "The {best} has the lowest cross-validated log loss, {best_loss:.4f} against {next_loss:.4f} for the {next}; "
        "on the untouched test split it reaches {test_loss:.4f}, and always guessing the average {constant:.4f}.",
        best=title(best["name"]),
        best_loss=best["cv_log_loss_mean"],
        next_loss=runner_up["cv_log_loss_mean"],
        next=title(runner_up["name"]),
        test_loss=best["test_log_loss"],
        constant=constant_log_loss,
    )
    return best["name"], reason


def import_pycaret() -> None:
    """Imports PyCaret, which takes seconds; a warm process has done it before the first job."""
    # It opens a log file in the working directory on import, whatever setup() is told later.
    os.environ.setdefault("PYCARET_CUSTOM_LOGGING_PATH", os.devnull)
    import pycaret.classification  # noqa: F401


def _folding(folds: int, seed: int):
    from sklearn.model_selection import StratifiedKFold

    return StratifiedKFold(folds, shuffle=True, random_state=seed)


def _experiment(split: PreparedSplit, contract: Contract, folding, seed: int, jobs: int) -> ClassificationExperiment:
    # PyCaret insists on a test set of its own; it gets ours, so that no training row is held back a second time.
    # Its preprocessing stays off: the encoder is part of each model, fitted inside each fold.
    import_pycaret()
    from pycaret.classification import ClassificationExperiment
    from sklearn.metrics import log_loss

    def table(rows: pd.DataFrame, start: int) -> pd.DataFrame:
        frame = model_input(rows, contract).assign(**{contract.target: rows[contract.target].to_numpy()})
        return frame.set_index(pd.RangeIndex(start, start + len(frame)))

    experiment = ClassificationExperiment()
    # It would strip brackets and quotes from column names, but a contract's names are its own; no model sees them.
    experiment._clean_column_names = lambda: None
    experiment.setup(
        data=table(split.train, 0),
        test_data=table(split.test, len(split.train)),
        target=contract.target,
        preprocess=False,
        session_id=seed,
        fold_strategy=folding,
        n_jobs=jobs,
        html=False,
        verbose=False,
        system_log=False,
    )
    experiment.add_metric("log_loss", "Log loss", log_loss, target="pred_proba", greater_is_better=False)
    return experiment


def _pipeline(experiment: ClassificationExperiment, contract: Contract, algorithm: str) -> Pipeline:
    from sklearn.pipeline import Pipeline

    container = experiment._all_models_internal[algorithm]
    return Pipeline([("features", encoder(contract)), ("model", container.class_def(**container.args))])


def _grid(experiment: ClassificationExperiment, algorithm: str) -> dict[str, list]:
    grid = experiment._all_models_internal[algorithm].tune_grid
    return {f"model__{parameter}": values for parameter, values in grid.items()}


def _measured(name, pipeline, split, target, contract, folding, experiment) -> Candidate:
    from sklearn.model_selection import cross_val_predict

    rows, truth = model_input(split.train, contract), split.train[target].to_numpy()
    out_of_fold = cross_val_predict(pipeline, rows, truth, cv=folding, method="predict_proba")[:, 1]
    per_fold = pd.DataFrame(
        [evaluation.metrics(truth[fold], out_of_fold[fold]) for _, fold in folding.split(rows, truth)]
    )
    test = pipeline.predict_proba(model_input(split.test, contract))[:, 1]
    # What PyCaret's own save_model would keep: its pipeline with the model as the last step.
    saved = deepcopy(experiment.pipeline)
    saved.steps.append(("trained_model", pipeline))
    check = saved.predict_proba(model_input(split.test, contract).head(CHECK_ROWS))
    return Candidate(
        name=name,
        algorithm=name.removesuffix("_tuned"),
        tuned=name.endswith("_tuned"),
        pipeline=pipeline,
        parameters=pipeline.named_steps["model"].get_params(),
        out_of_fold=out_of_fold,
        test=test,
        pycaret_check=check[:, 1],
        cv_metrics=per_fold.mean().to_dict(),
        test_metrics=evaluation.metrics(split.test[target].to_numpy(), test),
    )
