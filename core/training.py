"""Trains candidates through PyCaret and measures each one the same way."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from core import evaluation
from core.contract import Contract
from core.errors import CourtsideError
from core.features import encoder, model_input
from core.messages import Message, Progress, message, silent
from core.preparation import PreparedSplit

if TYPE_CHECKING:
    from pycaret.classification import ClassificationExperiment
    from sklearn.pipeline import Pipeline

ALGORITHMS: dict[str, Message] = {
    "lr": message("logistic regression"),
    "dt": message("decision tree"),
    "lda": message("linear discriminant analysis"),
    "qda": message("quadratic discriminant analysis"),
    "nb": message("naive Bayes"),
    "knn": message("nearest neighbours"),
    "rf": message("random forest"),
    "et": message("extra trees"),
    "ada": message("AdaBoost"),
    "gbc": message("gradient boosting"),
    "hgb": message("histogram gradient boosting"),
    "lightgbm": message("LightGBM"),
    "mlp": message("neural network"),
    "rbfsvm": message("support vector machine"),
    "gpc": message("Gaussian process"),
}
"""What can be trained, by PyCaret's identifiers (but "hgb", scikit-learn's own), each with its name for people.

PyCaret's linear SVM and ridge classifier are not here: they give no probabilities."""
ASSIGNMENT = ("lr", "lr_tuned", "dt", "dt_tuned")
PRESETS: dict[str, tuple[Message, tuple[str, ...]]] = {
    "assignment": (message("As in the assignment"), ASSIGNMENT),
    "quick": (message("Quick: three fast ones"), ("lr", "lda", "hgb")),
    "best": (message("Best: boosted trees among them"), ("lr", "lr_tuned", "hgb", "hgb_tuned", "lightgbm_tuned")),
}
SEARCH_METRICS = {"log_loss": "log_loss", "roc_auc": "AUC", "f1": "F1"}
"""What tuning may optimise, each with PyCaret's name for it."""
HGB_GRID = {
    "learning_rate": [0.01, 0.02, 0.05, 0.1, 0.2],
    "max_iter": [50, 100, 200, 300, 500],
    "max_leaf_nodes": [4, 8, 15, 31],
    "min_samples_leaf": [10, 20, 50, 100, 200],
    "l2_regularization": [0.0, 0.1, 1.0, 10.0],
}

CHECK_ROWS = 1000
"""Test rows whose PyCaret probabilities are kept, to check a registered model against."""

log = logging.getLogger("courtside.training")


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


@dataclass(frozen=True)
class Failure:
    """A candidate that came to nothing, and why; the others stand."""

    name: str
    reason: Message


def chosen(preset: str = "assignment", candidates: Sequence[str] = ()) -> list[str]:
    """The names of the candidates to train: those given ("rf", "rf_tuned", ...), else the preset's. An unknown name is
    a `CourtsideError` that lists the known ones."""
    known = [name for algorithm in ALGORITHMS for name in (algorithm, f"{algorithm}_tuned")]
    if not candidates and preset not in PRESETS:
        raise CourtsideError(
            message("There is no preset {name}.", name=preset), message("Choose among {names}.", names=list(PRESETS))
        )
    wanted = list(dict.fromkeys(candidates or PRESETS[preset][1]))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise CourtsideError(
            message("There is no candidate {names}.", names=unknown),
            message("Choose among {names}, each also with _tuned behind it.", names=list(ALGORITHMS)),
        )
    return sorted(wanted, key=known.index)


def title(name: str) -> Message:
    """What people call a candidate: "tuned logistic regression" for "lr_tuned"."""
    algorithm = ALGORITHMS[name.removesuffix("_tuned")]
    return message("tuned {algorithm}", algorithm=algorithm) if name.endswith("_tuned") else algorithm


