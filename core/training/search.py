"""Fits models on folds in processes that stay warm, and searches their parameters.

A search fits hundreds of models on the same ten folds. What is fitted to a fold before the model (filling, scaling,
encoding) is the same for all of them, so each process does it once per fold and keeps the numbers. Nothing of a fold's
held-out rows is in it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from core.metrics.cells import Cells, checked, row_losses
from core.metrics.evaluation import point
from core.metrics.metric import Metric
from core.metrics.registry import METRICS
from core.metrics.thresholds import USUAL

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

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
    out_of_fold: np.ndarray
    error: Exception | None = None
    """What went wrong where a fold could not be fitted; the score is then -inf."""


@dataclass(frozen=True)
class Folds:
    """Rows laid out for many fits; made by `laid_out`. `splits` are (train, test) row numbers."""

    path: str
    rows: int
    splits: tuple[tuple[np.ndarray, np.ndarray], ...]
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
    target: np.ndarray,
    splits: Iterable,
    jobs: int,
    weights: np.ndarray | None = None,
    judged: np.ndarray | None = None,
) -> Iterator[Folds]:
    """Puts rows where `jobs` processes find them (-1: one a core), for as long as the block lasts.

    Every row counts in a fit as `weights` say, and those that are `judged` decide a score; (rows,) each, None: all
    alike."""
    import joblib

    splits = tuple(splits)
    with TemporaryDirectory(prefix="courtside-") as folder:
        path = Path(folder) / "rows"
        joblib.dump((rows, target, splits, weights, judged), path)
        yield Folds(str(path), len(rows), splits, jobs)


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
    begun = []

    def fits():
        for setting in settings:
            if enough():
                return
            begun.append(setting)
            for number in range(len(folds.splits)):
                yield delayed(_fitted)(folds.path, number, recipe, model, setting, metric)

    done = []
    for result in Parallel(n_jobs=folds.jobs, backend=_staying(), return_as="generator")(fits()):
        done.append(result)
        after_fit()
        if len(done) == len(folds.splits):
            yield _trial(begun.pop(0), done, folds)
            done = []


def drawn(grid: Mapping[str, list], count: int, seed: int) -> list[dict[str, object]]:
    """`count` settings of a grid, drawn without replacement: those that scikit-learn's and PyCaret's random search
    draws with the same seed."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    return list(ParameterSampler(grid, min(count, len(ParameterGrid(grid))), random_state=seed))


def _staying():
    """joblib's processes, but not ended after five minutes without work."""
    from joblib.parallel import BACKENDS

    class Staying(BACKENDS["loky"]):
        def configure(self, *arguments, **named):
            return super().configure(*arguments, idle_worker_timeout=FOR_GOOD, **named)

    return Staying()


def _imported() -> int:
    import importlib

    for name in ("lightgbm", "sklearn.calibration", "sklearn.compose", "sklearn.linear_model", "sklearn.tree"):
        importlib.import_module(name)
    return os.getpid()


def _trial(setting: Mapping[str, object], done: list, folds: Folds) -> Trial:
    out_of_fold = np.full(folds.rows, np.nan)
    for (_, test), (probability, *_) in zip(folds.splits, done, strict=True):
        out_of_fold[test] = probability
    error = next((error for *_, error in done if error is not None), None)
    if error is not None:
        return Trial(setting, -np.inf, np.inf, out_of_fold, error)
    score, fit = np.mean([scored for _, *scored, _ in done], axis=0).tolist()
    return Trial(setting, score, -fit, out_of_fold)


def _score(metric: Metric, target: np.ndarray, probability: np.ndarray) -> float:
    """The metric at the usual threshold, so that higher is better."""
    value = point(metric, Cells.of(*checked(target, probability), USUAL))
    if value is None:
        raise ValueError(f"a fold of one outcome has no {metric.key}")
    return value if metric.better == "higher" else -value


@dataclass(frozen=True)
class _Laid:
    """What a process has of the rows: themselves, and the folds it has encoded."""

    rows: pd.DataFrame
    target: np.ndarray
    splits: tuple[tuple[np.ndarray, np.ndarray], ...]
    weights: np.ndarray | None = None
    judged: np.ndarray | None = None
    encoded: dict[tuple[bytes, int], tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def fold(self, number: int, recipe: bytes) -> tuple[np.ndarray, np.ndarray]:
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


def _fitted(path: str, number: int, recipe: bytes, model, setting, metric) -> tuple:
    """A fold's held-out probabilities under one setting, their score, their mean log-likelihood and no error; or the
    error, for one setting that can't be fitted must not end a search."""
    from sklearn.base import clone

    try:
        laid = _laid(path)
        train, test = laid.splits[number]
        known, unknown = laid.fold(number, recipe)
        weights = {} if laid.weights is None else {"sample_weight": laid.weights[train]}
        fitted = clone(model).set_params(**setting).fit(known, laid.target[train], **weights)
        probability = fitted.predict_proba(unknown)[:, 1]
        if not np.isfinite(probability).all():
            raise ValueError("its probabilities are no numbers on this data")
        judged = slice(None) if laid.judged is None else laid.judged[test]
        truth, said = laid.target[test][judged], probability[judged]
        return probability, _score(metric, truth, said), float(-row_losses(truth, said).mean()), None
    except Exception as error:
        return np.nan, -np.inf, -np.inf, error
