"""Fits models on folds in processes that stay warm, and searches their parameters.

A search fits hundreds of models on the same ten folds. What is fitted to a fold before the model (filling, scaling,
encoding) is the same for all of them, so each process does it once per fold and keeps the numbers. Nothing of a fold's
held-out rows is in it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.metrics.cells import Cells, checked, row_losses
from core.metrics.evaluation import point
from core.metrics.registry import METRICS
from core.metrics.thresholds import USUAL
from core.training.folds import ALONE, Units, fit

if TYPE_CHECKING:
    import pandas as pd
    from joblib._parallel_backends import LokyBackend
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

    from core.data.arrays import Bools, Floats, Ints
    from core.metrics.metric import Metric

HELD = 2**30
"""Bytes of encoded folds that one process keeps; folds beyond are encoded anew for every fit."""
GROWN = 4 * HELD
"""Bytes by which a process that fits may grow with rows, folds and models before it is taken to leak, and replaced."""
THREADS = ("n_jobs", "thread_count")
"""How estimators call the number of their threads."""
ROUNDS = 100
FOR_GOOD = 20 * 24 * 3600
"""Seconds of idleness after which a process that fits ends; the system can't wait for longer than 24 days."""


@dataclass(frozen=True)
class Trial:
    """One setting of a model on every fold. `score` is the mean over folds of what the search goes by, higher is
    better; `log_loss` the mean log loss; `out_of_fold` (rows,) a probability from the model that had not seen the row.
    """

    parameters: Mapping[str, object]
    score: float
    log_loss: float
    out_of_fold: Floats
    error: Exception | None = None
    """What went wrong where a fold could not be fitted; the score is then -inf."""


@dataclass(frozen=True)
class Emphasis:
    """How training rows differ: how much each counts in a fit (`weights`), and which of them decide a score (`judged`);
    (rows,) each, None where all are alike."""

    weights: Floats | None = None
    judged: Bools | None = None


ALIKE = Emphasis()


@dataclass(frozen=True)
class Folds:
    """Rows laid out for many fits; made by `laid_out`. `splits` are (train, test) row numbers."""

    path: str
    rows: int
    splits: tuple[tuple[Ints, Ints], ...]
    jobs: int


def warm() -> set[int]:
    """Starts the processes that fit, one a core, with what most models need imported; returns their ids. They stay."""
    from joblib import Parallel, cpu_count, delayed

    wanted, found = cpu_count(), set()
    for _ in range(ROUNDS):  # the first that is ready may take all the work of a round
        tasks = (delayed(_imported)() for _ in range(wanted))
        found |= set(Parallel(n_jobs=wanted, backend=_staying(), batch_size=1)(tasks))
        if len(found) == wanted:
            break
    return found


@contextmanager
def laid_out(
    rows: pd.DataFrame,
    target: Floats,
    splits: Iterable[tuple[Ints, Ints]],
    jobs: int,
    emphasis: Emphasis = ALIKE,
    units: Units = ALONE,
) -> Iterator[Folds]:
    """Puts rows where `jobs` processes find them (-1: one a core), for as long as the block lasts; `units` says what of
    them belongs together, for calibrations inside a fit."""
    import joblib

    every = tuple(splits)
    with TemporaryDirectory(prefix="courtside-") as folder:
        path = Path(folder) / "rows"
        joblib.dump((rows, target, every, emphasis, units), path)
        yield Folds(str(path), len(rows), every, jobs)


def trials(
    folds: Folds,
    pipeline: Pipeline,
    settings: Iterable[Mapping[str, object]],
    metric: Metric = METRICS["log_loss"],
    *,
    after_fit: Callable[[], object] = lambda: None,
    enough: Callable[[], bool] = lambda: False,
) -> Iterator[Trial]:
    """Fits `pipeline` (encoder, model) on every fold under each setting of the model's parameters, and yields each
    setting once all its folds are done.

    `metric` is what the search goes by. `after_fit` is called after each fit; `enough` is asked before each setting,
    and none begins once it is true.
    """
    from joblib import Parallel, delayed
    from sklearn.base import clone

    recipe, model = pickle.dumps(pipeline[:-1]), clone(pipeline[-1])
    if folds.jobs != 1:  # every process has a core of its own
        model.set_params(**{name: 1 for name in model.get_params() if name.split("__")[-1] in THREADS})
    begun: list[Mapping[str, object]] = []

    def fits() -> Iterator[object]:
        for setting in settings:
            if enough():
                return
            begun.append(setting)
            for number in range(len(folds.splits)):
                yield delayed(_fitted)(folds.path, number, recipe, model, setting, metric)

    done: list[_Fit] = []
    for result in Parallel(n_jobs=folds.jobs, backend=_staying(), return_as="generator")(fits()):
        done.append(result)
        after_fit()
        if len(done) == len(folds.splits):
            yield _trial(begun.pop(0), done, folds)
            done = []