def train(
    split: PreparedSplit,
    contract: Contract,
    *,
    candidates: Sequence[str] = ASSIGNMENT,
    folds: int = 10,
    iterations: int = 10,
    seed: int = 10,
    jobs: int = -1,
    metric: str = "log_loss",
    seconds_left: Callable[[], float] = lambda: math.inf,
    progress: Progress = silent,
) -> Iterator[Candidate | Failure]:
    """Yields each candidate in turn; one that goes wrong is a `Failure`, and the others stand.

    A tuned one is searched at random over PyCaret's grid, `iterations` times, by `metric` (of `SEARCH_METRICS`). Every
    training row fits the final models; `folds` stratified folds give the out-of-fold probabilities, the transformers
    being fitted inside each fold. The test rows are predicted once per candidate. `seconds_left` is asked between
    candidates: none begins when nothing is left, and a search is cut to the iterations that fit.
    """
    folding = _folding(folds, seed)
    experiment = _experiment(split, contract, folding, seed, jobs)
    plain: dict[str, tuple[Pipeline, float]] = {}
    for position, name in enumerate(candidates):
        algorithm = name.removesuffix("_tuned")
        progress(position, len(candidates), message("Training {candidate}", candidate=title(name)))
        if seconds_left() <= 0:
            yield Failure(name, message("the time budget was used up"))
            continue
        try:
            if algorithm not in plain:
                before = seconds_left()
                untuned = _pipeline(experiment, contract, algorithm, seed)
                fitted = experiment.create_model(untuned, cross_validation=False, verbose=False)
                plain[algorithm] = fitted, before - seconds_left() if math.isfinite(before) else 0.0
            model, seconds = plain[algorithm]
            if name != algorithm:
                affordable = seconds_left() / max(seconds * folds / (os.cpu_count() or 1), 1e-3)
                model = experiment.tune_model(
                    model,
                    n_iter=int(min(iterations, max(affordable, 1))),
                    optimize=SEARCH_METRICS[metric],
                    custom_grid=_grid(experiment, algorithm),
                    verbose=False,
                    tuner_verbose=False,
                )
            yield _measured(name, model, split, contract.target, contract, folding, experiment)
        except Exception as error:  # an algorithm of a library can fail in any way; the reason is its own
            log.warning("candidate %s failed", name, exc_info=True)
            yield Failure(
                name, message("{error}", error=str(error).strip().split("\n")[0][:200] or type(error).__name__)
            )
    progress(len(candidates), len(candidates), message("Candidates trained"))


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


def _pipeline(experiment: ClassificationExperiment, contract: Contract, algorithm: str, seed: int) -> Pipeline:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline

    if algorithm == "hgb":
        model = HistGradientBoostingClassifier(random_state=seed)
    else:
        container = experiment._all_models_internal[algorithm]
        model = container.class_def(**container.args)
    if algorithm == "lightgbm":
        model.set_params(verbosity=-1)
    return Pipeline([("features", encoder(contract)), ("model", model)])


def _grid(experiment: ClassificationExperiment, algorithm: str) -> dict[str, list]:
    grid = HGB_GRID if algorithm == "hgb" else experiment._all_models_internal[algorithm].tune_grid
    return {f"model__{parameter}": values for parameter, values in grid.items()}


def _measured(name, pipeline, split, target, contract, folding, experiment) -> Candidate:
    from sklearn.model_selection import cross_val_predict

    rows, truth = model_input(split.train, contract), split.train[target].to_numpy()
    out_of_fold = cross_val_predict(pipeline, rows, truth, cv=folding, method="predict_proba")[:, 1]
    per_fold = pd.DataFrame(
        [evaluation.metrics(truth[fold], out_of_fold[fold]) for _, fold in folding.split(rows, truth)]
    )
    test = pipeline.predict_proba(model_input(split.test, contract))[:, 1]
    if not (np.isfinite(out_of_fold).all() and np.isfinite(test).all()):
        raise ValueError("its probabilities are no numbers on this data")
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