def drawn(grid: Mapping[str, Sequence[object]], count: int, seed: int) -> list[dict[str, object]]:
    """`count` settings of a grid, drawn without replacement: those that scikit-learn's and PyCaret's random search
    draws with the same seed."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    return list(ParameterSampler(grid, min(count, len(ParameterGrid(grid))), random_state=seed))


def _staying() -> LokyBackend:
    """joblib's processes, but not ended after five minutes without work."""
    from joblib._parallel_backends import LokyBackend

    class Staying(LokyBackend):  # type: ignore[misc]  # joblib publishes no types
        def configure(self, *arguments: object, **named: object) -> int:
            workers: int = super().configure(*arguments, idle_worker_timeout=FOR_GOOD, **named)
            return workers

    return Staying()


def _imported() -> int:
    import importlib

    for name in ("lightgbm", "sklearn.calibration", "sklearn.compose", "sklearn.linear_model", "sklearn.tree"):
        importlib.import_module(name)
    return os.getpid()


class _Fit(NamedTuple):
    """A fold's held-out probabilities under one setting, their score and mean log-likelihood; or the error, for one
    setting that can't be fitted must not end a search."""

    probability: Floats | float = np.nan
    score: float = -np.inf
    likelihood: float = -np.inf
    error: Exception | None = None


def _trial(setting: Mapping[str, object], done: list[_Fit], folds: Folds) -> Trial:
    out_of_fold = np.full(folds.rows, np.nan)
    for (_, test), made in zip(folds.splits, done, strict=True):
        out_of_fold[test] = made.probability
    error = next((made.error for made in done if made.error is not None), None)
    if error is not None:
        return Trial(setting, -np.inf, np.inf, out_of_fold, error)
    score, likelihood = np.nanmean([(made.score, made.likelihood) for made in done], axis=0).tolist()
    return Trial(setting, score, -likelihood, out_of_fold)


def _score(metric: Metric, target: Floats, probability: Floats) -> float:
    """The metric at the usual threshold, so that higher is better."""
    value = point(metric, Cells.of(*checked(target, probability), USUAL))
    if value is None:
        raise ValueError(f"a fold of one outcome has no {metric.key}")
    return value if metric.better == "higher" else -value


@dataclass(frozen=True)
class _Laid:
    """What a process has of the rows: themselves, and the folds it has encoded."""

    rows: pd.DataFrame
    target: Floats
    splits: tuple[tuple[Ints, Ints], ...]
    emphasis: Emphasis
    units: Units
    encoded: dict[tuple[bytes, int], tuple[Floats, Floats]] = field(default_factory=dict)

    def fold(self, number: int, recipe: bytes) -> tuple[Floats, Floats]:
        """A fold's training and held-out rows as numbers, by an encoder fitted to the training rows."""
        if (recipe, number) in self.encoded:
            return self.encoded[recipe, number]
        train, test = self.splits[number]
        encoder = pickle.loads(recipe)
        made = encoder.fit_transform(self.rows.iloc[train], self.target[train]), encoder.transform(self.rows.iloc[test])
        if sum(part.nbytes for pair in [*self.encoded.values(), made] for part in pair) <= HELD:
            self.encoded[recipe, number] = made
        return made


@lru_cache(maxsize=1)
def _laid(path: str) -> _Laid:
    import joblib
    from joblib.externals.loky import process_executor

    # It would replace a process that has grown by 300 MB, and with it every fold that it has encoded.
    process_executor._MAX_MEMORY_LEAK_SIZE = GROWN
    return _Laid(*joblib.load(path))


def _fitted(
    path: str, number: int, recipe: bytes, model: BaseEstimator, setting: Mapping[str, object], metric: Metric
) -> _Fit:
    from sklearn.base import clone

    try:
        laid = _laid(path)
        train, test = laid.splits[number]
        known, unknown = laid.fold(number, recipe)
        weights, judges = laid.emphasis.weights, laid.emphasis.judged
        counted = {} if weights is None else {"sample_weight": weights[train]}
        untrained = clone(model).set_params(**setting)
        fitted = fit(untrained, known, laid.target[train], laid.units.of(train), **counted)
        probability = fitted.predict_proba(unknown)[:, 1]
        if not np.isfinite(probability).all():
            raise ValueError("its probabilities are no numbers on this data")
        judged = slice(None) if judges is None else judges[test]
        truth, said = laid.target[test][judged], probability[judged]
        if not len(truth):  # of the rows that judge none is in this fold
            return _Fit(probability, np.nan, np.nan)
        return _Fit(probability, _score(metric, truth, said), float(-row_losses(truth, said).mean()))
    except Exception as error:
        return _Fit(error=error)
